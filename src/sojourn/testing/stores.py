"""What the contract suites ask of a store: to be opened, to be closed, and to go on after a crash where it can.

A suite never names an engine; whoever wrote the store tells by a `StoreUnderTest` how one comes to life.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sojourn.core.changes import Changes
from sojourn.ports.catalog import Catalog
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.health import StoreHealth
from sojourn.ports.observations import Observations
from sojourn.ports.records import Records
from sojourn.stores.memory import MemoryStore
from sojourn.testing.builders import Record, keys_of_changes, some_changes


class Store(CollectorStore, Records, StoreHealth, Protocol):
    """An opened store, with all the ports that it fills."""

    @property
    def catalog(self) -> Catalog:
        """What people configure, kept by the same store."""
        ...

    @property
    def observations(self) -> Observations:
        """What was seen of event types, kept by the same store."""
        ...


class StoreUnderTest(Protocol):
    """One store through its life: what it has kept is there again when it is opened after it was closed."""

    async def open(self) -> Store:
        """Open it: new and empty the first time, with all that it kept every other time."""
        ...

    async def close(self) -> None:
        """Close it in good order."""
        ...


@runtime_checkable
class CrashableStore(StoreUnderTest, Protocol):
    """A store that can be taken down as a power cut would take it."""

    async def crash(self) -> Store:
        """Lose what was not durable, leave the beginning of a write behind it, and open what is left."""
        ...


class MemoryStoreUnderTest:
    """The model itself. To close it loses nothing, as nothing but the process can end it."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    async def open(self) -> Store:
        """The one store that there is."""
        return self._store

    async def close(self) -> None:
        """Keep everything."""


async def keep(store: CollectorStore, *records: Record) -> None:
    """Commit these records together, decided on what the store says of them now."""
    await keep_changes(store, some_changes(*records))


async def keep_changes(store: CollectorStore, changes: Changes) -> None:
    """Commit changes, decided on what the store says now."""
    await store.commit(changes, await store.load(keys_of_changes(changes)))


_claims: type[StoreUnderTest] = MemoryStoreUnderTest
