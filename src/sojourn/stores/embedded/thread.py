"""A thread beside the event loop for calls that wait for the disk, one after another.

An executor of the standard library does the same. Measured under uvloop, it takes forty to ninety microseconds of
processor time more for each call, where a lone request takes three hundred in all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Result = TypeVar("Result")


class _Call(Generic[Result]):
    """What is to be called, and who waits for it."""

    def __init__(self, function: Callable[[], Result], waiting: asyncio.Future[Result]) -> None:
        self._function = function
        self._waiting = waiting

    def run(self) -> None:
        """Call it, in the thread; whatever comes of it is handed to the event loop."""
        try:
            result = self._function()
        except BaseException as error:  # noqa: BLE001 - the top of the thread's loop; nothing is swallowed
            self._waiting.get_loop().call_soon_threadsafe(self._fail, error)
        else:
            self._waiting.get_loop().call_soon_threadsafe(self._succeed, result)

    def _succeed(self, result: Result) -> None:
        if not self._waiting.done():
            self._waiting.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self._waiting.done():
            self._waiting.set_exception(error)


class DiskThread:
    """One thread, which ends with the process if nobody has ended it before."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[[], Result]) -> Result:
        """Call a function in the thread; what it returns or raises."""
        waiting: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._calls.put(_Call(function, waiting).run)
        return await waiting

    def end(self) -> None:
        """Let the calls that were made end, and then the thread."""
        self._calls.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
