"""In whatever order requests come, however often, and however they are cut into batches: the same people."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import keys_of
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.ids import derived_id
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.sources import Source
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON, a_mapping_rule, a_source, a_submission
from tests.identity_model import Value, properties_of

RULES = Ruleset(
    event_types=built_in_types(),
    mappings=[
        a_mapping_rule(
            id="spent",
            event_type="sign-in",
            operations=(Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n"),),
        )
    ],
    identifiers=Identifiers(kinds=BUILT_IN_KINDS, secret=b"secret"),
)
OPEN, CAREFUL = a_source(identity="open"), a_source(identity="careful")


class Told(NamedTuple):
    """One request: on which device, if the client has a session there, and what it tells of its person."""

    event: str
    device: str | None
    values: tuple[Value, ...]


class World(NamedTuple):
    """What came of a log."""

    people: dict[frozenset[str], Profile]
    """Each person, by the events that became theirs."""
    held_together: set[frozenset[str]]
    """The events of each person, were everybody joined who was held back."""

    @property
    def groups(self) -> set[frozenset[str]]:
        """The events of each person."""
        return set(self.people)


ANN = (
    Value("primary-key", "1"),
    Value("login", "ann"),
    Value("email-main", "ann@mail.example"),
    Value("email-main", "annie@mail.example"),
    Value("email-main", "ann@work.example"),
    Value("phone-mobile", "+447700900102"),
    Value("phone-mobile", "+447700900103"),
)
BOB = (
    Value("primary-key", "2"),
    Value("login", "bob"),
    Value("email-main", "bob@mail.example"),
    Value("email-main", "bobby@mail.example"),
    Value("phone-mobile", "+447700900104"),
)
TWO_KEYS = (*ANN[:1], *BOB[:1], *ANN[2:3], *ANN[5:6])
"""What two people with a key each would tell who share an address and a phone."""


@st.composite
def truths(draw: st.DrawFn, ann: Sequence[Value] = ANN, bob: Sequence[Value] = BOB) -> tuple[Told, ...]:
    """What two people tell, each on devices of their own."""
    told = []
    for number in range(draw(st.integers(2, 10))):
        person, values = draw(st.sampled_from([("ann", ann), ("bob", bob)]))
        device = draw(st.sampled_from([f"{person}-phone", f"{person}-laptop", f"{person}-tv", None]))
        one_of_each = st.lists(st.sampled_from(values), max_size=3, unique_by=lambda value: value.kind)
        told.append(Told(f"event-{number}", device, tuple(draw(one_of_each))))
    return tuple(told)


@given(truths(), st.data())
def test_any_order_gives_the_same_people(told: tuple[Told, ...], data: st.DataObject) -> None:
    world = kept(_shuffled(told, data), OPEN, data)
    assert world.groups == connected(told)


@given(truths(), st.data())
def test_in_any_order_a_person_is_all_that_they_did(told: tuple[Told, ...], data: st.DataObject) -> None:
    world = kept(_shuffled(told, data), OPEN, data)
    for events, person in world.people.items():
        theirs = [each for each in told if each.event in events]
        assert person.traits["spent"] == sum(_worth(each) for each in theirs)
        assert sum(map(len, person.identifiers.values())) == len({value for each in theirs for value in each.values})
        devices = {each.device for each in theirs if each.device}
        assert person.metadata.time.visit.count == len(devices) + sum(each.device is None for each in theirs)


@given(truths(), st.data())
def test_the_person_has_the_id_that_was_there_first(told: tuple[Told, ...], data: st.DataObject) -> None:
    log = _shuffled(told, data)
    world = kept(log, OPEN, data)
    for events, person in world.people.items():
        first = next(place for place, each in enumerate(log) if each.event in events)
        assert person.id == derived_id(first, "profile")


@given(truths(), st.data())
def test_whoever_asks_careful_sources_in_any_order_nobody_is_joined_with_somebody_else(
    told: tuple[Told, ...], data: st.DataObject
) -> None:
    world = kept(_shuffled(told, data), CAREFUL, data)
    people = connected(told)
    assert all(any(group <= person for person in people) for group in world.groups)


@given(truths(), st.data())
def test_what_is_joined_and_what_is_held_back_are_the_same_people_in_any_order(
    told: tuple[Told, ...], data: st.DataObject
) -> None:
    world = kept(_shuffled(told, data), CAREFUL, data)
    assert world.held_together == connected(told)


@given(truths(TWO_KEYS, TWO_KEYS), st.data())
def test_in_no_order_a_person_has_two_values_of_a_unique_kind(told: tuple[Told, ...], data: st.DataObject) -> None:
    world = kept(_shuffled(told, data), OPEN, data)
    assert all(len(person.identifiers.get("primary-key", ())) <= 1 for person in world.people.values())


def kept(log: Sequence[Told], source: Source, data: st.DataObject) -> World:
    """What comes of a log that is cut into batches anywhere."""
    submissions = [_submission(place, told, source) for place, told in enumerate(log)]
    cuts = sorted({0, len(log), *data.draw(st.lists(st.integers(0, len(log)), max_size=3), label="cuts")})
    return asyncio.run(_world([submissions[start:end] for start, end in pairwise(cuts)]))


def connected(told: Iterable[Told]) -> set[frozenset[str]]:
    """The events of each person: those that a device, or an identifier, ties together."""
    return tied_together((each.event, {*each.values, *([each.device] if each.device else [])}) for each in told)


def tied_together(each_with_ties: Iterable[tuple[str, set[Hashable]]]) -> set[frozenset[str]]:
    """The groups of what has a tie in common."""
    groups: list[tuple[set[str], set[Hashable]]] = []
    for one, ties in each_with_ties:
        joined = [group for group in groups if group[1] & ties]
        groups = [group for group in groups if group not in joined]
        groups.append(({one}.union(*(group[0] for group in joined)), ties.union(*(group[1] for group in joined))))
    return {frozenset(names) for names, _ in groups}


async def _world(batches: Iterable[Sequence[Submission]]) -> World:
    store = MemoryStore()
    for batch in batches:
        facts = await store.load(replace(keys_of(batch), identifiers=identifiers_told(batch, RULES)))
        decided = decide_all(batch, facts, RULES)
        assert not decided.unasked
        await store.commit(decided.changes, facts)
    events = (recorded.event for recorded in store._events.values() if not recorded.event.metadata.system)
    homes = {event.id: event.profile.id for event in events if event.profile is not None}
    people = {id: person for id in homes.values() if (person := await store.profile(id)) is not None}
    by_person: dict[str, set[str]] = defaultdict(set)
    for event, home in homes.items():
        by_person[people[home].id].add(event)
    ties: dict[str, set[Hashable]] = {event: {people[home].id} for event, home in homes.items()}
    for number, review in enumerate(store._reviews.values()):
        for event, home in homes.items():
            if {review.one, review.two} & set(people[home].ids):
                ties[event].add(number)
    return World({frozenset(by_person[id]): people[id] for id in by_person}, tied_together(ties.items()))


def _submission(place: int, told: Told, source: Source) -> Submission:
    properties = {"n": _worth(told), **properties_of(told.values)}
    return a_submission(
        SentEvent(id=told.event, type="sign-in", properties=properties),
        id=f"request-{place}",
        entropy=place,
        received_at=NOON + timedelta(minutes=place),
        source=source,
        session_id=told.device,
    )


def _worth(told: Told) -> int:
    return 1 << int(told.event.removeprefix("event-"))


def _shuffled(told: Sequence[Told], data: st.DataObject) -> list[Told]:
    """All of it in another order, some of it more than once."""
    again = data.draw(st.lists(st.sampled_from(told), max_size=4), label="sent again")
    return data.draw(st.permutations([*told, *again]), label="order")
