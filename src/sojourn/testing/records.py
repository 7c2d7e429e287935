"""What every store must answer to people's questions: who, which sessions, which events, how many, and in which order.

Subclass the suite in a test module and give it a fixture `store`: an opened, empty store.
"""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec.structs import replace

from sojourn.core.changes import RecordedEvent, TraceNote
from sojourn.core.outcomes import DROPPED_BOT, DUPLICATE, KEPT, QUARANTINED_SHAPE, REFUSED_SOURCE, OutcomeCounts
from sojourn.ports.records import After, EventQuery, Recorded
from sojourn.testing.builders import (
    NOON,
    a_profile,
    a_quarantined,
    a_session,
    a_submission_record,
    a_tally,
    an_edge,
    an_event,
    noon_plus,
)
from sojourn.testing.erasure import ErasureContract
from sojourn.testing.fidelity import FidelityContract
from sojourn.testing.graph import GraphContract
from sojourn.testing.histories import HistoryContract
from sojourn.testing.pages import read_all
from sojourn.testing.quarantine import QuarantineContract
from sojourn.testing.stores import Store, keep

ORDERS: dict[Literal["desc", "asc"], list[tuple[str, str]]] = {
    "desc": [("shop", "d"), ("shop", "c"), ("shop", "b"), ("app", "b"), ("shop", "a")],
    "asc": [("shop", "a"), ("app", "b"), ("shop", "b"), ("shop", "c"), ("shop", "d")],
}
"""The events of `TIED`, each as its source and id, in both orders."""

TIED = (
    an_event("d", at=noon_plus(1)),
    an_event("b"),
    an_event("b", source="app"),
    an_event("a"),
    an_event("c"),
)
"""Events of one moment but for one, of which two have the same id."""

ASKED = {
    "their session": (EventQuery(session="visit"), ["mine"]),
    "the person": (EventQuery(profile="ann"), ["mine"]),
    "another id of the person": (EventQuery(profile="crm-1"), ["mine"]),
    "their source": (EventQuery(source="app"), ["theirs"]),
    "their type": (EventQuery(type="sign-in"), ["theirs"]),
    "their source and their type": (EventQuery(source="app", type="sign-in"), ["theirs"]),
    "a type that their source never sent": (EventQuery(source="app", type="page-view"), []),
    "their type in a span without events": (EventQuery(type="sign-in", until=noon_plus(10)), []),
    "no earlier moment": (EventQuery(since=noon_plus(10)), ["theirs"]),
    "an earlier moment": (EventQuery(until=noon_plus(10)), ["mine"]),
    "a span without events": (EventQuery(since=noon_plus(1), until=noon_plus(10)), []),
    "everything at once": (
        EventQuery(
            session="visit", profile="ann", source="shop", type="page-view", since=NOON, until=noon_plus(1), order="asc"
        ),
        ["mine"],
    ),
    "two things that never go together": (EventQuery(profile="ann", source="app"), []),
    "somebody unknown": (EventQuery(profile="nobody"), []),
    "nothing in particular": (EventQuery(), ["theirs", "mine"]),
}
"""Questions, and which events answer them."""


