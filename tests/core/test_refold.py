"""A person who is folded anew from what was recorded is the person that events made, request by request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.events import SentEvent, Submission
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import Profile
from sojourn.stores.memory import MemoryStore
from tests.builders import a_submission, noon_plus
from tests.histories import RULES, batches_of, histories, keep_all, refolded, timeless


@given(histories(), st.data())
def test_a_refolded_profile_is_the_same_document(log: tuple[Submission, ...], data: st.DataObject) -> None:
    cut = data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log)))
    store = kept(batches_of(log, cut))
    for profile in people(store):
        assert timeless(refold_of(store, profile.id)) == timeless(profile)


def test_rules_that_came_into_force_later_are_applied_to_history() -> None:
    log = [a_submission(SentEvent(type="order", properties={"n": 2}), session_id="s1")]
    store = kept([log], Ruleset())
    [profile] = people(store)
    assert profile.traits == {}
    assert refold_of(store, profile.id).traits["spent"] == 2


def test_an_event_that_was_not_to_be_stored_still_counts() -> None:
    log = [
        a_submission(
            SentEvent(type="order", properties={"n": 2}, options={"saveEvent": False}),
            SentEvent(type="order", properties={"n": 3}),
            session_id="s1",
        )
    ]
    store = kept([log])
    [profile] = people(store)
    [request] = asyncio.run(store.history([profile.id], limit=10))
    assert refold_of(store, profile.id).traits["spent"] == 5
    assert [event.properties for event in request.events if event.type == "order"] == [{"n": 3}]


def test_an_event_that_was_not_to_be_stored_still_counts_in_the_session_that_a_later_one_reads() -> None:
    order = SentEvent(type="order", properties={"n": 1})
    log = [a_submission(order, replace(order, options={"saveEvent": False}), order, session_id="s1")]
    store = kept([log])
    [profile] = people(store)
    assert profile.traits["orders_in_session"] == 3
    assert timeless(refold_of(store, profile.id)) == timeless(profile)


def test_a_session_is_kept_as_it_was_for_types_that_read_it() -> None:
    takes = Operation(op=Op.SET, target="profile@traits.orders", value="session@traits.orders")
    counts = Operation(op=Op.INCREMENT, target="session@traits.orders")
    rules = Ruleset(event_types=[EventType(id="order", title="Order", effects=(takes, counts))])
    order = a_submission(SentEvent(type="order"), session_id="s1")
    store = kept([[replace(order, id=f"r{n}", received_at=noon_plus(n))] for n in range(3)], rules)
    [profile] = people(store)
    assert profile.traits["orders"] == 2
    assert timeless(refold_of(store, profile.id, rules)) == timeless(profile)


def kept(batches: Iterable[Sequence[Submission]], rules: Ruleset = RULES) -> MemoryStore:
    """A store that has decided and kept these."""
    store = MemoryStore()
    asyncio.run(keep_all(store, batches, rules))
    return store


def people(store: MemoryStore) -> list[Profile]:
    found = [asyncio.run(store.profile(id)) for id in asyncio.run(store.people(limit=1_000))]
    return [profile for profile in found if profile is not None]


def refold_of(store: MemoryStore, profile_id: str, rules: Ruleset = RULES) -> Profile:
    return asyncio.run(refolded(store, profile_id, rules))
