"""People who are joined and parted again, whatever they did and in whatever order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.events import SentEvent, SentTime, Submission
from sojourn.core.facts import keys_of
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.refold import Refold
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON, a_mapping_rule, a_source, a_submission

RULES = Ruleset(
    event_types=built_in_types(),
    mappings=[
        a_mapping_rule(
            id="orders",
            event_type="order",
            operations=(
                Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n"),
                Operation(op=Op.APPEND, target="profile@traits.bought", value="event@properties.n"),
                Operation(op=Op.SET, target="profile@traits.last", value="event@properties.n"),
                Operation(op=Op.MAX, target="profile@traits.most", value="event@properties.n"),
                Operation(op=Op.FIRST, target="profile@traits.first", value="event@properties.n"),
            ),
        )
    ],
    identifiers=Identifiers(kinds=BUILT_IN_KINDS, secret=b"secret"),
)
SOURCES = (a_source(), a_source(id="open", identity="open"), a_source(id="crm", trust="server"))


@st.composite
def logs(draw: st.DrawFn) -> tuple[Submission, ...]:
    """What a few devices send, some of it telling who uses them."""
    log = []
    for number in range(draw(st.integers(4, 14))):
        device = draw(st.sampled_from(["s1", "s2", "s3"]))
        events = draw(st.lists(EVENTS, min_size=1, max_size=2))
        log.append(
            a_submission(
                *events,
                id=f"request-{number}",
                entropy=number,
                received_at=NOON + timedelta(minutes=number),
                source=draw(st.sampled_from(SOURCES)),
                session_id=draw(st.sampled_from([device, device, f"{device}-later-{number}"])),
            )
        )
    return tuple(log)


ORDERS = st.builds(
    SentEvent,
    type=st.just("order"),
    properties=st.sampled_from([{"n": 1}, {"n": 2}, {"n": 3.5}]),
    time=st.sampled_from([None, SentTime(create="2026-05-01T11:00:00Z"), SentTime(insert="2020-01-01")]),
    options=st.sampled_from([None, {"saveEvent": False}]),
)
ANN, BOB = {"main": "ann@mail.example"}, {"main": "bob@mail.example"}
SIGN_INS = st.builds(
    SentEvent,
    type=st.just("sign-in"),
    properties=st.sampled_from(
        [
            {"email": ANN},
            {"email": BOB},
            {"phone": {"mobile": "+447700900102"}},
            {"phone": {"mobile": "+447700900102"}, "email": ANN},
            {"phone": {"mobile": "+447700900103"}, "email": BOB},
            {"pk": "1", "email": ANN},
            {"pk": "2"},
            {"login": "ann"},
            {"login": "bob", "email": BOB},
        ]
    ),
)
EVENTS = ORDERS | SIGN_INS


@given(logs())
def test_a_joined_person_is_the_fold_of_all_that_both_did(log: tuple[Submission, ...]) -> None:
    store = asyncio.run(kept([[submission] for submission in log]))
    fold = folded(store)
    for profile in current(store):
        assert _timeless(fold.person(profile.id)) == _timeless(profile)


@given(logs(), st.data())
def test_however_a_log_is_cut_into_batches_the_same_people_are_joined(
    log: tuple[Submission, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(log)))
    in_two = asyncio.run(kept([batch for batch in (log[:cut], log[cut:]) if batch]))
    one_by_one = asyncio.run(kept([[submission] for submission in log]))
    assert {profile.id: _timeless(profile) for profile in current(in_two)} == {
        profile.id: _timeless(profile) for profile in current(one_by_one)
    }
    assert in_two._merges == one_by_one._merges
    assert in_two._reviews == one_by_one._reviews


async def kept(batches: Sequence[Sequence[Submission]]) -> MemoryStore:
    """A store that has decided and kept these."""
    store = MemoryStore()
    for batch in batches:
        facts = await store.load(replace(keys_of(batch), identifiers=identifiers_told(batch, RULES)))
        decided = decide_all(batch, facts, RULES)
        assert not decided.unasked
        await store.commit(decided.changes, facts)
    return store


def current(store: MemoryStore) -> list[Profile]:
    return [store._profiles[id] for id in asyncio.run(store.people(limit=1_000))]


def folded(store: MemoryStore) -> Refold:
    fold = Refold(RULES)
    for request in asyncio.run(store.history(store._profiles, limit=10_000)):
        fold.add(request)
    return fold


def _timeless(profile: Profile | None) -> Profile | None:
    if profile is None:
        return None
    time = replace(profile.metadata.time, update=None)
    return replace(profile, version=0, metadata=replace(profile.metadata, time=time))
