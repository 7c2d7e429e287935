"""Whatever is under way when a person is erased, nothing brings the person back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from sojourn.core.changes import Changes
from sojourn.core.events import SentEvent
from sojourn.core.facts import Facts
from sojourn.core.graph import Reason, Review
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.engine.collector import Collector
from sojourn.engine.erasures import Erasures
from sojourn.engine.joining import Word
from sojourn.engine.people import People
from sojourn.engine.rebuild import Rebuilder
from sojourn.ports.errors import UnknownId
from sojourn.ports.records import EventQuery
from sojourn.system import SystemChance
from sojourn.telemetry import PrometheusMeter
from sojourn.testing import Store
from tests.builders import NOON, a_submission
from tests.contracts.known_stores import STORES
from tests.door import HandClock
from tests.engine.test_people import EMAIL, Counting, FixedRules


class Shop:
    """A store, whoever decides on it, and who erases."""

    def __init__(self, store: Store) -> None:
        self.store = store
        clock, rules, chance = HandClock(), FixedRules(), Counting()
        self.collector = Collector(
            store,
            limits=Limits(),
            rules=rules.in_force,
            clock=clock,
            meter=PrometheusMeter(),
            announce=lambda *_: None,
        )
        self.people = People(store, store, rules=rules, clock=clock, chance=chance)  # type: ignore[arg-type]
        self.erasures = Erasures(store, secret=b"secret", clock=clock, chance=SystemChance())
        self.rebuilder = Rebuilder(store, store, rules=rules.in_force, clock=clock, limits=Limits())
        self._numbers = 0

    async def send(self, type: str, properties: dict[str, object] | None = None, *, session: str) -> str:
        """Have an event decided by the collector; the id of the person."""
        self._numbers += 1
        submission = a_submission(
            SentEvent(type=type, properties=properties or {}),
            id=f"request-{self._numbers}",
            entropy=self._numbers,
            received_at=NOON,
            session_id=session,
        )
        return (await self.collector.submit(submission)).profile_id or ""

    def meanwhile(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do something between the next decision and its commit."""
        commit = self.store.commit

        async def commit_late(changes: Changes, facts: Facts) -> None:
            self.store.commit = commit  # type: ignore[method-assign]
            await act()
            await commit(changes, facts)

        self.store.commit = commit_late  # type: ignore[method-assign]

    def meanwhile_erase(self, person: str) -> None:
        """Erase somebody between the next decision and its commit."""
        self.meanwhile(lambda: self.erasures.erase(person, actor="desk"))

    async def is_forgotten(self, *ids: str) -> bool:
        """Whether nothing is left of a person of these ids."""
        left = [
            *[await self.store.profile(id) for id in ids],
            *[(await self.store.events(EventQuery(profile=id), limit=1)).items for id in ids],
            *[(await self.store.sessions_of(id, limit=1)).items for id in ids],
            await self.store.history(ids, limit=1),
            await self.store.merges_of(ids),
            await self.store.reviews_of(ids),
        ]
        return not any(left)


@pytest.fixture(params=STORES)
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    under_test = STORES[request.param](tmp_path)
    shop = Shop(await under_test.open())
    running = asyncio.create_task(shop.collector.run())
    await asyncio.sleep(0)
    yield shop
    shop.collector.drain()
    await running
    await under_test.close()


async def two_of_one_mail(shop: Shop) -> tuple[str, str]:
    """A person who is known by an e-mail address, and somebody who is not known yet."""
    one = await shop.send("order", {"n": 1}, session="s1")
    two = await shop.send("order", {"n": 2}, session="s2")
    await shop.send("sign-in", EMAIL, session="s1")
    return one, two


async def test_a_request_that_is_being_decided_becomes_somebody_elses(shop: Shop) -> None:
    person = await shop.send("order", session="s1")
    shop.meanwhile_erase(person)
    assert await shop.send("order", session="s1") != person
    assert await shop.is_forgotten(person)


async def test_a_merge_that_is_being_decided_leaves_the_other_one_alone(shop: Shop) -> None:
    one, two = await two_of_one_mail(shop)
    shop.meanwhile_erase(one)
    assert await shop.send("sign-in", EMAIL, session="s2") == two
    assert await shop.is_forgotten(one)
    person = await shop.store.profile(two)
    assert person is not None
    assert person.ids == (two,)


async def test_a_merge_that_was_just_decided_is_erased_with_everybody_in_it(shop: Shop) -> None:
    one, two = await two_of_one_mail(shop)
    await shop.send("sign-in", EMAIL, session="s2")
    assert await shop.erasures.erase(two, actor="desk") is not None
    assert await shop.is_forgotten(one, two)


async def test_a_merge_by_hand_finds_nobody(shop: Shop) -> None:
    one, two = await two_of_one_mail(shop)
    shop.meanwhile_erase(one)
    with pytest.raises(UnknownId):
        await shop.people.merge(one, two, word=Word("ann"))
    assert await shop.is_forgotten(one)


async def test_an_undo_finds_nobody(shop: Shop) -> None:
    one, two = await two_of_one_mail(shop)
    await shop.send("sign-in", EMAIL, session="s2")
    [merge] = (await shop.store.merges(limit=2)).items
    shop.meanwhile_erase(one)
    with pytest.raises(UnknownId):
        await shop.people.undo(merge.id, actor="ann")
    assert await shop.is_forgotten(one, two)


async def test_who_was_parted_before_stays_as_they_are(shop: Shop) -> None:
    one, two = await two_of_one_mail(shop)
    await shop.send("sign-in", EMAIL, session="s2")
    [merge] = (await shop.store.merges(limit=2)).items
    await shop.people.undo(merge.id, actor="ann")
    before = await shop.store.profile(two)
    await shop.erasures.erase(one, actor="desk")
    assert await shop.is_forgotten(one)
    assert await shop.store.profile(two) == before
    await shop.rebuilder.person(two)
    after = await shop.store.profile(two)
    assert after is not None
    assert before is not None
    assert replace(after, version=before.version, metadata=before.metadata) == before


@pytest.mark.parametrize("accept", [True, False])
async def test_a_review_that_is_being_answered_finds_nobody(shop: Shop, accept: bool) -> None:  # noqa: FBT001  A case.
    one, two = await two_of_one_mail(shop)
    await shop.people.hold((a_review(one, two),))
    shop.meanwhile_erase(one)
    with pytest.raises(UnknownId):
        await shop.people.answer("r", accept=accept, actor="ann")
    assert await shop.is_forgotten(one)


async def test_what_is_being_held_back_is_held_back_of_nobody(shop: Shop) -> None:
    one, two = await two_of_one_mail(shop)
    shop.meanwhile_erase(one)
    await shop.people.hold((a_review(one, two),))
    assert await shop.is_forgotten(one)
    assert await shop.store.reviews_of({two}) == ()


async def test_a_rebuild_brings_nobody_back(shop: Shop) -> None:
    one, _ = await two_of_one_mail(shop)
    other_rules = Rebuilder(shop.store, shop.store, rules=Ruleset, clock=HandClock(), limits=Limits())
    shop.meanwhile_erase(one)
    await other_rules.person(one)
    assert await shop.is_forgotten(one)


def a_review(one: str, two: str) -> Review:
    """Two who seem to be one, for no reason that is known."""
    return Review(id="r", at=NOON, why="unique", one=one, two=two, reason=Reason(kind="email", rule="x"), event=None)
