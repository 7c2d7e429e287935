"""How much time is left for what must end in time. It begins to run when somebody first asks."""

from __future__ import annotations

from sojourn.ports.system import Clock


class Deadline:
    """So much time for everything that a stop has to do, from the first time that somebody asks what is left."""

    def __init__(self, within_s: float, clock: Clock) -> None:
        """It does not run yet."""
        self._within_s = within_s
        self._clock = clock
        self._ends_at: float | None = None

    def left_s(self) -> float:
        """Seconds that are left."""
        now = self._clock.monotonic()
        if self._ends_at is None:
            self._ends_at = now + self._within_s
        return max(self._ends_at - now, 0)
