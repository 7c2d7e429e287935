"""The ports to time and chance."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The wall clock, UTC, to the microsecond."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back, for durations."""
        ...


class Chance(Protocol):
    """What nobody can foresee."""

    def bits(self) -> int:
        """256 random bits."""
        ...

    def token(self) -> str:
        """A secret of 256 random bits as URL-safe text."""
        ...
