"""The port to the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sojourn.core.changes import Tally


class Meter(Protocol):
    """Counts and times what happens; never raises, never waits."""

    def batch_committed(self, *, requests: int, events: int, decide_s: float, commit_s: float) -> None:
        """One batch went through."""
        ...

    def events_ended(self, tallies: Iterable[Tally]) -> None:
        """So many events ended in these ways."""
        ...

    def decided_again(self) -> None:
        """The facts of a batch were stale."""
        ...

    def quarantine_dropped(self, events: int) -> None:
        """So many of the oldest events had to leave the quarantine."""
        ...

    def reviews_lapsed(self, reviews: int) -> None:
        """So many of the oldest open reviews had to make room."""
        ...

    def queue_changed(self, *, requests: int) -> None:
        """The collector's queue has this length now."""
        ...
