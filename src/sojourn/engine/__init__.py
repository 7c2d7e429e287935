"""The shell that runs the core: it queues, loads facts, has them decided, commits, and tells what happened."""
