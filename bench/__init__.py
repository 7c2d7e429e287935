"""Measuring Sojourn while working on it: `python -m bench` records and profiles what `sojourn bench` measures."""
