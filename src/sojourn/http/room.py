"""How many bytes of bodies are held at once, over all requests: while they arrive, inflate, and wait for their answer.

What one request may carry is bounded elsewhere; this bounds what many requests carry together, so that memory lasts.
"""

from __future__ import annotations

from sojourn.core.limits import Limits
from sojourn.http import refusals


class BodyRoom:
    """The room for bodies. Whoever takes some gives it back, whatever becomes of the request."""

    def __init__(self, limits: Limits) -> None:
        """Hold up to `queue_bytes_max` bytes."""
        self._free_bytes = limits.queue_bytes_max
        self._retry_after_s = limits.retry_after_s

    @property
    def free_bytes(self) -> int:
        """How much may still be taken."""
        return self._free_bytes

    def take(self, size_bytes: int) -> None:
        """Take room for so many bytes. Raises Refusal, having taken nothing, when there is too little."""
        if size_bytes > self._free_bytes:
            raise refusals.busy("", 1, "Too many requests are waiting.", self._retry_after_s)
        self._free_bytes -= size_bytes

    def give_back(self, size_bytes: int) -> None:
        """Let others have so many bytes that were taken."""
        self._free_bytes += size_bytes
