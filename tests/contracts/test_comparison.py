"""Every store answers as the model does, and the comparison finds those out that do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace

from sojourn.core.changes import Changes, RecordedEvent
from sojourn.core.erasures import ErasureOrder
from sojourn.core.facts import TAKEN, Facts, Keys
from sojourn.ports.records import Erased, StoredEvent
from sojourn.stores.memory import MemoryStore
from sojourn.testing import MemoryStoreUnderTest, Store, StoreUnderTest, comparison_of
from tests.contracts.known_stores import STORES


@pytest.mark.parametrize("make", STORES.values(), ids=STORES.keys())
def test_a_store_answers_as_the_model_does(make: Callable[[Path], StoreUnderTest]) -> None:
    # An example is up to fifty operations, and many of them wait for a disk.
    fewer = settings(max_examples=settings().max_examples // 2)
    run_state_machine_as_test(comparison_of(make), settings=fewer)


class ForgetsOwners(MemoryStore):
    """Loads sessions without the people that they belong to."""

    async def load(self, keys: Keys) -> Facts:
        return replace(await super().load(keys), profiles={})


class ForgetsItsOwnIds(MemoryStore):
    """Knows events by the ids of clients only."""

    async def load(self, keys: Keys) -> Facts:
        facts = await super().load(keys)
        return replace(facts, events={key: known for key, known in facts.events.items() if known != TAKEN})


class NoticesNothing(MemoryStore):
    """Commits whatever has changed meanwhile."""

    async def commit(self, changes: Changes, facts: Facts) -> None:
        await super().commit(changes, await self.load(facts.keys))


class KeepsHalf(MemoryStore):
    """Leaves the events out of a commit that brings a session."""

    async def commit(self, changes: Changes, facts: Facts) -> None:
        await super().commit(replace(changes, events=()) if changes.sessions else changes, facts)


class LeavesEvents(MemoryStore):
    """Erases people, and keeps what they did."""

    async def erase(self, any_id: str, order: ErasureOrder | None = None) -> Erased | None:
        events = self._events
        erased = await super().erase(any_id, order)
        self._events = events
        return erased


class ForgetsRequests(MemoryStore):
    """Tells events without what their request told."""

    def _stored(self, recorded: RecordedEvent) -> StoredEvent:
        return replace(super()._stored(recorded), payload_context={})


class Forgetful(MemoryStoreUnderTest):
    """Is empty whenever it is opened."""

    async def open(self) -> Store:
        return MemoryStore()


class Fragile(MemoryStoreUnderTest):
    """Survives being closed, and loses everything in a crash."""

    async def crash(self) -> Store:
        self._store = MemoryStore()
        return self._store


def one_of(kind: type[MemoryStore]) -> Callable[[Path], StoreUnderTest]:
    class UnderTest(MemoryStoreUnderTest):
        def __init__(self, folder: Path) -> None:
            self._store = kind()

    return UnderTest


FAULTY: dict[str, Callable[[Path], StoreUnderTest]] = {
    "forgets owners": one_of(ForgetsOwners),
    "forgets its own ids": one_of(ForgetsItsOwnIds),
    "notices nothing": one_of(NoticesNothing),
    "keeps half": one_of(KeepsHalf),
    "leaves events": one_of(LeavesEvents),
    "forgets requests": one_of(ForgetsRequests),
    "forgetful": lambda folder: Forgetful(),
    "fragile": lambda folder: Fragile(),
}


@pytest.mark.parametrize("make", FAULTY.values(), ids=FAULTY.keys())
def test_a_faulty_store_is_found_out(make: Callable[[Path], StoreUnderTest]) -> None:
    hunt = settings(
        max_examples=500, phases=[Phase.generate], database=None, derandomize=True, print_blob=False, deadline=None
    )
    with pytest.raises(AssertionError, match="The store answered"):
        run_state_machine_as_test(comparison_of(make), settings=hunt)
