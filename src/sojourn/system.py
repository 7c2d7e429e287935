"""The real clock and the real dice. Nothing else in the package reads the time or makes a random number."""

from __future__ import annotations

import os
import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return time.monotonic()


class SystemChance:
    """The random numbers of the operating system."""

    def bits(self) -> int:
        """256 random bits."""
        return int.from_bytes(os.urandom(32), "big")

    def token(self) -> str:
        """A secret of 256 random bits as URL-safe text."""
        return secrets.token_urlsafe(32)
