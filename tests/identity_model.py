"""Who is who, told again as simply as can be: homes, ties between two of them, and what each is known by.

Nothing here is folded, pointed to or rewritten. People are looked up anew each time, and what is told of them is a sum
over the homes under which things were recorded. A request that shows itself to be somebody else's begins again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

LIMITS = {"primary-key": 1, "login": 5, "email-main": 2, "phone-mobile": 5}
"""How many values one person may have of each kind, the kind that counts most first."""

UNIQUE, SWITCHES = "primary-key", "login"


class Value(NamedTuple):
    """An identifier."""

    kind: str
    text: str


PLACES = {
    "primary-key": ("pk",),
    "login": ("login",),
    "email-main": ("email", "main"),
    "phone-mobile": ("phone", "mobile"),
}


def properties_of(values: Iterable[Value]) -> dict[str, object]:
    """The values where a sign-in has them."""
    properties: dict[str, object] = {}
    for kind, text in values:
        name, *within = PLACES[kind]
        properties[name] = {within[0]: text} if within else text
    return properties


class Question(NamedTuple):
    """What is held back, and of whom."""

    why: str
    value: Value
    one: str
    two: str | None


@dataclass
class Tie:
    """Two homes are of one person, by a value or by hand."""

    one: str
    two: str
    value: Value | None
    is_undone: bool = False


@dataclass(frozen=True)
class Asked:
    """One request: it buys the thing of a number, and asserts values."""

    session: str
    trust: Literal["careful", "open", "server"]
    """What the word of its source is worth."""
    values: Sequence[Value]
    number: int
    new_id: str
    """The home, should it be somebody's who is new."""


class Again(NamedTuple):
    """What a look at a request has shown, with which it is looked at again."""

    named: str | None = None
    held: tuple[Question, ...] = ()


NOTHING_SHOWN = Again()


