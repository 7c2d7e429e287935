"""Things in versions: those in force in memory, all that they ever were in their table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic

from msgspec.structs import replace

from sojourn.core.documents import encode_document
from sojourn.core.versions import Era, Thing, says_the_same
from sojourn.ports.errors import AlreadyExists
from sojourn.stores.embedded.encoding import end_of, microseconds, moment_of
from sojourn.stores.embedded.ledger import Ledger, Write


class Versions(Generic[Thing]):
    """Things of one sort by their ids. Its statements are named for the table."""

    def __init__(self, table: str, decode: Callable[[bytes], Thing], ledger: Ledger) -> None:
        """Read what is in force. Raises apsw.Error."""
        self.revision = 0
        """Rises with every change."""
        self._table = table
        self._decode: Callable[[bytes], Thing] = decode
        self._ledger = ledger
        in_force = (decode(doc) for (doc,) in ledger.rows(f"{table}_in_force"))
        self._things: dict[str, Thing] = {thing.id: thing for thing in in_force}
        self._last: dict[str, int] = dict(ledger.rows(f"{table}_last"))

    def get(self, thing_id: str) -> Thing | None:
        """The thing of that id, as it is in force."""
        return self._things.get(thing_id)

    def all(self) -> tuple[Thing, ...]:
        """All things in force, by id."""
        return tuple(self._things[id] for id in sorted(self._things))

    async def add(self, thing: Thing, at: datetime) -> None:
        """Keep a new thing. Raises AlreadyExists, StoreUnavailable."""

        async def add() -> None:
            if thing.id in self._things:
                raise AlreadyExists(f"{thing.id!r} exists.")
            await self._begin(thing, at)

        await self._ledger.take_turn(add)

    async def put(self, thing: Thing, at: datetime) -> bool:
        """Keep a thing as the next version; True if there was none. Where it says the same, nothing happens.

        Raises StoreUnavailable.
        """

        async def put() -> bool:
            former = self._things.get(thing.id)
            if former is None or not says_the_same(thing, former):
                await self._begin(thing, at)
            return former is None

        return await self._ledger.take_turn(put)

    async def remove(self, thing_id: str, at: datetime) -> bool:
        """Forget a thing, but not its history; False if there was none. Raises StoreUnavailable."""

        async def remove() -> bool:
            if thing_id not in self._things:
                return False
            await self._ledger.write(Write(f"{self._table}_end", (thing_id, microseconds(at))))
            del self._things[thing_id]
            self.revision += 1
            return True

        return await self._ledger.take_turn(remove)

    async def history(self, thing_id: str) -> tuple[Era[Thing], ...]:
        """Every version that a thing had or has, the latest first. Raises StoreUnavailable."""

        async def read() -> tuple[Era[Thing], ...]:
            rows = await self._ledger.read(f"{self._table}_history", thing_id)
            return tuple(Era(self._decode(doc), moment_of(since), end_of(until)) for doc, since, until in rows)

        return await self._ledger.take_turn(read)

    async def _begin(self, thing: Thing, at: datetime) -> None:
        version = self._last.get(thing.id, 0) + 1
        thing = replace(thing, version=version)
        since = microseconds(at)
        await self._ledger.write(
            Write(f"{self._table}_end", (thing.id, since)),
            Write(f"{self._table}_begin", (thing.id, version, since, encode_document(thing))),
        )
        self._things[thing.id] = thing
        self._last[thing.id] = version
        self.revision += 1
