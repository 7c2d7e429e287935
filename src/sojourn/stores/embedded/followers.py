"""Who brings the journal into the database behind the commits: a child process, or a thread of this one.

A child process costs nothing on the event loop; a thread takes turns with it, but needs no second interpreter, which
suits tests and commands that open the folder for a moment.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import apsw
import structlog

from sojourn.engine.crash_points import Crash
from sojourn.stores.embedded.database import unavailable
from sojourn.stores.embedded.materialiser import Materialiser, try_to_advance
from sojourn.stores.embedded.messages import Failure, Message, Progress, Trouble, decode_message, encode_position

DEATHS_MAX = 5
"""How often in a row the child process may end without having come further."""
BACKOFF_S = 0.1
"""Seconds before it is started anew for the first time; twice as many at each further time."""
FINISH_TIMEOUT_S = 60.0
"""Seconds that it may take to finish."""

_MODULE = "sojourn.stores.embedded.materialiser"

log = structlog.get_logger()

Hear = Callable[[Message], None]


class Follower(Protocol):
    """Who follows the journal. What it has to say is heard on the event loop."""

    def advance_to(self, position: int) -> None:
        """Bring in the journal up to a position, behind which it is durable."""
        ...

    async def finish(self) -> None:
        """Come to the last position that was told, make everything durable there, and end."""
        ...


class ProcessFollower:
    """A child process that ends with this one, and is started anew when it dies."""

    def __init__(self, folder: Path, hear: Hear, *, crash: Crash | None = None) -> None:
        """Start it; `hear` gets what it has to say. It ends both processes where it is told to crash."""
        self._folder = folder
        self._crash = () if crash is None else (str(crash),)
        self._hear = hear
        self._target = 0
        self._orders: asyncio.StreamWriter | None = None
        self._process: Process | None = None
        self._finishing = asyncio.Event()
        self._supervision = asyncio.create_task(self._supervise())

    def advance_to(self, position: int) -> None:
        self._target = max(self._target, position)
        if self._orders is not None and not self._orders.is_closing():
            self._orders.write(encode_position(self._target))

    async def finish(self) -> None:
        self._finishing.set()
        if self._orders is not None:
            self._orders.close()
        try:
            async with asyncio.timeout(FINISH_TIMEOUT_S):
                await asyncio.shield(self._supervision)
        except TimeoutError:
            log.warning("materialiser did not finish in time", seconds=FINISH_TIMEOUT_S)
            if self._process is not None:
                self._process.kill()
            await self._supervision

    async def _supervise(self) -> None:
        deaths = 0
        while not self._finishing.is_set():
            has_advanced, status = await self._run_once()
            if status == 0:  # It ends well only when it is told to.
                return
            deaths = 1 if has_advanced else deaths + 1
            log.warning("materialiser died", status=status, deaths=deaths)
            if deaths > DEATHS_MAX:
                self._hear(Failure(f"The materialiser died {deaths} times in a row, at last with status {status}."))
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._finishing.wait(), BACKOFF_S * 2 ** (deaths - 1))

    async def _run_once(self) -> tuple[bool, int]:
        """Whether a process came further before it ended, and its status."""
        # A session of its own keeps Ctrl-C from it, and -P the working folder from the path of its imports.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            _MODULE,
            str(self._folder),
            *self._crash,
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        self._process, self._orders = process, process.stdin
        self.advance_to(self._target)
        if self._finishing.is_set():
            process.stdin.close()
        has_advanced = await self._listen(process.stdout)
        self._orders = None
        return has_advanced, await process.wait()

    async def _listen(self, said: asyncio.StreamReader) -> bool:
        positions = set()
        while line := await said.readline():
            message = decode_message(line)
            if isinstance(message, Progress):
                positions.add(message.position)
            self._hear(message)
        return len(positions) > 1


class ThreadFollower:
    """A thread of this process that works when it is told to."""

    def __init__(self, folder: Path, hear: Hear) -> None:
        """`hear` gets what it has to say."""
        self._folder = folder
        self._hear = hear
        self._target = 0
        self._thread = ThreadPoolExecutor(1, "sojourn-materialiser")
        self._loop = asyncio.get_running_loop()
        self._materialiser: Materialiser | None = None
        self._work: asyncio.Task[None] | None = None

    def advance_to(self, position: int) -> None:
        self._target = max(self._target, position)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._advance())

    async def finish(self) -> None:
        self.advance_to(self._target)
        if self._work is not None:
            await self._work
        await self._loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _advance(self) -> None:
        tried = -1
        while tried < self._target:
            tried = self._target
            await self._loop.run_in_executor(self._thread, self._advance_in_thread, tried)

    def _advance_in_thread(self, until: int) -> None:
        try:
            self._materialiser = self._materialiser or Materialiser(self._folder)
        except apsw.Error as error:
            self._tell(Trouble(f"The materialiser cannot start. {unavailable(error)}"))
            return
        except OSError as error:
            self._tell(Trouble(f"The materialiser cannot start: {error}."))
            return
        try_to_advance(self._materialiser, until, self._tell)

    def _tell(self, message: Message) -> None:
        self._loop.call_soon_threadsafe(self._hear, message)

    def _close(self) -> None:
        if self._materialiser is not None:
            self._materialiser.close(self._tell)
