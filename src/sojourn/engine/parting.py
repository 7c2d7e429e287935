"""Undoing a merge: what both people are afterwards, and which links lead where.

Everything goes by the profile ids that things were recorded under: what one of two people did before, during and after
the merge is folded anew for them alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from sojourn.core.changes import Changes, SubmissionRecord
from sojourn.core.contributions import Contribution
from sojourn.core.facts import Facts
from sojourn.core.graph import MERGE, Edge, Merge
from sojourn.core.ids import ordered_id
from sojourn.core.profiles import Profile, committed, new_profile
from sojourn.core.refold import Refold
from sojourn.ports.errors import UnknownId
from sojourn.ports.records import Recorded


class Parting(StrEnum):
    """How far back an undone merge is undone."""

    EXACT = "exact"
    """As if it had never been."""
    FROM_NOW = "from-now"
    """What was known of both together stays with the survivor; the other one begins anew."""


class Because(Enum):
    """Why a merge is undone."""

    WORD = "word"
    """Somebody says that both are not one person: the same identifier does not join them again."""
    RULES = "rules"
    """The rules in force do not join them; other rules may."""


class Parted(NamedTuple):
    """What becomes of undoing a merge."""

    merge: Merge
    people: tuple[Profile, ...]
    """Both people afterwards; one, when another merge still joins them."""
    built_on: tuple[Merge, ...]
    """Later merges of the same people: each stays with the one whose id it names."""
    recorded: Mapping[str, Recorded]
    """For each profile id of theirs what goes with it. Only counted where nothing is to be changed yet."""


class Undoing:
    """What undoing one merge changes."""

    def __init__(self, merge: Merge, groups: Iterable[frozenset[str]], facts: Facts, fold: Refold) -> None:
        """Undo `merge`, which is marked already, and leave these people; `fold` has read all that they did."""
        self.merge = merge
        self._groups = tuple(group for group in groups if merge.one in group or merge.two in group)
        self._facts = facts
        self._fold = fold
        self._at = merge.undone or merge.at

    def changes(self, edges: Iterable[Edge], parting: Parting, entropy: int) -> Changes:
        """All of it; `edges` are the links that lead to the person so far."""
        whole = person_of(self._facts, self.merge.one)
        people = tuple(self._person(group) for group in self._groups)
        foundations: tuple[SubmissionRecord, ...] = ()
        if parting is Parting.FROM_NOW and len(people) > 1:
            people = tuple(_from_now(person, whole) for person in people)
            foundations = tuple(self._foundation(person, entropy, index) for index, person in enumerate(people))
        pointers = {edge.id: edge for edge in edges if edge.kind == MERGE}
        roots = {id: person.id for group, person in zip(self._groups, people, strict=True) for id in group}
        return Changes(
            at=self._at,
            profiles=tuple(committed(person, whole.version + 1, self._at) for person in people),
            edges=(*self._pointing(pointers, roots), *self._barring()),
            merges=(self.merge,),
            submissions=foundations,
        )

    def _person(self, group: frozenset[str]) -> Profile:
        found = (self._fold.person(id) for id in sorted(group))
        person = next((person for person in found if person is not None), None)
        if person is None:
            raise UnknownId(self.merge.id)
        return person

    def _pointing(self, pointers: Mapping[str, Edge], roots: Mapping[str, str]) -> Iterable[Edge]:
        """The links of merged ids: where each leads from now on, if that is elsewhere than before."""
        for id, root in roots.items():
            pointer = pointers.get(id)
            if id == root and pointer is not None and pointer.undone is None:
                yield replace(pointer, undone=self._at)
            elif id != root and pointer is not None and (pointer.profile != root or pointer.undone is not None):
                yield replace(pointer, profile=root, undone=None)
            elif id != root and pointer is None:
                yield Edge(id=id, profile=root, kind=MERGE, rule=self.merge.reason.rule, event=None, at=self._at)

    def _barring(self) -> Iterable[Edge]:
        """The identifier that brought the merge about does not do so again."""
        link = self._facts.links.get(self.merge.reason.key)
        if link is not None and not self.merge.is_parted_by_rules:
            yield replace(link, barred=(*link.barred, (self.merge.one, self.merge.two)))

    def _foundation(self, person: Profile, entropy: int, index: int) -> SubmissionRecord:
        return SubmissionRecord(
            id=ordered_id(entropy, self._at, index),
            at=self._at,
            profile=person.id,
            contribution=Contribution(foundation=person),
        )


def _from_now(person: Profile, whole: Profile) -> Profile:
    """The person after a parting that leaves the past with the survivor: who is not that begins anew."""
    if person.id == whole.id:
        return replace(whole, ids=person.ids, identifiers=person.identifiers)
    time = person.metadata.time
    anew = new_profile(person.id, first_seen=time.insert, created=time.create, seen=time.seen)
    return replace(anew, ids=person.ids, identifiers=person.identifiers)


def home_of(facts: Facts, any_id: str) -> str:
    """The profile id under which things are recorded that come with an id."""
    return facts.homes.get(any_id) or facts.aliases.get(any_id) or any_id


def person_of(facts: Facts, any_id: str) -> Profile:
    """The person of an id. Raises UnknownId."""
    person = facts.profiles.get(facts.aliases.get(any_id, any_id))
    if person is None:
        raise UnknownId(any_id)
    return person
