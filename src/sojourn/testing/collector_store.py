"""What every collector's store must do: load what is known, commit all or nothing, and notice what has changed.

Subclass the suite in a test module and give it a fixture `store`: an opened, empty store.
"""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from sojourn.core.facts import TAKEN, EventKey, Facts, Keys
from sojourn.core.ids import ordered_id
from sojourn.core.outcomes import REFUSED_RATE
from sojourn.ports.errors import StaleFacts
from sojourn.testing.builders import (
    NOON,
    Record,
    a_known_event,
    a_profile,
    a_quarantined,
    a_session,
    a_submission_record,
    a_tally,
    an_edge,
    an_event,
    some_changes,
)
from sojourn.testing.stores import Store, keep

VIEW = EventKey("shop", "view")

OURS = EventKey("shop", ordered_id(1, NOON, 0))
"""The key of an event whose id the server made."""

SAVED = (a_profile("ann"), a_session("visit", profile="ann"), a_known_event("view", session="visit", profile="ann"))
"""A person, a session of theirs and an event that was accepted in it."""

ASKED = {
    "a profile": Keys(profiles=frozenset({"ann"})),
    "an alias": Keys(profiles=frozenset({"crm-1"})),
    "a session": Keys(sessions=frozenset({"visit"})),
    "an event": Keys(events=frozenset({VIEW})),
}

MEANWHILE: dict[str, tuple[Keys, Record]] = {
    "the profile was changed": (ASKED["a profile"], a_profile("ann", version=2)),
    "the session was changed": (ASKED["a session"], a_session("visit", version=2)),
    "the owner of the session was changed": (ASKED["a session"], a_profile("ann", version=2)),
    "the session of the event was changed": (ASKED["an event"], a_session("visit", version=2)),
    "the person of the event was changed": (ASKED["an event"], a_profile("ann", version=2)),
    "the id was linked": (ASKED["an alias"], an_edge("crm-1", "ann")),
    "the person was linked to another": (ASKED["a profile"], an_edge("ann", "bob")),
    "the owner of the session was linked to another": (ASKED["a session"], an_edge("ann", "bob")),
    "an unknown profile was made": (Keys(profiles=frozenset({"cid"})), a_profile("cid")),
    "an unknown session was opened": (Keys(sessions=frozenset({"later"})), a_session("later")),
    "an id that the server made was taken": (Keys(events=frozenset({OURS})), an_event(OURS.id)),
    "an unknown event was accepted": (Keys(events=frozenset({EventKey("shop", "new")})), a_known_event("new")),
}
"""What a decision had asked for, and what was committed before it was."""


