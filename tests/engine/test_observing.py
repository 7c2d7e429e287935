"""Events are looked at behind the commits, within bounds, and what was seen outlives the process."""

from __future__ import annotations

import asyncio
from typing import Any

from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.engine.observing import Observing
from sojourn.stores.memory import MemoryStore
from sojourn.testing.stores import keep
from tests.builders import a_contract, an_event, an_event_type, noon_plus, some_changes


def an_observing(store: MemoryStore, ruleset: Ruleset | None = None, **limits: Any) -> Observing:
    return Observing(store.observations, store, limits=Limits(**limits), rules=lambda: ruleset or Ruleset())


def taken(observing: Observing, *types: str) -> None:
    for number, type_id in enumerate(types):
        observing.take(some_changes(an_event(f"{type_id}-{number}", type=type_id, at=noon_plus(number))))


def events_of(observing: Observing, type_id: str) -> tuple[int, int] | None:
    seen = observing.seen(type_id)
    return None if seen is None else (seen.events, seen.skipped)


async def test_what_was_taken_is_seen_at_once_and_counted_once() -> None:
    observing = an_observing(MemoryStore())
    taken(observing, "a", "b", "a")
    assert (events_of(observing, "a"), events_of(observing, "c")) == ((2, 0), None)
    await observing.look()
    assert (events_of(observing, "a"), events_of(observing, "b")) == ((2, 0), (1, 0))


async def test_of_too_many_events_of_one_type_the_others_are_counted_as_skipped() -> None:
    observing = an_observing(MemoryStore(), observed_events_per_s=50)
    taken(observing, *["a"] * 30, "b")
    await observing.look()
    assert (events_of(observing, "a"), events_of(observing, "b")) == ((10, 20), (1, 0))


async def test_no_more_events_wait_than_the_limit() -> None:
    observing = an_observing(MemoryStore(), observed_events_per_s=10)
    taken(observing, *(f"t{number}" for number in range(1_000)))
    await observing.look()
    assert sum(events_of(observing, f"t{number}") is not None for number in range(1_000)) == 10


async def test_of_too_big_events_the_others_are_counted_as_skipped() -> None:
    observing = an_observing(MemoryStore(), observed_bytes_per_s=1_000)
    big = [an_event(f"{n}", type="a", properties={"text": "x" * 400}) for n in range(5)]
    observing.take(some_changes(*big))
    await observing.look()
    observing.take(some_changes(an_event("6", type="a")))
    assert events_of(observing, "a") == (4, 2)


async def test_of_too_many_types_the_longest_unseen_that_nobody_described_is_forgotten() -> None:
    ruleset = Ruleset(event_types=[an_event_type(id="own")], contracts=[a_contract(id="agreed")])
    store = MemoryStore()
    observing = an_observing(store, ruleset, observed_types_max=4)
    taken(observing, "own", "agreed", "a", "b")
    await observing.finish()
    taken(observing, "a", "c")
    await observing.finish()
    assert [seen.id for seen in await store.observations.observed_types()] == ["a", "agreed", "c", "own"]


async def test_a_later_process_goes_on_where_one_was_left() -> None:
    store = MemoryStore()
    first = an_observing(store)
    taken(first, "a")
    await first.finish()
    second = an_observing(store)
    await second.begin()
    taken(second, "a")
    assert events_of(second, "a") == (2, 0)


async def test_when_nothing_is_kept_the_newest_events_are_looked_at_again() -> None:
    store = MemoryStore()
    await keep(store, an_event("one"), an_event("two", at=noon_plus(1)))
    observing = an_observing(store)
    running = asyncio.create_task(observing.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert events_of(observing, "page-view") == (2, 0)
    running.cancel()


async def test_what_is_forgotten_is_gone_from_the_store_and_begins_anew() -> None:
    store = MemoryStore()
    observing = an_observing(store)
    taken(observing, "a", "a")
    await observing.finish()
    assert await observing.forget("a")
    assert not await observing.forget("a")
    assert await store.observations.observed_types() == ()
    taken(observing, "a")
    assert events_of(observing, "a") == (1, 0)
