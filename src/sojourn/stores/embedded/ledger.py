"""How the tables of what people configure are written: durably, one write after the other, in a thread of their own.

So a wait for the disk, or for the materialiser, holds up nobody else. What stands here is nowhere else, while all that
the journal says can be brought in again. So each write goes on from the WAL into the database file at once: there a
damaged page is found when it is read, but the end of a damaged WAL is passed over by SQLite as if it had never been.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import apsw

from sojourn.stores.embedded.checkpoints import bring_in
from sojourn.stores.embedded.database import transaction, unavailable
from sojourn.stores.embedded.errors import DamagedWal
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.turns import Turns

_CHECKPOINTS_MAX = 20
"""How often one tries to leave nothing in the WAL: a reader, or another checkpoint, may be in the way for a moment."""
_PAUSE_S = 0.01

Value = str | bytes | int
Row = tuple[Any, ...]
Result = TypeVar("Result")


class Write(NamedTuple):
    """A statement of `sql/catalog.sql`, and what it is given."""

    statement: str
    values: tuple[Value, ...]


class Ledger:
    """The one writer of these tables."""

    def __init__(self, database: apsw.Connection) -> None:
        """`database` syncs at each commit."""
        self._database = database
        self._sql = statements("catalog")
        self._thread = ThreadPoolExecutor(1, "sojourn-catalog")
        self._turns = Turns()

    def rows(self, statement: str) -> apsw.Cursor:
        """What a statement finds, read at once; for the start, when nothing is written yet. Raises apsw.Error."""
        return self._database.execute(self._sql[statement])

    async def take_turn(self, action: Callable[[], Coroutine[object, object, Result]]) -> Result:
        """Run an action when those before it have ended; what it returns or raises."""
        return await self._turns.take(action)

    async def write(self, *writes: Write) -> None:
        """Write all of it durably, or nothing. To be called within a turn. Raises StoreUnavailable."""
        await self._in_thread(lambda: self._write_in_thread(writes))

    async def read(self, statement: str, *values: Value) -> list[Row]:
        """What a statement finds. To be called within a turn. Raises StoreUnavailable."""
        return await self._in_thread(lambda: list(self._database.execute(self._sql[statement], values)))

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""

        async def close() -> None:
            self._thread.shutdown()
            self._database.close()

        await self._turns.take(close)

    async def _in_thread(self, action: Callable[[], Result]) -> Result:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, action)
        except apsw.Error as error:
            raise unavailable(error) from error

    def _write_in_thread(self, writes: tuple[Write, ...]) -> None:
        with transaction(self._database):
            for write in writes:
                self._database.execute(self._sql[write.statement], write.values)
        self._leave_the_wal()

    def _leave_the_wal(self) -> None:
        """Bring what was written into the database file; where that cannot be, it is durable in the WAL so long."""
        for attempt in range(_CHECKPOINTS_MAX):
            if attempt:
                time.sleep(_PAUSE_S)
            try:
                is_all = bring_in(self._database, apsw.SQLITE_CHECKPOINT_PASSIVE)
            except apsw.BusyError:
                continue
            except (DamagedWal, apsw.Error):  # The materialiser comes to the same place, and says so.
                return
            if is_all:
                return