class RecordsContract(ErasureContract, QuarantineContract, FidelityContract, HistoryContract, GraphContract):
    """The contract of `Records`."""

    async def test_nothing_is_known_of_nobody(self, store: Store) -> None:
        assert await store.profile("nobody") is None
        assert await store.session("none") is None
        assert await store.event("none") is None
        assert await store.edges_of("nobody") == ()
        assert (await store.sessions_of("nobody", limit=1)).items == ()

    @pytest.mark.parametrize("any_id", ["ann", "crm-1", "bob", "crm-2"])
    async def test_a_person_is_found_by_each_of_their_ids(self, store: Store, any_id: str) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("crm-1", "ann"), an_edge("crm-2", "bob"))
        await keep(store, an_edge("bob", "ann"))
        assert await store.profile(any_id) == a_profile("ann")

    async def test_a_person_who_was_parted_again_is_found_by_their_own_id(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("bob", "ann"))
        await keep(store, an_edge("bob", "ann", undone=noon_plus(1)))
        assert await store.profile("bob") == a_profile("bob")

    async def test_a_session_is_found_by_its_id(self, store: Store) -> None:
        session = a_session("visit", context={"page": {"url": "https://shop.example/"}, "depth": 1.5})
        await keep(store, session)
        assert await store.session("visit") == session

    async def test_sessions_come_newest_first_and_then_by_id(self, store: Store) -> None:
        begun = {"b": 0, "a": 0, "c": 0, "d": 1}
        await keep(store, a_profile(), *(a_session(id, began=noon_plus(second)) for id, second in begun.items()))
        page = await store.sessions_of("ann", limit=10)
        assert [session.id for session in page.items] == ["d", "c", "b", "a"]

    async def test_sessions_are_those_of_all_ids_of_a_person(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("bob", "ann"))
        await keep(store, a_session("1", profile="ann"), a_session("2", profile="bob"), a_session("3", profile=None))
        assert [session.id for session in (await store.sessions_of("bob", limit=10)).items] == ["2", "1"]

    async def test_what_was_recorded_is_counted_under_the_very_id_it_was_recorded_under(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), a_profile("cid"), an_edge("bob", "ann"))
        await keep(store, an_event("1"), an_event("2"), an_event("3", profile="bob"), an_event("4", profile=None))
        await keep(store, a_session("one"), a_session("two", profile="cid"), a_session("three", profile=None))
        counted = await store.recorded_under(["ann", "bob", "dan"])
        assert counted == {"ann": Recorded(events=2, sessions=1), "bob": Recorded(events=1)}
        assert await store.recorded_under([]) == {}

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
    async def test_pages_of_sessions_are_the_whole_list(self, store: Store, limit: int) -> None:
        await keep(store, a_profile(), *(a_session(id) for id in "badc"))
        sessions = await read_all(lambda after: store.sessions_of("ann", limit=limit, after=after))
        assert [session.id for session in sessions] == ["d", "c", "b", "a"]

    async def test_links_come_oldest_first_and_then_by_id(self, store: Store) -> None:
        made = {"b": 0, "a": 0, "c": -1}
        await keep(store, a_profile(), *(an_edge(id, at=noon_plus(second)) for id, second in made.items()))
        assert [edge.id for edge in await store.edges_of("ann")] == ["c", "a", "b"]

    async def test_links_are_those_that_lead_to_the_person_over_any_of_their_ids(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("crm-1", "bob"), an_edge("crm-3", "cid"))
        await keep(store, an_edge("bob", "ann"))
        assert [edge.id for edge in await store.edges_of("crm-1")] == ["bob", "crm-1"]

    async def test_an_undone_link_is_still_told(self, store: Store) -> None:
        undone = an_edge("bob", "ann", undone=noon_plus(1))
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("bob", "ann"))
        await keep(store, undone)
        assert await store.edges_of("ann") == (undone,)
        assert await store.edges_of("bob") == ()

    async def test_an_event_is_told_with_its_request_and_its_trace(self, store: Store) -> None:
        trace = (TraceNote("identify", "session", "ann"), TraceNote("join_session", "known"))
        recorded = RecordedEvent(an_event("view", properties={"price": 10, "tags": ["a", None]}), trace)
        record = a_submission_record("request")
        await keep(store, recorded, record)
        stored = await store.event("view")
        assert stored is not None
        assert stored.event == recorded.event
        assert stored.trace == trace
        assert (stored.payload_context, stored.headers) == (record.context, record.headers)

    async def test_an_event_of_a_request_that_told_nothing_has_no_context(self, store: Store) -> None:
        await keep(store, an_event("view"))
        stored = await store.event("view")
        assert stored is not None
        assert (stored.payload_context, stored.headers, stored.trace) == ({}, {}, ())

    async def test_of_an_id_that_two_sources_used_the_first_kept_is_told(self, store: Store) -> None:
        await keep(store, an_event("view", source="shop", at=noon_plus(1)))
        await keep(store, an_event("view", source="app", at=NOON))
        stored = await store.event("view")
        assert stored is not None
        assert stored.event.source.id == "shop"

    async def test_of_an_id_that_two_sources_used_one_may_ask_for_either(self, store: Store) -> None:
        await keep(store, an_event("view", source="shop"), an_event("view", source="app"))
        stored = await store.event("view", source="app")
        assert stored is not None
        assert stored.event.source.id == "app"
        assert await store.event("view", source="web") is None

    @pytest.mark.parametrize(("query", "expected"), ASKED.values(), ids=ASKED.keys())
    async def test_events_are_found_by(self, store: Store, query: EventQuery, expected: list[str]) -> None:
        await keep(
            store,
            a_profile("ann"),
            an_edge("crm-1", "ann"),
            an_event("mine", session="visit", profile="ann", at=NOON),
            an_event("theirs", session=None, profile=None, source="app", type="sign-in", at=noon_plus(10)),
        )
        page = await store.events(query, limit=10)
        assert [stored.event.id for stored in page.items] == expected

    async def test_events_of_a_merged_person_keep_the_id_that_they_were_recorded_under(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_event("view", profile="bob"))
        await keep(store, an_edge("bob", "ann"))
        (stored,) = (await store.events(EventQuery(profile="ann"), limit=10)).items
        assert stored.event == an_event("view", profile="bob")

    async def test_events_of_a_list_are_told_with_their_request(self, store: Store) -> None:
        record = a_submission_record("request")
        await keep(store, an_event("view"), record)
        (stored,) = (await store.events(EventQuery(), limit=10)).items
        assert (stored.payload_context, stored.headers) == (record.context, record.headers)

    @pytest.mark.parametrize("order", ["desc", "asc"])
    async def test_events_come_in_order(self, store: Store, order: Literal["desc", "asc"]) -> None:
        await keep(store, *TIED)
        page = await store.events(EventQuery(order=order), limit=10)
        assert [(stored.event.source.id, stored.event.id) for stored in page.items] == ORDERS[order]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
    @pytest.mark.parametrize("order", ["desc", "asc"])
    async def test_pages_of_events_are_the_whole_list(
        self, store: Store, order: Literal["desc", "asc"], limit: int
    ) -> None:
        await keep(store, *TIED)
        events = await read_all(lambda after: store.events(EventQuery(order=order), limit=limit, after=after))
        assert [(stored.event.source.id, stored.event.id) for stored in events] == ORDERS[order]

    @pytest.mark.parametrize("limit", [1, 2, 5])
    @pytest.mark.parametrize("order", ["desc", "asc"])
    @pytest.mark.parametrize("query", [EventQuery(source="shop"), EventQuery(type="page-view", source="shop")])
    async def test_pages_of_the_events_of_a_source_are_the_whole_list(
        self, store: Store, query: EventQuery, order: Literal["desc", "asc"], limit: int
    ) -> None:
        await keep(store, *TIED)
        asked = replace(query, order=order)
        events = await read_all(lambda after: store.events(asked, limit=limit, after=after))
        expected = [(source, id) for source, id in ORDERS[order] if source == "shop"]
        assert [(stored.event.source.id, stored.event.id) for stored in events] == expected

    @pytest.mark.parametrize("limit", [1, 2, 5])
    @pytest.mark.parametrize("order", ["desc", "asc"])
    async def test_pages_of_the_events_of_a_type_are_the_whole_list(
        self, store: Store, order: Literal["desc", "asc"], limit: int
    ) -> None:
        await keep(store, *TIED, an_event("0", type="sign-in"))
        asked = EventQuery(type="page-view", order=order)
        events = await read_all(lambda after: store.events(asked, limit=limit, after=after))
        assert [(stored.event.source.id, stored.event.id) for stored in events] == ORDERS[order]

    async def test_a_page_tells_where_the_next_begins(self, store: Store) -> None:
        await keep(store, an_event("a"), an_event("b"), an_event("c"))
        page = await store.events(EventQuery(order="asc"), limit=2)
        assert page.next == After(NOON, "b", "shop")

    async def test_the_last_page_has_no_next_even_when_it_is_full(self, store: Store) -> None:
        await keep(store, an_event("a"), an_event("b"))
        assert (await store.events(EventQuery(), limit=2)).next is None

    async def test_a_list_goes_on_after_a_place_whose_event_is_gone(self, store: Store) -> None:
        await keep(store, an_event("a"), an_event("c"))
        page = await store.events(EventQuery(order="asc"), limit=10, after=After(NOON, "b", "shop"))
        assert [stored.event.id for stored in page.items] == ["c"]

    async def test_nothing_has_ended_at_first(self, store: Store) -> None:
        assert await store.outcomes() == OutcomeCounts()

    async def test_outcomes_are_counted_in_all_and_for_each_source(self, store: Store) -> None:
        await keep(store, a_tally("shop", KEPT, 3, unsaved=1), a_tally("app", KEPT, 2), a_tally("", REFUSED_SOURCE, 1))
        await keep(store, a_tally("shop", KEPT, 4, unsaved=2), a_tally("shop", DUPLICATE, 1))
        assert await store.outcomes("shop") == OutcomeCounts(received=8, kept=7, duplicate=1, unsaved=3)
        assert await store.outcomes("") == OutcomeCounts(received=1, refused={"source": 1})
        assert await store.outcomes("web") == OutcomeCounts()
        assert await store.outcomes() == OutcomeCounts(
            received=11, kept=9, duplicate=1, refused={"source": 1}, unsaved=3
        )

    async def test_outcomes_tell_their_reasons(self, store: Store) -> None:
        await keep(store, a_tally(outcome=DROPPED_BOT), a_tally(outcome=QUARANTINED_SHAPE))
        counts = await store.outcomes("shop")
        assert (counts.dropped, counts.quarantined) == ({"bot": 1}, {"shape": 1})

    async def test_what_was_put_aside_is_told_as_it_was_sent(self, store: Store) -> None:
        quarantined = a_quarantined("odd", raw='{"type":\t"\\u00e9",  "n": 1e400}')
        await keep(store, quarantined)
        assert (await store.quarantined(limit=10)).items == (quarantined,)

    async def test_what_was_put_aside_is_found_by_its_source(self, store: Store) -> None:
        await keep(store, a_quarantined("1", source="shop"), a_quarantined("2", source="app"))
        assert [item.id for item in (await store.quarantined(source="app", limit=10)).items] == ["2"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
    async def test_pages_of_what_was_put_aside_are_the_whole_list(self, store: Store, limit: int) -> None:
        times = {"b": 0, "a": 0, "d": -1, "c": 1}
        await keep(store, *(a_quarantined(id, at=noon_plus(second)) for id, second in times.items()))
        items = await read_all(lambda after: store.quarantined(limit=limit, after=after))
        assert [item.id for item in items] == ["c", "b", "a", "d"]
