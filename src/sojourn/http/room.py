"""How many bytes of bodies are held at once, over all requests: while they arrive, inflate, and wait for their answer.

What one request may carry is bounded elsewhere; this bounds what many requests carry together, so that memory lasts. No
client holds more than it leaves free: one alone gets half of the room, and however many there are, the next one still
finds some.
"""

from __future__ import annotations

from collections import Counter

from sojourn.core.limits import Limits
from sojourn.http import refusals
from sojourn.http.addresses import is_loopback, network_of


class BodyRoom:
    """The room for bodies. Whoever takes some gives it back, whatever becomes of the request."""

    def __init__(self, limits: Limits) -> None:
        """Hold up to `queue_bytes_max` bytes; clients on this machine share all of it unless `rate_loopback` is set."""
        self._limits = limits
        self._free_bytes = limits.queue_bytes_max
        self._held_bytes_of: Counter[str] = Counter()

    def held_bytes(self) -> int:
        """How much is taken."""
        return self._limits.queue_bytes_max - self._free_bytes

    def take(self, client: str, size_bytes: int) -> None:
        """Take room for so many bytes, for the client at this address.

        Raises Refusal, having taken nothing, when there is too little, or the client would hold more than is left.
        """
        left_bytes = self._free_bytes - size_bytes
        if left_bytes < 0:
            raise self._busy("Too many requests are waiting.")
        if size_bytes and self._is_bounded(client):
            network = network_of(client)
            held_bytes = self._held_bytes_of[network] + size_bytes
            if held_bytes > left_bytes:
                raise self._busy("Too many requests from this address are waiting.")
            self._held_bytes_of[network] = held_bytes
        self._free_bytes = left_bytes

    def give_back(self, client: str, size_bytes: int) -> None:
        """Let others have so many bytes that were taken for this client."""
        self._free_bytes += size_bytes
        if size_bytes and self._is_bounded(client):
            network = network_of(client)
            self._held_bytes_of[network] -= size_bytes
            if not self._held_bytes_of[network]:
                del self._held_bytes_of[network]

    def _is_bounded(self, client: str) -> bool:
        return self._limits.rate_loopback or not is_loopback(client)

    def _busy(self, why: str) -> refusals.Refusal:
        return refusals.busy("", 1, why, self._limits.retry_after_s)
