"""A person who is folded anew from what was recorded is the person that events made, request by request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.client import Client, Languages
from sojourn.core.events import Event, Options, SentEvent, SentTime, Submission
from sojourn.core.facts import keys_of
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.refold import Refold
from sojourn.core.rule_conditions import compile_condition
from sojourn.stores.memory import MemoryStore
from tests.builders import a_mapping_rule, a_submission
from tests.strategies import PLAIN_SOURCES, logs


def rule(id: str, *operations: Operation, condition: str | None = None, event_type: str = "order") -> MappingRule:
    return a_mapping_rule(id=id, event_type=event_type, condition=condition, operations=operations)


RULES = Ruleset(
    event_types=built_in_types(),
    mappings=[
        rule("spent", Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n")),
        rule("seen", Operation(op=Op.APPEND, target="profile@traits.seen", value="event@properties.n")),
        rule("last", Operation(op=Op.SET, target="profile@traits.last", value="event@properties.n")),
        rule("unseen", Operation(op=Op.REMOVE, target="profile@traits.seen", value="event@properties.gone")),
        rule(
            "twice",
            Operation(op=Op.INCREMENT, target="event@aux.count"),
            Operation(op=Op.ADD, target="profile@traits.counted", value="event@aux.count"),
        ),
        rule(
            "rich",
            Operation(op=Op.INCREMENT, target="profile@traits.rich"),
            condition="profile@traits.spent > 3 and profile@metadata.time.visit.count < 3",
        ),
        rule("in-session", Operation(op=Op.INCREMENT, target="session@traits.orders")),
        rule(
            "long",
            Operation(op=Op.SET, target="profile@traits.orders_in_session", value="session@traits.orders"),
            condition="session@metadata.time.duration > 30 or session@traits.orders > 2",
        ),
        rule("visits", Operation(op=Op.INCREMENT, target="profile@traits.visits"), event_type="visit-started"),
    ],
    compile_condition=compile_condition,
)

SENT = st.builds(
    SentEvent,
    type=st.sampled_from(["order", "page-view", "profile-update", "interest", "visit-ended", "visit-started"]),
    properties=st.sampled_from(
        [{"n": 1}, {"n": 2.5, "gone": 1}, {"n": "wrong"}, {"firstname": "Ann", "interest": "tea"}, {"traits": {"a": 1}}]
    ),
    time=st.sampled_from(
        [
            None,
            SentTime(create="2026-06-01T11:00:00Z"),
            SentTime(insert="2020-01-01", create="2019-01-01"),
            SentTime(insert="2026-06-01T12:00:00Z", create="2026-05-01T11:00:00Z"),
        ]
    ),
    options=st.sampled_from([None, None, {"saveEvent": False}, {"saveEvent": True}]),
)
CLIENTS = st.sampled_from(
    [
        Client(),
        Client(languages=Languages(names=["English"], codes=["en"]), geo={"country": {"code": "NO"}, "city": "Oslo"}),
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Submission, ...]:
    """Logs that exercise all that makes a profile: visits, rules, surroundings, events that are not stored."""
    log = draw(logs(PLAIN_SOURCES, SENT))
    options = st.sampled_from([Options(), Options(), Options(save_events=False), Options(save_session=False)])
    return tuple(replace(each, client=draw(CLIENTS), options=draw(options)) for each in log)


@given(histories(), st.data())
def test_a_refolded_profile_is_the_same_document(log: tuple[Submission, ...], data: st.DataObject) -> None:
    cut = data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log)))
    store = asyncio.run(kept(_cut(log, cut)))
    for profile in store._profiles.values():
        assert _timeless(refolded(store, profile.id)) == _timeless(profile)


def test_rules_that_came_into_force_later_are_applied_to_history() -> None:
    log = [a_submission(SentEvent(type="order", properties={"n": 2}), session_id="s1")]
    store = asyncio.run(kept([log], Ruleset()))
    [profile] = store._profiles.values()
    assert profile.traits == {}
    assert refolded(store, profile.id).traits["spent"] == 2


def test_an_event_that_was_not_to_be_stored_still_counts() -> None:
    log = [
        a_submission(
            SentEvent(type="order", properties={"n": 2}, options={"saveEvent": False}),
            SentEvent(type="order", properties={"n": 3}),
            session_id="s1",
        )
    ]
    store = asyncio.run(kept([log]))
    [profile] = store._profiles.values()
    assert refolded(store, profile.id).traits["spent"] == 5
    assert [event.properties for event in _events(store) if event.type == "order"] == [{"n": 3}]


async def kept(batches: Iterable[Sequence[Submission]], rules: Ruleset = RULES) -> MemoryStore:
    """A store that has decided and kept these."""
    store = MemoryStore()
    for batch in batches:
        facts = await store.load(keys_of(batch))
        await store.commit(decide_all(batch, facts, rules).changes, facts)
    return store


def refolded(store: MemoryStore, profile_id: str) -> Profile:
    """The person of an id, folded from what is recorded."""
    fold = Refold(RULES)
    for request in asyncio.run(store.history([profile_id], limit=1_000)):
        fold.add(request)
    person = fold.person(profile_id)
    assert person is not None
    return person


def _cut(log: Sequence[Submission], cut: Sequence[bool]) -> list[list[Submission]]:
    pieces: list[list[Submission]] = [[]]
    for submission, is_cut in zip(log, cut, strict=True):
        if is_cut and pieces[-1]:
            pieces.append([])
        pieces[-1].append(submission)
    return pieces


def _events(store: MemoryStore) -> list[Event]:
    return [recorded.event for recorded in store._events.values()]


def _timeless(profile: Profile) -> Profile:
    time = replace(profile.metadata.time, update=None)
    return replace(profile, version=0, metadata=replace(profile.metadata, time=time))
