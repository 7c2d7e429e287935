"""How far something has come, and who waits for it to come further."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class Watermark:
    """A position that only rises."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()

    def rise(self, position: int) -> None:
        """It has come to this position, if not further already."""
        self.position = max(self.position, position)
        while self._waiting and self._waiting[0][0] <= self.position:
            waiting = heapq.heappop(self._waiting)[2]
            if not waiting.done():
                waiting.set_result(None)

    async def reached(self, position: int, timeout_s: float) -> bool:
        """Wait until it has come to a position; whether it did in time."""
        if self.position >= position:
            return True
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (position, next(self._order), waiting))
        try:
            async with asyncio.timeout(timeout_s):
                await waiting
        except TimeoutError:
            return False
        return True
