"""How fast batches go, learnt from those that went: how much one batch takes, and when too many wait.

While a batch is decided, nobody else is heard; so its size is bounded by the time that it takes, and not only by a
number. And whoever would have to wait too long is better told at once to come again. Nothing is bounded by time before
something has been measured.
"""

from __future__ import annotations

from sojourn.core.limits import Limits

_NEWEST_COUNTS = 0.2
"""How much the newest measurement counts beside all before it."""


class Pace:
    """The pace of one collector."""

    def __init__(self, limits: Limits) -> None:
        """Within these limits."""
        self._limits = limits
        self._decide_event_s = 0.0
        self._serve_request_s = 0.0

    def note(self, *, requests: int, events: int, decide_s: float, serve_s: float, is_full: bool) -> None:
        """Learn from a batch: what deciding took, and all of it. `is_full` means that more waited than it could take.

        Only full batches tell how long a crowd waits: one sync costs the same for few as for many.
        """
        if events:
            self._decide_event_s = _moved(self._decide_event_s, decide_s / events)
        if requests and is_full:
            self._serve_request_s = _moved(self._serve_request_s, serve_s / requests)

    def batch_events_max(self) -> int:
        """Events that one batch takes; a single larger request is a batch of its own."""
        most = self._limits.batch_events_max
        budget_s = self._limits.batch_s_max
        return most if self._decide_event_s * most <= budget_s else max(1, int(budget_s / self._decide_event_s))

    def is_crowd(self, requests: int) -> bool:
        """Whether so many waiting requests are too many for another one."""
        if requests >= self._limits.queue_requests_max:
            return True
        # What the next batch takes waits for one batch only, however long that may take.
        return requests * self._serve_request_s > self._limits.queue_wait_s_max and requests >= min(
            self._limits.batch_requests_max, self.batch_events_max()
        )


def _moved(before: float, newest: float) -> float:
    return before + _NEWEST_COUNTS * (newest - before) if before else newest
