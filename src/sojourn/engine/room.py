"""Making room behind the commits, whenever somebody says that there is need. Nobody who tracks ever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from sojourn.ports.errors import NotSettled, StoreBroken, StoreUnavailable

log = structlog.get_logger()


class Room:
    """Where something is kept that has a bound."""

    def __init__(self, of: str, make: Callable[[], Awaitable[None]], *, retry_s: float) -> None:
        """`of` is what the log calls it; `make` drops what is beyond the bound, and may raise what stores raise."""
        self._of = of
        self._make = make
        self._retry_s = retry_s
        self._need = asyncio.Event()
        self._need.set()  # What an earlier run, with other limits, has left is looked at first.

    def is_needed(self) -> None:
        """Say that enough has come to look."""
        self._need.set()

    async def run(self) -> None:
        """Make room whenever there is need, until cancelled. Returns when the store is broken."""
        while True:
            await self._need.wait()
            self._need.clear()
            try:
                await self._make()
            except (NotSettled, StoreUnavailable) as error:
                log.warning("no room made yet", of=self._of, reason=str(error))
                self._need.set()
                await asyncio.sleep(self._retry_s)
            except StoreBroken:
                return