@dataclass
class Model:
    """Everything that was recorded."""

    homes: list[str] = field(default_factory=list)
    """The oldest first."""
    sessions: dict[str, str] = field(default_factory=dict)
    bought: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    visits: Counter[str] = field(default_factory=Counter)
    learnt: dict[str, list[Value]] = field(default_factory=lambda: defaultdict(list))
    owners: dict[Value, str] = field(default_factory=dict)
    barred: dict[Value, list[set[str]]] = field(default_factory=lambda: defaultdict(list))
    ties: list[Tie] = field(default_factory=list)
    questions: dict[Question, str] = field(default_factory=dict)

    def person(self, home: str) -> list[str]:
        """All homes of the person of one, the oldest first: that one's id is the person's."""
        theirs = {home}
        for _ in self.ties:
            for tie in self.ties:
                if not tie.is_undone and not theirs.isdisjoint((tie.one, tie.two)):
                    theirs |= {tie.one, tie.two}
        return [each for each in self.homes if each in theirs]

    def values(self, home: str, kind: str | None = None) -> set[Value]:
        """All that the person of a home is known by."""
        known = {value for each in self.person(home) for value in self.learnt[each]}
        return {value for value in known if kind in (None, value.kind)}

    def send(self, asked: Asked, shown: Again = NOTHING_SHOWN) -> str:
        """Record a request; the id to answer with."""
        trial = deepcopy(self)
        again = trial._look(asked, shown)
        if again is not None:
            return self.send(asked, again)
        self.__dict__ = trial.__dict__
        return self.person(self._home_of(asked, shown))[0]

    def hold(self, one: str, two: str) -> str | None:
        """Why two people are not joined on anybody's word."""
        for kind, limit in LIMITS.items():
            mine, theirs = self.values(one, kind), self.values(two, kind)
            if kind == UNIQUE and mine and theirs and mine.isdisjoint(theirs):
                return "unique-conflict"
            if mine and theirs and len(mine | theirs) > limit:
                return "too-many-values"
        return None

    def undo(self, tie: Tie) -> None:
        """Part what was tied."""
        tie.is_undone = True
        if tie.value in self.owners:
            self.barred[tie.value].append({tie.one, tie.two})

    def is_lost(self, question: Question) -> bool:
        """Whether somebody else owns by now what was nobody's when it was held back."""
        owner = self.owners.get(question.value)
        return question.two is None and owner is not None and owner not in self.person(question.one)

    def answer(self, question: Question, *, accept: bool) -> None:
        """Decide what was held back."""
        self.questions[question] = "accepted" if accept else "rejected"
        _, value, one, two = question
        if accept and two is None and value not in self.owners:
            self._learn(one, value)
        elif accept and two is not None and two not in self.person(one):
            self.ties.append(Tie(one, two, value))
        elif not accept and two is not None:
            self.barred[value].append({one, two})

    def erase(self, home: str) -> None:
        """Forget a person."""
        gone = set(self.person(home))
        self.homes = [each for each in self.homes if each not in gone]
        self.sessions = {id: owner for id, owner in self.sessions.items() if owner not in gone}
        self.ties = [tie for tie in self.ties if gone.isdisjoint((tie.one, tie.two))]
        self.questions = {each: state for each, state in self.questions.items() if gone.isdisjoint(each[2:])}
        for value in [value for value, owner in self.owners.items() if owner in gone]:
            del self.owners[value]
            self.barred.pop(value, None)

    def _home_of(self, asked: Asked, shown: Again) -> str:
        return shown.named or self.sessions.get(asked.session) or asked.new_id

    def _look(self, asked: Asked, shown: Again) -> Again | None:
        """Record a request as far as is known; what it shows, where it has to be looked at again."""
        home = self._home_of(asked, shown)
        is_new = home not in self.homes
        self._record(asked, home)
        for question in shown.held:
            self.questions.setdefault(question, "open")
        for value in self._in_turn(asked.values, shown):
            why = self._take_in(asked, home, value)
            owner = self.owners.get(value)
            if why == "taken-over" and shown.named is None:
                return Again(asked.new_id)
            if why == "joined" and is_new and asked.trust == "server":
                return Again(owner)
            if why == "joined" and owner is not None:
                self.ties.append(Tie(home, owner, value))
            elif why is not None:
                why = "unique-conflict" if why == "taken-over" else why
                return shown._replace(held=(*shown.held, Question(why, value, home, owner)))
        return None

    def _record(self, asked: Asked, home: str) -> None:
        if home not in self.homes:
            self.homes.append(home)
        if self.sessions.get(asked.session) not in self.person(home):
            self.sessions[asked.session] = home
            self.visits[home] += 1
        self.bought[home].append(asked.number)

    def _in_turn(self, values: Iterable[Value], shown: Again) -> list[Value]:
        asserted = set(values) - {question.value for question in shown.held}
        counts = list(LIMITS).index
        return sorted(asserted, key=lambda each: (each.kind != UNIQUE, each not in self.owners, counts(each.kind)))

    def _take_in(self, asked: Asked, home: str, value: Value) -> str | None:
        """Learn a value, or tell what else has to happen."""
        mine, owner = self.values(home, value.kind), self.owners.get(value)
        if owner is None:
            if value not in mine and len(mine) < LIMITS[value.kind] and not (mine and value.kind == SWITCHES):
                self._learn(home, value)
            elif value not in mine:
                return {SWITCHES: "taken-over", UNIQUE: "unique-conflict"}.get(value.kind, "too-many-values")
            return None
        one, two = self.person(home), self.person(owner)
        if one == two or any(pair & set(one) and pair & set(two) for pair in self.barred[value]):
            return None
        if mine and value.kind == SWITCHES:
            return "taken-over"
        are_known = bool(self.values(home) and self.values(owner))
        return self.hold(home, owner) or ("two-known" if asked.trust == "careful" and are_known else "joined")

    def _learn(self, home: str, value: Value) -> None:
        self.learnt[home].append(value)
        self.owners[value] = home
