"""What erasing a person must remove, and what it must leave."""

from __future__ import annotations

import asyncio

import pytest

from sojourn.core.changes import Changes, PutAside
from sojourn.core.erasures import Receipt, Removed
from sojourn.core.facts import EventKey, Keys, KnownEvent
from sojourn.core.graph import Merge, Reason, Review
from sojourn.core.ids import ordered_id
from sojourn.ports.records import Erased, EventQuery
from sojourn.testing.builders import (
    NOON,
    a_known_event,
    a_profile,
    a_quarantined,
    a_session,
    a_submission_record,
    a_tally,
    an_edge,
    an_erasure_order,
    an_event,
    noon_plus,
)
from sojourn.testing.stores import Store, keep, keep_changes

ANN = (
    a_profile("ann"),
    a_session("visit", profile="ann"),
    an_edge("crm-1", "ann"),
    an_event("view", profile="ann", session="visit"),
    a_known_event("view", profile="ann", session="visit"),
)
BOB = (
    a_profile("bob"),
    a_session("walk", profile="bob"),
    an_edge("crm-2", "bob"),
    an_event("look", profile="bob", session="walk"),
    a_known_event("look", profile="bob", session="walk"),
)


class ErasureContract:
    """The contract of `Records.erase`. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_erasing_tells_what_was_removed(self, store: Store) -> None:
        await keep(store, *ANN, *BOB)
        await keep(store, a_session("second", profile="ann"), an_event("again", profile="ann", session=None))
        assert await store.erase("ann") == Erased(profile="ann", ids=("ann", "crm-1"), sessions=2, events=2)

    async def test_erasing_nobody_removes_nothing(self, store: Store) -> None:
        await keep(store, *ANN)
        assert await store.erase("bob") is None
        assert await store.profile("ann") is not None

    async def test_a_person_is_erased_once(self, store: Store) -> None:
        await keep(store, *ANN)
        await store.erase("ann")
        assert await store.erase("ann") is None

    @pytest.mark.parametrize("named", ["ann", "crm-1", "bob", "crm-2"])
    async def test_a_person_is_erased_under_each_of_their_ids(self, store: Store, named: str) -> None:
        await keep(store, *ANN, *BOB)
        await keep(store, an_edge("bob", "ann"))
        await store.erase(named)
        assert [await store.profile(id) for id in ("ann", "crm-1", "bob", "crm-2")] == [None, None, None, None]

    async def test_an_erased_person_cannot_be_loaded(self, store: Store) -> None:
        await keep(store, *ANN)
        await store.erase("ann")
        facts = await store.load(Keys(profiles=frozenset({"ann", "crm-1"}), sessions=frozenset({"visit"})))
        assert (facts.profiles, facts.aliases, facts.sessions) == ({}, {}, {})

    async def test_the_sessions_are_gone(self, store: Store) -> None:
        await keep(store, *ANN, *BOB)
        await store.erase("ann")
        assert await store.session("visit") is None
        assert (await store.sessions_of("ann", limit=10)).items == ()

    async def test_the_events_are_gone(self, store: Store) -> None:
        await keep(store, *ANN, *BOB)
        await store.erase("ann")
        assert await store.event("view") is None
        assert [stored.event.id for stored in (await store.events(EventQuery(), limit=10)).items] == ["look"]

    async def test_events_of_a_merged_id_are_gone_too(self, store: Store) -> None:
        await keep(store, *ANN, *BOB)
        await keep(store, an_edge("bob", "ann"))
        erased = await store.erase("ann")
        assert erased == Erased(profile="ann", ids=("ann", "bob", "crm-1", "crm-2"), sessions=2, events=2)
        assert (await store.events(EventQuery(), limit=10)).items == ()

    async def test_the_links_are_gone(self, store: Store) -> None:
        await keep(store, *ANN, *BOB)
        await store.erase("ann")
        await keep(store, a_profile("ann"))
        assert await store.edges_of("ann") == ()

    async def test_an_undone_link_from_the_person_is_gone(self, store: Store) -> None:
        await keep(store, *ANN, *BOB, an_edge("ann", "bob", undone=NOON))
        await store.erase("ann")
        assert [edge.id for edge in await store.edges_of("bob")] == ["crm-2"]

    async def test_others_stay(self, store: Store) -> None:
        await keep(store, *ANN, *BOB)
        await store.erase("ann")
        assert await store.profile("crm-2") == a_profile("bob")
        assert await store.session("walk") == a_session("walk", profile="bob")
        assert await store.event("look") is not None

    async def test_events_of_nobody_in_the_sessions_of_the_person_are_gone(self, store: Store) -> None:
        await keep(store, *ANN, an_event("quiet", profile=None, session="visit"))
        erased = await store.erase("ann")
        assert erased is not None
        assert erased.events == 2
        assert await store.event("quiet") is None

    async def test_events_of_nobody_elsewhere_stay(self, store: Store) -> None:
        await keep(store, *ANN, an_event("stray", profile=None, session=None))
        await keep(store, an_event("passing", profile=None, session="walk"))
        await store.erase("ann")
        assert await store.event("stray") is not None
        assert await store.event("passing") is not None

    async def test_events_of_another_person_in_a_session_of_the_person_stay(self, store: Store) -> None:
        await keep(store, *ANN, *BOB, an_event("shared", profile="bob", session="visit"))
        await store.erase("ann")
        assert await store.event("shared") is not None

    async def test_events_of_nobody_stay_when_a_person_without_sessions_is_erased(self, store: Store) -> None:
        await keep(store, a_profile("ann"), an_event("stray", profile=None, session=None))
        await keep(store, an_event("passing", profile=None, session="walk"))
        await store.erase("ann")
        assert len((await store.events(EventQuery(), limit=10)).items) == 2

    async def test_what_only_the_erased_events_had_in_common_is_gone(self, store: Store) -> None:
        await keep(store, *ANN, a_submission_record("request"))
        await store.erase("ann")
        await keep(store, an_event("later", profile=None, session=None, request="request"))
        later = await store.event("later")
        assert later is not None
        assert (later.payload_context, later.headers) == ({}, {})

    async def test_what_another_event_has_in_common_stays(self, store: Store) -> None:
        record = a_submission_record("request")
        await keep(store, *ANN, record, an_event("stray", profile=None, session=None, request="request"))
        await store.erase("ann")
        stray = await store.event("stray")
        assert stray is not None
        assert (stray.payload_context, stray.headers) == (record.context, record.headers)

    async def test_an_erased_event_is_recognised_and_names_nobody(self, store: Store) -> None:
        await keep(store, *ANN)
        await store.erase("ann")
        key, known = a_known_event("view")
        facts = await store.load(Keys(events=frozenset({key})))
        assert facts.events == {key: KnownEvent(known.digest, None, None)}

    async def test_an_event_of_another_person_in_an_erased_session_names_that_person_only(self, store: Store) -> None:
        await keep(store, *ANN, *BOB, a_known_event("shared", profile="bob", session="visit"))
        await store.erase("ann")
        key = EventKey("shop", "shared")
        facts = await store.load(Keys(events=frozenset({key})))
        assert (facts.events[key].profile, facts.events[key].session) == ("bob", None)

    async def test_an_id_that_was_erased_can_begin_anew(self, store: Store) -> None:
        await keep(store, *ANN)
        await store.erase("ann")
        await keep(store, a_profile("ann", traits={"plan": "new"}), a_session("visit", profile="ann"))
        assert await store.profile("ann") == a_profile("ann", traits={"plan": "new"})
        assert [session.id for session in (await store.sessions_of("ann", limit=10)).items] == ["visit"]
        assert (await store.events(EventQuery(profile="ann"), limit=10)).items == ()

    async def test_an_id_that_the_server_made_is_free_once_its_event_was_erased(self, store: Store) -> None:
        key = EventKey("shop", ordered_id(1, NOON, 0))
        await keep(store, *ANN, an_event(key.id, profile="ann"))
        await store.erase("ann")
        assert (await store.load(Keys(events=frozenset({key})))).events == {}

    async def test_counts_stay(self, store: Store) -> None:
        await keep(store, *ANN, a_tally(count=1))
        await store.erase("ann")
        assert (await store.outcomes("shop")).kept == 1

    async def test_what_was_put_aside_of_the_person_is_gone(self, store: Store) -> None:
        theirs = PutAside(a_quarantined("1"), "ann", "visit")
        under_an_alias = PutAside(a_quarantined("2"), "crm-1", None)
        of_their_session = PutAside(a_quarantined("3"), None, "visit")
        await keep(store, *ANN, theirs, under_an_alias, of_their_session)
        await store.erase("ann")
        assert (await store.quarantined(limit=10)).items == ()

    async def test_what_was_put_aside_of_others_stays(self, store: Store) -> None:
        of_nobody = PutAside(a_quarantined("1"), None, None)
        of_another = PutAside(a_quarantined("2"), "bob", "walk")
        in_a_session_of_the_person = PutAside(a_quarantined("3"), "bob", "visit")
        in_another_session = PutAside(a_quarantined("4"), None, "walk")
        await keep(store, *ANN, *BOB, of_nobody, of_another, in_a_session_of_the_person, in_another_session)
        await store.erase("ann")
        assert [quarantined.id for quarantined in (await store.quarantined(limit=10)).items] == ["4", "3", "2", "1"]

    async def test_a_receipt_tells_how_much_was_removed_and_nothing_else(self, store: Store) -> None:
        await keep(store, *ANN, *BOB, an_edge("bob", "ann", kind="merge"), an_edge("email#1", "ann", kind="email"))
        await keep(store, a_submission_record("request", profile="ann"), PutAside(a_quarantined("1"), "ann", None))
        reason = Reason(kind="email", rule="email")
        merge = Merge(id="m", at=NOON, survivor="ann", merged=("bob",), one="ann", two="bob", reason=reason, event=None)
        review = Review(id="r", at=NOON, why="unique", one="bob", two=None, reason=reason, event=None)
        await keep_changes(store, Changes(at=NOON, merges=(merge,), reviews=(review,)))
        await store.erase("ann", an_erasure_order(id="1"))
        receipt = await store.erasure("1")
        assert receipt is not None
        assert (receipt.id, receipt.at, receipt.actor) == ("1", NOON, "desk")
        assert receipt.removed == Removed(
            profiles=2,
            sessions=2,
            events=2,
            submissions=1,
            quarantined=1,
            links=3,
            identifiers=1,
            merges=1,
            reviews=1,
        )

    async def test_a_receipt_knows_every_id_by_its_mark(self, store: Store) -> None:
        await keep(store, *ANN)
        await store.erase("ann", an_erasure_order(id="1"))
        assert [await self._marked(store, mark) for mark in ("mark of ann", "mark of crm-1", "mark of bob")] == [
            ["1"],
            ["1"],
            [],
        ]

    async def test_receipts_come_newest_first_and_page_by_page(self, store: Store) -> None:
        for number, person in enumerate(("ann", "bob", "eve")):
            await keep(store, a_profile(person))
            await store.erase(person, an_erasure_order(id=person, at=noon_plus(number)))
        first = await store.erasures(limit=2)
        assert [receipt.id for receipt in first.items] == ["eve", "bob"]
        assert [receipt.id for receipt in (await store.erasures(limit=2, after=first.next)).items] == ["ann"]

    async def test_there_is_no_receipt_of_nobody(self, store: Store) -> None:
        await store.erase("ann", an_erasure_order(id="1"))
        assert await store.erasure("1") is None

    async def test_an_erasure_comes_to_its_end(self, store: Store) -> None:
        await keep(store, *ANN)
        await store.erase("ann", an_erasure_order(id="1"))
        assert (await ended(store, "1")).state == "done"

    @staticmethod
    async def _marked(store: Store, mark: str) -> list[str]:
        return [receipt.id for receipt in (await store.erasures(mark=mark, limit=10)).items]


async def ended(store: Store, erasure_id: str) -> Receipt:
    """The receipt of an erasure as soon as that is done."""
    async with asyncio.timeout(_END_S_MAX):
        while True:
            receipt = await store.erasure(erasure_id)
            assert receipt is not None, "the erasure is known"
            if receipt.state == "done":
                return receipt
            await asyncio.sleep(_LOOK_S)


_END_S_MAX = 30
"""Seconds after which an erasure is taken never to end."""
_LOOK_S = 0.01
