"""What is seen of event types, in a table of its own: written in a thread, and not synced, as it can be seen again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import apsw

from sojourn.core.documents import encode_document
from sojourn.core.observed import ObservedType
from sojourn.ports.observations import Observations
from sojourn.stores.embedded.database import transaction, unavailable
from sojourn.stores.embedded.encoding import decode_observed
from sojourn.stores.embedded.statements import statements

Result = TypeVar("Result")


class EmbeddedObservations:
    """The one reader and writer of the table `observed`."""

    def __init__(self, database: apsw.Connection) -> None:
        """`database` writes, and need not sync."""
        self._database = database
        self._sql = statements("observations")
        self._thread = ThreadPoolExecutor(1, "sojourn-observations")

    async def observed_types(self) -> tuple[ObservedType, ...]:
        return await self._in_thread(self._read)

    async def keep_observed(self, changed: Collection[ObservedType], gone: Collection[str] = ()) -> None:
        rows = [(each.id, encode_document(each)) for each in changed]
        await self._in_thread(lambda: self._write(rows, gone))

    def close(self) -> None:
        """Finish what is under way and let go of the database."""
        self._thread.shutdown()
        self._database.close()

    async def _in_thread(self, action: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, action)
        except apsw.Error as error:
            raise unavailable(error) from error

    def _read(self) -> tuple[ObservedType, ...]:
        return tuple(decode_observed(doc) for (doc,) in self._database.execute(self._sql["observed_types"]))

    def _write(self, rows: list[tuple[str, bytes]], gone: Collection[str]) -> None:
        with transaction(self._database):
            self._database.executemany(self._sql["put_observed"], rows)
            self._database.executemany(self._sql["remove_observed"], [(id,) for id in gone])


_claims: type[Observations] = EmbeddedObservations
