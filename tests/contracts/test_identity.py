"""Whatever people send and others decide about them, every store says who is who as the plain model does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import keys_of
from sojourn.core.graph import Merge, Review
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, PeriodLimit
from sojourn.core.ids import derived_id
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.sources import Source
from sojourn.engine.joining import Word
from sojourn.engine.people import AlreadyDecided, People, Refused
from sojourn.testing import CrashableStore, StoreUnderTest
from tests.builders import NOON, a_mapping_rule, a_source, a_submission
from tests.contracts.known_stores import DURABLE, STORES
from tests.identity_model import LIMITS, Asked, Model, Question, Tie, Value, properties_of

NEVER = PeriodLimit(count=1_000_000)
KINDS = {
    kind.id: replace(kind, limit_per_profile=LIMITS[kind.id], limit_per_period=NEVER)
    for kind in BUILT_IN_KINDS
    if kind.id in LIMITS
}
RULES = Ruleset(
    event_types=built_in_types(),
    mappings=[
        a_mapping_rule(
            id="bought",
            event_type="sign-in",
            operations=(
                Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n"),
                Operation(op=Op.APPEND, target="profile@traits.bought", value="event@properties.n"),
            ),
        )
    ],
    identifiers=Identifiers(kinds=KINDS.values(), secret=b"secret"),
)
SOURCES = (a_source(), a_source(id="open", identity="open"), a_source(id="crm", trust="server"))
TRUST: Mapping[str, Literal["careful", "open", "server"]] = {"shop": "careful", "open": "open", "crm": "server"}
VALUES = (
    Value("primary-key", "1"),
    Value("primary-key", "2"),
    Value("login", "ann"),
    Value("login", "bob"),
    Value("email-main", "ann@mail.example"),
    Value("email-main", "bob@mail.example"),
    Value("email-main", "cid@mail.example"),
    Value("phone-mobile", "+447700900102"),
    Value("phone-mobile", "+447700900103"),
)
BY_HAND = "manual"
ERASED_FROM = 5
"""From how many homes on somebody may be erased: with fewer, hardly anybody would ever be joined."""


class Request(NamedTuple):
    """What somebody sends."""

    session: str
    source: Source
    values: list[Value]


REQUESTS = st.builds(
    Request,
    session=st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6"]),
    source=st.sampled_from(SOURCES),
    values=st.lists(st.sampled_from(VALUES), max_size=3, unique_by=lambda value: value.kind),
)


class Moving:
    """A clock that the machine turns, and chance that never repeats itself."""

    def __init__(self) -> None:
        self.number = 0
        self._bits = count(10**9)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.number)

    def bits(self) -> int:
        return next(self._bits)


class FixedRules:
    """Rules that never change."""

    def in_force(self) -> Ruleset:
        return RULES


class Identity(RuleBasedStateMachine):
    """A store with those who decide about people, and the model beside it."""

    make: ClassVar[Callable[[Path], StoreUnderTest]]

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._loop = asyncio.Runner()
        self._under_test = type(self).make(Path(self._folder.name))
        self._store = self._loop.run(self._under_test.open())
        self._model = Model()
        self._moving = Moving()

    def teardown(self) -> None:
        """Close the store, whatever was found."""
        with self._folder, self._loop:
            self._loop.run(self._under_test.close())

    @initialize(requests=st.lists(REQUESTS, min_size=4, max_size=6))
    def begin(self, requests: list[Request]) -> None:
        """Nothing is interesting before there are people."""
        self.send(requests)

    @rule(requests=st.lists(REQUESTS, min_size=1, max_size=4))
    def send(self, requests: list[Request]) -> None:
        """Some buy something at once, and may say who they are."""
        batch = [self._submission(request) for request in requests]
        told = identifiers_told(batch, RULES)
        facts = self._loop.run(self._store.load(replace(keys_of(batch), identifiers=told)))
        decided = decide_all(batch, facts, RULES)
        assert not decided.unasked
        self._loop.run(self._store.commit(decided.changes, facts))
        for request, submission, decision in zip(requests, batch, decided.decisions, strict=True):
            number, new_id = submission.entropy, derived_id(submission.entropy, "profile")
            answer = self._model.send(Asked(request.session, TRUST[request.source.id], request.values, number, new_id))
            assert decision.profile_id == answer

    @precondition(lambda self: len(self._model.homes) > 1)
    @rule(data=st.data(), force=st.booleans())
    def merge(self, data: st.DataObject, force: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        """Somebody merges two people by hand."""
        one, two = data.draw(st.permutations(self._model.homes))[:2]
        self._moving.number += 1
        merging = self._people.merge(one, two, word=Word("ann"), force=force)
        if two in self._model.person(one):
            with pytest.raises(AlreadyDecided):
                self._loop.run(merging)
        elif self._model.hold(one, two) and not force:
            with pytest.raises(Refused):
                self._loop.run(merging)
        else:
            self._loop.run(merging)
            self._model.ties.append(Tie(one, two, None))

    @precondition(lambda self: any(not tie.is_undone for tie in self._model.ties))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Somebody undoes a merge."""
        tie = data.draw(st.sampled_from([tie for tie in self._model.ties if not tie.is_undone]))
        self._moving.number += 1
        merge = next(merge for merge in self._merges() if not merge.undone and _tied(merge) == _told(tie))
        self._loop.run(self._people.undo(merge.id, actor="ann"))
        self._model.undo(tie)

    @precondition(lambda self: "open" in self._model.questions.values())
    @rule(data=st.data(), accept=st.booleans())
    def answer(self, data: st.DataObject, accept: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        """Somebody decides what was held back."""
        states = self._model.questions
        question = data.draw(st.sampled_from([each for each, state in states.items() if state == "open"]))
        self._moving.number += 1
        review = next(review for review in self._reviews() if _asked(review) == _as_asked(question))
        answering = self._people.answer(review.id, accept=accept, actor="ann")
        if accept and self._model.is_lost(question):
            with pytest.raises(AlreadyDecided):
                self._loop.run(answering)
        else:
            self._loop.run(answering)
            self._model.answer(question, accept=accept)

    @precondition(lambda self: len(self._model.homes) > ERASED_FROM)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """Somebody wants to be forgotten."""
        home = data.draw(st.sampled_from(self._model.homes))
        self._loop.run(self._store.erase(home))
        self._model.erase(home)

    @rule()
    def open_again(self) -> None:
        """The store is closed and opened."""
        self._loop.run(self._under_test.close())
        self._store = self._loop.run(self._under_test.open())

    @precondition(lambda self: isinstance(self._under_test, CrashableStore))
    @rule()
    def crash(self) -> None:
        """The power fails."""
        assert isinstance(self._under_test, CrashableStore)
        self._store = self._loop.run(self._under_test.crash())

    @invariant()
    def everybody_is_who_the_model_says(self) -> None:
        """People, and all that is told of each."""
        survivors = {self._model.person(home)[0] for home in self._model.homes}
        assert set(self._loop.run(self._store.people(limit=1_000))) == survivors
        for home in self._model.homes:
            person = self._loop.run(self._store.profile(home))
            assert person is not None
            assert person.id == self._model.person(home)[0]
            self._compare(person)

    @invariant()
    def everything_recorded_stays_where_it_was(self) -> None:
        """Sessions keep the home that they were recorded under."""
        for id, home in self._model.sessions.items():
            session = self._loop.run(self._store.session(id))
            assert session is not None
            assert session.profile is not None
            assert session.profile.id == home

    @invariant()
    def every_decision_is_told(self) -> None:
        """Merges and reviews, and what became of them."""
        assert Counter(map(_tied, self._merges())) == Counter(map(_told, self._model.ties))
        questions = {(*_as_asked(each), state) for each, state in self._model.questions.items()}
        assert {(*_asked(review), review.state) for review in self._reviews()} == questions

    @invariant()
    def from_what_was_recorded_everybody_is_made_again(self) -> None:
        """A person as known now, folded from the history, is the person."""
        for home in self._model.homes:
            person = self._loop.run(self._store.profile(home))
            assert _timeless(self._loop.run(self._people.as_of(home, self._moving.now()))) == _timeless(person)

    @property
    def _people(self) -> People:
        return People(self._store, self._store, rules=FixedRules(), clock=self._moving, chance=self._moving)  # type: ignore[arg-type]

    def _submission(self, request: Request) -> Submission:
        self._moving.number += 1
        number = self._moving.number
        return a_submission(
            SentEvent(type="sign-in", properties={"n": number, **properties_of(request.values)}),
            id=f"request-{number}",
            entropy=number,
            received_at=self._moving.now(),
            source=request.source,
            session_id=request.session,
        )

    def _compare(self, person: Profile) -> None:
        homes = self._model.person(person.id)
        bought = [number for home in homes for number in self._model.bought[home]]
        assert set(person.ids) == set(homes)
        assert person.traits["spent"] == sum(bought)
        assert sorted(person.traits["bought"]) == sorted(bought)  # type: ignore[call-overload]
        assert person.metadata.time.visit.count == sum(self._model.visits[home] for home in homes)
        keys = {(kind, key) for kind, keys in person.identifiers.items() for key in keys}
        assert keys == {(value.kind, key_of(value)) for value in self._model.values(person.id)}

    def _merges(self) -> tuple[Merge, ...]:
        return self._loop.run(self._store.merges(limit=1_000)).items

    def _reviews(self) -> tuple[Review, ...]:
        return self._loop.run(self._store.reviews(limit=1_000)).items


def key_of(value: Value) -> str:
    """The key under which a value is known."""
    identifier = RULES.identifiers.key(KINDS[value.kind], value.text)
    assert identifier is not None
    return identifier.key


def _tied(merge: Merge) -> tuple[str, str, str, bool]:
    return merge.one, merge.two, merge.reason.key or merge.reason.kind, merge.undone is not None


def _told(tie: Tie) -> tuple[str, str, str, bool]:
    return tie.one, tie.two, key_of(tie.value) if tie.value else BY_HAND, tie.is_undone


def _asked(review: Review) -> tuple[str, str, str, str | None]:
    return review.why, review.reason.key, review.one, review.two


def _as_asked(question: Question) -> tuple[str, str, str, str | None]:
    return question.why, key_of(question.value), question.one, question.two


def _timeless(profile: Profile | None) -> Profile | None:
    if profile is None:
        return None
    time = replace(profile.metadata.time, update=None)
    return replace(profile, version=0, metadata=replace(profile.metadata, time=time))


@pytest.mark.parametrize("name", STORES)
def test_a_store_says_who_is_who_as_the_model_does(name: str) -> None:
    machine = type("IdentityOfOne", (Identity,), {"make": staticmethod(STORES[name])})
    # An example is up to fifty operations, and after each of them a durable store is asked for everything.
    share = 8 if name in DURABLE else 2
    run_state_machine_as_test(machine, settings=settings(max_examples=settings().max_examples // share))
