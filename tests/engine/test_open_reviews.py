"""What waits for somebody's word is bounded: the oldest reviews lapse, and nothing that was answered does."""

from __future__ import annotations

import asyncio

from sojourn.core.limits import Limits
from sojourn.engine.open_reviews import OpenReviews
from sojourn.stores.memory import MemoryStore
from sojourn.telemetry import PrometheusMeter
from sojourn.testing.builders import a_review
from sojourn.testing.stores import keep
from tests.builders import noon_plus, some_changes
from tests.door import HandClock


def two_at_most(store: MemoryStore, meter: PrometheusMeter | None = None) -> OpenReviews:
    limits = Limits(open_reviews_max=2)
    return OpenReviews(store, store, limits=limits, clock=HandClock(), meter=meter or PrometheusMeter())


async def ids_in(store: MemoryStore) -> list[str]:
    return [review.id for review in (await store.reviews(limit=10)).items]


async def test_the_oldest_beyond_the_limit_lapse_and_are_counted() -> None:
    store, meter = MemoryStore(), PrometheusMeter()
    await keep(store, *(a_review(f"{number}", at=noon_plus(number)) for number in range(5)))
    await keep(store, a_review("answered", state="rejected", at=noon_plus(-1)))
    await two_at_most(store, meter).make_room()
    assert await ids_in(store) == ["4", "3", "answered"]
    assert b"sojourn_reviews_lapsed_total 3.0" in meter.render()


async def test_room_is_made_at_the_start_and_whenever_enough_has_come() -> None:
    store = MemoryStore()
    await keep(store, *(a_review(f"{number}", at=noon_plus(number)) for number in range(3)))
    reviews = two_at_most(store)
    running = asyncio.create_task(reviews.run())
    await _turns()
    assert await ids_in(store) == ["2", "1"]
    await keep(store, a_review("new", at=noon_plus(9)))
    reviews.note(some_changes(a_review("new")))
    await _turns()
    assert await ids_in(store) == ["new", "2"]
    running.cancel()


async def _turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
