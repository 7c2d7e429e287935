"""What every store must tell of the past of people, so that they can be folded anew: all of it, in its order."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from sojourn.core.contributions import Contribution
from sojourn.core.refold import Request
from sojourn.ports.errors import UnknownId
from sojourn.testing.builders import NOON, a_profile, a_submission_record, an_edge, an_event, noon_plus
from sojourn.testing.stores import Store, keep

VISITED = Contribution(visits=(NOON,))


class HistoryContract:
    """The contract of `Records.history`, `requests` and `people`. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_nobody_has_no_history(self, store: Store) -> None:
        assert await store.history(["nobody"], limit=10) == ()
        assert await store.history([], limit=10) == ()

    async def test_a_history_is_told_in_the_order_of_commits(self, store: Store) -> None:
        # Neither the ids nor the moments of arrival say in which order the requests were decided.
        for number, id in enumerate("bdac"):
            await keep(store, a_submission_record(id, profile="ann", at=noon_plus(-number)))
        assert await ids_of_history(store, ["ann"], limit=10) == ["b", "d", "a", "c"]

    async def test_requests_of_one_commit_are_told_in_their_order(self, store: Store) -> None:
        await keep(store, *(a_submission_record(id, profile="ann") for id in "bdac"))
        assert await ids_of_history(store, ["ann"], limit=10) == ["b", "d", "a", "c"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
    async def test_pages_of_a_history_are_the_whole_of_it(self, store: Store, limit: int) -> None:
        for id in "bdac":
            await keep(store, a_submission_record(id, profile="ann"), a_submission_record(f"{id}2", profile="bob"))
        assert await ids_of_history(store, ["ann"], limit=limit) == ["b", "d", "a", "c"]

    async def test_a_history_goes_on_with_what_came_since(self, store: Store) -> None:
        await keep(store, a_submission_record("1", profile="ann"))
        assert await store.history(["ann"], limit=10, after="1") == ()
        record = a_submission_record("2", profile="ann")
        await keep(store, record)
        assert await store.history(["ann"], limit=10, after="1") == (Request(record),)

    async def test_a_request_is_told_with_its_events_in_the_order_of_decision(self, store: Store) -> None:
        record = a_submission_record("request", profile="ann")
        events = tuple(an_event(id, at=noon_plus(-number)) for number, id in enumerate("bca"))
        await keep(store, record, *events, an_event("other", request="another"))
        assert await store.history(["ann"], limit=10) == (Request(record, events),)

    async def test_a_request_whose_events_were_not_stored_is_told_all_the_same(self, store: Store) -> None:
        record = a_submission_record("request", profile="ann", at=NOON, contribution=VISITED)
        await keep(store, record)
        assert await store.history(["ann"], limit=10) == (Request(record),)

    async def test_histories_of_several_ids_are_told_as_one(self, store: Store) -> None:
        for number, profile in enumerate(["ann", "bob", "cid", "ann"]):
            record = a_submission_record(f"r{number}", profile=profile)
            await keep(store, record, an_event(f"e{number}", request=record.id, profile=profile))
        told = await store.history(["bob", "ann"], limit=10)
        assert [(request.record.id, [event.id for event in request.events]) for request in told] == [
            ("r0", ["e0"]),
            ("r1", ["e1"]),
            ("r3", ["e3"]),
        ]

    async def test_a_history_is_that_of_these_very_ids(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("bob", "ann"))
        await keep(store, a_submission_record("1", profile="ann"), a_submission_record("2", profile="bob"))
        assert await ids_of_history(store, ["ann"], limit=10) == ["1"]
        assert await ids_of_history(store, ["bob"], limit=10) == ["2"]

    async def test_a_request_of_nobody_is_in_no_history(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_submission_record("request"), an_event("view"))
        assert await store.history(["ann"], limit=10) == ()

    async def test_an_event_that_was_recorded_under_another_id_is_not_told(self, store: Store) -> None:
        record = a_submission_record("request", profile="ann")
        await keep(store, record, an_event("mine"), an_event("theirs", profile="bob"), an_event("loose", profile=None))
        assert await store.history(["ann", "bob"], limit=10) == (Request(record, (an_event("mine"),)),)

    async def test_an_erased_person_has_no_history(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"))
        await keep(store, a_submission_record("1", profile="ann", contribution=VISITED), an_event(request="1"))
        await keep(store, a_submission_record("2", profile="bob"))
        await store.erase("ann")
        assert await store.history(["ann"], limit=10) == ()
        assert await ids_of_history(store, ["ann", "bob"], limit=10) == ["2"]

    async def test_who_was_made_anew_after_an_erasure_has_a_new_history(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_submission_record("1", profile="ann"))
        await store.erase("ann")
        await keep(store, a_profile("ann"), a_submission_record("2", profile="ann"))
        assert await ids_of_history(store, ["ann"], limit=10) == ["2"]

    async def test_who_has_read_of_an_erased_person_is_told_so(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_submission_record("1", profile="ann"))
        await store.erase("ann")
        with pytest.raises(UnknownId):
            await store.history(["ann"], limit=10, after="1")
        await keep(store, a_profile("ann"), a_submission_record("2", profile="ann"))
        with pytest.raises(UnknownId):
            await store.history(["ann"], limit=10, after="1")

    async def test_an_erasure_of_somebody_else_does_not_cut_a_history_short(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"))
        for id, profile in {"1": "ann", "2": "bob", "3": "ann"}.items():
            await keep(store, a_submission_record(id, profile=profile))
        await store.erase("bob")
        assert await ids_of_history(store, ["ann"], limit=1) == ["1", "3"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4])
    async def test_the_history_of_everybody_is_told_in_the_order_of_commits(self, store: Store, limit: int) -> None:
        for id, profile in {"b": "ann", "d": "bob", "a": None, "c": "ann"}.items():
            await keep(store, a_submission_record(id, profile=profile), an_event(id, request=id, profile=profile))
        told = list(await store.requests(limit=limit))
        while page := await store.requests(limit=limit, after=told[-1].record.id):
            told += page
        assert [(request.record.id, [event.id for event in request.events]) for request in told] == [
            ("b", ["b"]),
            ("d", ["d"]),
            ("c", ["c"]),
        ]
        assert await store.requests_count() == len(told)

    async def test_who_has_read_of_everybody_up_to_an_erased_request_is_told_so(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_submission_record("1", profile="ann"))
        await store.erase("ann")
        await keep(store, a_profile("bob"), a_submission_record("2", profile="bob"))
        with pytest.raises(UnknownId):
            await store.requests(limit=10, after="1")
        assert [request.record.id for request in await store.requests(limit=10)] == ["2"]

    async def test_at_first_there_are_no_people(self, store: Store) -> None:
        assert await store.people(limit=10) == ()
        assert await store.people_count() == 0

    @pytest.mark.parametrize("limit", [1, 2, 3, 4])
    async def test_people_are_told_by_id_page_by_page(self, store: Store, limit: int) -> None:
        await keep(store, *(a_profile(id) for id in ("b", "é", "A", "\U0001f388")))
        pages = [await store.people(limit=limit)]
        while pages[-1]:
            pages.append(await store.people(limit=limit, after=pages[-1][-1]))
        assert [id for page in pages for id in page] == ["A", "b", "é", "\U0001f388"]
        assert max(map(len, pages)) <= limit

    async def test_a_profile_that_leads_to_another_is_none_of_the_people(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("bob", "ann"), an_edge("crm-1", "ann"))
        assert await store.people(limit=10) == ("ann",)
        await keep(store, an_edge("bob", "ann", undone=NOON))
        assert await store.people(limit=10) == ("ann", "bob")

    async def test_people_are_counted_as_they_come_and_go(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"))
        await keep(store, a_profile("ann", version=2))
        assert await store.people_count() == 2
        await store.erase("ann")
        assert await store.people_count() == 1
        assert await store.people(limit=10) == ("bob",)


async def ids_of_history(store: Store, profile_ids: Collection[str], *, limit: int) -> list[str]:
    """The ids of all requests of a history, read page by page."""
    ids: list[str] = []
    while True:
        page = await store.history(profile_ids, limit=limit, after=ids[-1] if ids else None)
        ids += [request.record.id for request in page]
        if len(page) < limit:
            return ids