class CollectorStoreContract:
    """The contract of `CollectorStore`, and of `StoreHealth` while nothing is wrong."""

    pytestmark = pytest.mark.asyncio

    async def test_what_is_unknown_is_left_out(self, store: Store) -> None:
        keys = Keys(sessions=frozenset({"visit"}), profiles=frozenset({"ann"}), events=frozenset({VIEW}))
        assert _without_mark(await store.load(keys)) == Facts(keys=keys)

    async def test_a_profile_is_found_by_its_id(self, store: Store) -> None:
        await keep(store, *SAVED)
        facts = await store.load(Keys(profiles=frozenset({"ann"})))
        assert facts.profiles == {"ann": a_profile("ann")}

    async def test_only_what_was_asked_for_is_loaded(self, store: Store) -> None:
        await keep(store, *SAVED, a_profile("bob"), a_session("other", profile="bob"))
        facts = await store.load(Keys(profiles=frozenset({"bob"})))
        assert (facts.profiles, facts.sessions, facts.events) == ({"bob": a_profile("bob")}, {}, {})

    async def test_a_session_brings_its_owner(self, store: Store) -> None:
        await keep(store, *SAVED)
        facts = await store.load(Keys(sessions=frozenset({"visit"})))
        assert facts.sessions == {"visit": a_session("visit")}
        assert facts.profiles == {"ann": a_profile("ann")}

    async def test_a_session_of_nobody_brings_nobody(self, store: Store) -> None:
        await keep(store, a_session("visit", profile=None))
        facts = await store.load(Keys(sessions=frozenset({"visit"})))
        assert facts.profiles == {}

    async def test_a_session_whose_owner_is_not_kept_brings_nobody(self, store: Store) -> None:
        await keep(store, a_session("visit", profile="unsaved"))
        facts = await store.load(Keys(sessions=frozenset({"visit"})))
        assert facts.profiles == {}

    async def test_an_event_brings_the_person_that_it_was_accepted_for(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_known_event("view", profile="ann", session=None))
        facts = await store.load(Keys(events=frozenset({VIEW})))
        assert facts.profiles == {"ann": a_profile("ann")}

    async def test_an_event_brings_the_session_that_it_was_accepted_in_with_its_owner(self, store: Store) -> None:
        await keep(store, a_profile("bob"), a_session("visit", profile="bob"), a_known_event("view", profile=None))
        facts = await store.load(Keys(events=frozenset({VIEW})))
        assert facts.sessions == {"visit": a_session("visit", profile="bob")}
        assert facts.profiles == {"bob": a_profile("bob")}

    async def test_events_of_one_id_are_told_apart_by_their_source(self, store: Store) -> None:
        await keep(store, a_known_event("view", source="shop"))
        facts = await store.load(Keys(events=frozenset({VIEW, EventKey("app", "view")})))
        assert list(facts.events) == [VIEW]

    async def test_an_id_that_the_server_made_is_taken(self, store: Store) -> None:
        await keep(store, an_event(OURS.id))
        facts = await store.load(Keys(events=frozenset({OURS})))
        assert facts.events == {OURS: TAKEN}

    async def test_an_id_that_the_server_made_stays_taken_once_readers_see_its_event(self, store: Store) -> None:
        await keep(store, an_event(OURS.id))
        assert await store.event(OURS.id) is not None
        facts = await store.load(Keys(events=frozenset({OURS})))
        assert facts.events == {OURS: TAKEN}

    async def test_an_id_that_the_server_made_is_free_in_another_source(self, store: Store) -> None:
        await keep(store, an_event(OURS.id, source="shop"))
        elsewhere = Keys(events=frozenset({EventKey("app", OURS.id)}))
        assert _without_mark(await store.load(elsewhere)) == Facts(keys=elsewhere)
        await store.event(OURS.id)
        assert _without_mark(await store.load(elsewhere)) == Facts(keys=elsewhere)

    async def test_an_id_of_the_same_form_that_a_client_made_is_known_by_its_content(self, store: Store) -> None:
        key, known = a_known_event(OURS.id)
        await keep(store, an_event(OURS.id), (key, known))
        assert (await store.load(Keys(events=frozenset({key})))).events == {key: known}

    async def test_an_event_is_never_rewritten(self, store: Store) -> None:
        first = an_event("view", properties={"kept": "first"})
        await keep(store, first)
        await keep(store, an_event("view", properties={"kept": "later"}, session="other", profile="bob"))
        stored = await store.event("view")
        assert stored is not None
        assert stored.event == first

    async def test_a_linked_id_leads_to_its_person(self, store: Store) -> None:
        await keep(store, a_profile("ann"), an_edge("crm-1", "ann"))
        facts = await store.load(Keys(profiles=frozenset({"crm-1"})))
        assert facts.aliases == {"crm-1": "ann"}
        assert facts.profiles == {"ann": a_profile("ann")}

    async def test_a_chain_of_links_leads_to_its_end(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("crm-1", "bob"))
        await keep(store, an_edge("bob", "ann"))
        facts = await store.load(Keys(profiles=frozenset({"crm-1"})))
        assert facts.aliases == {"crm-1": "ann"}
        assert facts.profiles == {"ann": a_profile("ann")}

    async def test_a_session_that_names_a_linked_id_brings_the_person(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), a_session("visit", profile="bob"), an_edge("bob", "ann"))
        facts = await store.load(Keys(sessions=frozenset({"visit"})))
        assert facts.aliases == {"bob": "ann"}
        assert facts.profiles == {"ann": a_profile("ann")}

    async def test_a_later_link_of_an_id_takes_the_place_of_the_earlier_one(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("crm-1", "ann"))
        await keep(store, an_edge("crm-1", "bob"))
        facts = await store.load(Keys(profiles=frozenset({"crm-1"})))
        assert facts.aliases == {"crm-1": "bob"}

    async def test_an_id_whose_link_was_undone_stands_for_itself(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("bob", "ann"))
        await keep(store, an_edge("bob", "ann", undone=NOON))
        facts = await store.load(Keys(profiles=frozenset({"bob"})))
        assert facts.aliases == {}
        assert facts.profiles == {"bob": a_profile("bob")}

    async def test_the_newest_version_is_loaded(self, store: Store) -> None:
        await keep(store, *SAVED)
        await keep(store, a_profile("ann", version=2, traits={"plan": "gold"}))
        facts = await store.load(Keys(profiles=frozenset({"ann"})))
        assert facts.profiles["ann"].traits == {"plan": "gold"}

    @pytest.mark.parametrize(("keys", "record"), MEANWHILE.values(), ids=MEANWHILE.keys())
    async def test_facts_are_stale_when(self, store: Store, keys: Keys, record: Record) -> None:
        await keep(store, *SAVED, a_profile("bob"))
        facts = await store.load(keys)
        await keep(store, record)
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_tally()), facts)

    @pytest.mark.parametrize("keys", ASKED.values(), ids=ASKED.keys())
    async def test_facts_are_stale_when_the_person_was_erased(self, store: Store, keys: Keys) -> None:
        await keep(store, *SAVED, an_edge("crm-1", "ann"))
        facts = await store.load(keys)
        await store.erase("ann")
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_tally()), facts)

    async def test_facts_are_stale_when_the_person_was_erased_and_made_anew(self, store: Store) -> None:
        await keep(store, a_profile("ann"))
        facts = await store.load(Keys(profiles=frozenset({"ann"})))
        await store.erase("ann")
        await keep(store, a_profile("ann", traits={"plan": "none"}))
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_profile("ann", version=2)), facts)

    async def test_facts_hold_while_only_other_things_change(self, store: Store) -> None:
        await keep(store, *SAVED)
        facts = await store.load(Keys(profiles=frozenset({"ann"}), sessions=frozenset({"visit", "later"})))
        await keep(store, a_profile("bob"), a_session("other", profile="bob"), an_edge("crm-2", "bob"))
        await store.commit(some_changes(a_profile("ann", version=2)), facts)
        assert await store.profile("ann") == a_profile("ann", version=2)

    async def test_stale_facts_write_nothing(self, store: Store) -> None:
        await keep(store, *SAVED)
        facts = await store.load(Keys(profiles=frozenset({"ann"})))
        await keep(store, a_profile("ann", version=2))
        with pytest.raises(StaleFacts):
            await store.commit(
                some_changes(
                    a_profile("cid"),
                    a_session("later", profile="cid"),
                    an_event("new"),
                    a_known_event("new"),
                    an_edge("crm-1", "cid"),
                    a_quarantined(),
                    a_tally(),
                ),
                facts,
            )
        asked = Keys(
            profiles=frozenset({"cid", "crm-1"}),
            sessions=frozenset({"later"}),
            events=frozenset({EventKey("shop", "new")}),
        )
        assert _without_mark(await store.load(asked)) == Facts(keys=asked)
        assert await store.event("new") is None
        assert (await store.quarantined(limit=10)).items == ()
        assert (await store.outcomes()).received == 0

    async def test_what_was_stale_is_committed_when_it_is_decided_again(self, store: Store) -> None:
        await keep(store, *SAVED)
        keys = Keys(profiles=frozenset({"ann"}))
        facts = await store.load(keys)
        await keep(store, a_profile("ann", version=2))
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_profile("ann", version=2)), facts)
        await store.commit(some_changes(a_profile("ann", version=3)), await store.load(keys))
        assert await store.profile("ann") == a_profile("ann", version=3)

    async def test_of_two_commits_at_once_on_the_same_facts_one_is_stale(self, store: Store) -> None:
        facts = await store.load(Keys(sessions=frozenset({"visit"})))
        one = some_changes(a_profile("ann"), a_session("visit", profile="ann"), a_tally())
        two = some_changes(a_profile("bob"), a_session("visit", profile="bob"), a_tally())
        ends = await asyncio.gather(store.commit(one, facts), store.commit(two, facts), return_exceptions=True)
        assert [type(end) for end in ends if end is not None] == [StaleFacts]
        assert (await store.outcomes()).kept == 1

    async def test_commits_at_once_of_unlike_people_are_all_kept(self, store: Store) -> None:
        people = [f"person-{number}" for number in range(10)]
        await asyncio.gather(*(keep(store, a_profile(person), a_tally()) for person in people))
        facts = await store.load(Keys(profiles=frozenset(people)))
        assert sorted(facts.profiles) == sorted(people)
        assert (await store.outcomes()).kept == len(people)

    async def test_counts_alone_are_a_commit(self, store: Store) -> None:
        await store.commit(some_changes(a_tally("", REFUSED_RATE, 3)), Facts(keys=Keys()))
        assert (await store.outcomes()).refused == {"rate": 3}

    async def test_one_commit_holds_records_of_every_kind(self, store: Store) -> None:
        await keep(
            store, *SAVED, an_event("view"), a_submission_record(), an_edge("crm-1", "ann"), a_quarantined(), a_tally()
        )
        asked = Keys(profiles=frozenset({"crm-1"}), sessions=frozenset({"visit"}), events=frozenset({VIEW}))
        facts = await store.load(asked)
        assert (list(facts.profiles), list(facts.sessions), list(facts.events)) == (["ann"], ["visit"], [VIEW])
        assert await store.event("view") is not None
        assert len((await store.quarantined(limit=10)).items) == 1

    async def test_an_idle_store_has_room(self, store: Store) -> None:
        await store.room()
        assert store.failure() is None

    async def test_a_whole_store_never_says_that_it_is_broken(self, store: Store) -> None:
        saying = asyncio.ensure_future(store.broken())
        await keep(store, *SAVED)
        assert not saying.done()
        saying.cancel()


def _without_mark(facts: Facts) -> Facts:
    return replace(facts, as_of=0)
