"""How a store says that it cannot.

StoreError
├── StaleFacts      what the decision was based on has changed: load and decide again
├── StoreUnavailable  for now: nothing was written, the same may succeed later
├── StoreBroken     for good: what is on disk is uncertain, the process must end and start anew
├── NotSettled      the newest writes could not be made readable in time
├── AlreadyExists   the id is taken
└── UnknownId       there is nothing of that id
"""

from __future__ import annotations


class StoreError(Exception):
    """A store could not do what it was asked."""


class StaleFacts(StoreError):
    """What the decision was based on has changed meanwhile; nothing was written."""


class StoreUnavailable(StoreError):
    """The store cannot write at the moment (disk full, reserve reached, lagging); nothing was written."""


class StoreBroken(StoreError):
    """A write may or may not be on disk. Nothing may be acknowledged any more; the process must end and replay."""


class NotSettled(StoreError):
    """The newest writes are safe, but could not be made readable in time."""


class AlreadyExists(StoreError):
    """Something of that id exists."""


class UnknownId(StoreError):
    """There is nothing of that id."""
