"""The HTTP door: it decodes strictly, checks who sends and how much, and turns decisions into answers."""
