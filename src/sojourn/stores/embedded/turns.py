"""One action at a time, in the order of the calls, and each of them to its end.

Whoever waits for an action may be cancelled, when a client has gone or a server stops. The action is not: half of it
may be on disk already, and what is in memory must follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

Result = TypeVar("Result")


class Turns:
    """A queue of actions on one event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._under_way: set[asyncio.Task[object]] = set()

    async def take(self, action: Callable[[], Coroutine[object, object, Result]]) -> Result:
        """Run an action when those before it have ended; what it returns or raises."""
        task = asyncio.create_task(self._run(action))
        # The loop itself holds tasks only weakly.
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _run(self, action: Callable[[], Coroutine[object, object, Result]]) -> Result:
        async with self._lock:
            return await action()
