"""Who would be one person, had these rules been in force all along: recorded requests are judged anew, in their order.

What was recorded stays under the profile id that it was recorded under; only which of those ids are one person is asked
again. What somebody has decided stays in force: merges by hand and answers to reviews count, and people who were parted
stay apart. So does what cannot be judged again, since the event that told it is not kept, or its source is no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from sojourn.core.contributions import Join
from sojourn.core.evidence import by_identifier, reason_of
from sojourn.core.graph import Edge, Merge, Pair, Review, edge_by
from sojourn.core.linking import (
    LOOKS_MAX,
    Asserter,
    Course,
    Hold,
    Turn,
    Verdict,
    barred_by,
    elder,
    held_id,
    judge,
    turn_of,
    with_one_more_join,
)
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.merging import together
from sojourn.core.profiles import Profile, with_identifier
from sojourn.core.refold import Request, Said, session_of, taken_in
from sojourn.core.sessions import Session
from sojourn.core.sources import Source


class Precedents(msgspec.Struct, frozen=True):
    """What was decided about people so far, as far as it binds whoever judges anew."""

    merges: Mapping[str, Merge] = {}
    """The merges that count, by id."""
    parted: tuple[Merge, ...] = ()
    """Those that somebody has undone."""
    barred: Mapping[str, tuple[Pair, ...]] = {}
    """By the key of an identifier: people whom it does not join, since somebody said so."""


def precedents_of(merges: Iterable[Merge], reviews: Iterable[Review]) -> Precedents:
    """What binds, of all merges and reviews that there are."""
    counted, parted = dict[str, Merge](), list[Merge]()
    barred: dict[str, tuple[Pair, ...]] = {}
    for merge in merges:
        if merge.undone is None:
            counted[merge.id] = merge
        elif not merge.is_parted_by_rules:
            parted.append(merge)
            barred[merge.reason.key] = (*barred.get(merge.reason.key, ()), (merge.one, merge.two))
    for review in reviews:
        if review.state == "rejected":
            barred[review.reason.key] = (*barred.get(review.reason.key, ()), *barred_by(review))
    return Precedents(counted, tuple(parted), barred)


class Regraph:
    """The people of a history, as far as it was read, as these rules join them.

    It holds the document of each profile id, one link for each identifier, and what was merged and held back.
    """

    def __init__(self, ruleset: Ruleset, sources: Mapping[str, Source], precedents: Precedents) -> None:
        """Begin with nobody; `sources` are those that there are, by id."""
        self.merges: list[Merge] = []
        """What joins people, in its order. The ids are of no other use."""
        self.reviews: dict[str, Review] = {}
        self.links: dict[str, Edge] = {}
        """By the keys of identifiers, to whom each leads."""
        self._ruleset = ruleset
        self._sources = sources
        self._precedents = precedents
        self._people: dict[str, Profile] = {}
        self._leads: dict[str, str] = {}

    def root(self, home: str) -> str:
        """The id of the person of a profile id: two of the same root are one person."""
        current = home
        while leads_to := self._leads.get(current):
            current = leads_to
        if current != home:
            self._leads[home] = current  # However often people were joined, the next way there is one step long.
        return current

    def person(self, home: str) -> Profile | None:
        """The person of a profile id."""
        return self._people.get(self.root(home))

    @property
    def homes(self) -> Collection[str]:
        """The profile ids under which anything was recorded."""
        return {*self._people, *self._leads}

    def session_of(self, request: Request) -> str | None:
        """The session that rules read for this request, and that was not kept with it; None: nobody asks for one."""
        return session_of(request, self._ruleset)

    def add(self, request: Request, session: Session | None = None) -> None:
        """Judge one more request; `session` is read by rules that none was kept for."""
        record = request.record
        if record.profile is None or record.at is None:
            return
        if record.contribution.foundation is not None:
            self._found(record.profile, record.contribution.foundation)
            return
        look = _Look(self, request, session, self._precedents)
        while look.is_to_be_had_again:
            look = _Look(self, request, session, self._precedents, look)
        self._take(look, record.contribution.newcomer_by)
        for join in record.contribution.joins:
            merge = self._precedents.merges.get(join.merge)
            if merge is not None and not self._is_judged(merge, request):
                self._join(join, merge)
        if not self._is_all_kept(request):
            self._learn_again(record.profile, record.contribution.identifiers)

    def source(self, source_id: str) -> Source | None:
        """The source of that id, if there is still one."""
        return self._sources.get(source_id)

    @property
    def ruleset(self) -> Ruleset:
        """The rules that are tried."""
        return self._ruleset

    def _found(self, home: str, foundation: Profile) -> None:
        """Begin with a person as they stood; which ids are theirs is still judged."""
        person = self.person(home)
        if person is None:
            self._people[home] = replace(foundation, id=home, ids=(home,), identifiers={})
        else:
            self._people[person.id] = replace(foundation, id=person.id, ids=person.ids, identifiers=person.identifiers)

    def _take(self, look: _Look, newcomer_by: Iterable[str]) -> None:
        person = look.person
        for gone in person.ids:
            if gone != person.id and (self._people.pop(gone, None) is not None or gone == look.home):
                self._leads[gone] = person.id
        self._people[person.id] = person
        self.links.update(look.links)
        self.merges += look.merges
        self.reviews.update({review.id: review for review in look.reviews if review.id not in self.reviews})
        for key in newcomer_by:
            link = self.links.get(key)
            kind = self._ruleset.identifiers.kinds.get(link.kind) if link is not None else None
            if link is not None and kind is not None and look.at is not None:
                self.links[key] = with_one_more_join(link, kind, look.at)

    def _is_judged(self, merge: Merge, request: Request) -> bool:
        """Whether what a merge goes by is judged anew."""
        if not merge.is_evident:
            return False
        return merge.is_applied or (
            merge.reason.source in self._sources and any(event.id == merge.event for event in request.events)
        )

    def _is_all_kept(self, request: Request) -> bool:
        """Whether all that a request said can be judged anew."""
        if request.record.contribution.unsaved or not request.events:
            return not request.record.contribution.identifiers
        return request.events[0].source.id in self._sources

    def _learn_again(self, home: str, identifiers: Iterable[tuple[str, str]]) -> None:
        """Take for known what was learnt, as far as its kind is in force."""
        for kind, key in identifiers:
            person = self.person(home)
            if person is not None and kind in self._ruleset.identifiers.kinds and key not in self.links:
                self._people[person.id] = with_identifier(person, kind, key)
                self.links[key] = Edge(
                    id=key,
                    profile=home,
                    kind=kind,
                    rule="",
                    event=None,
                    at=person.metadata.time.create,
                    barred=self._precedents.barred.get(key, ()),
                )

    def _join(self, join: Join, merge: Merge) -> None:
        one, two = self.person(join.one), self.person(join.two)
        if one is None or two is None or one.id == two.id:
            return
        survivor, younger = elder(one, two)
        self._people[survivor.id] = together(survivor, younger, self._ruleset)
        del self._people[younger.id]
        self._leads[younger.id] = survivor.id
        self.merges.append(merge)


class _Look:
    """One look at a request. When it shows that fields tell what is held back, it is had again without those fields."""

    def __init__(
        self,
        graph: Regraph,
        request: Request,
        session: Session | None,
        precedents: Precedents,
        before: _Look | None = None,
    ) -> None:
        self.number: int = before.number + 1 if before is not None else 0
        self.held: tuple[Review, ...] = before.held if before is not None else ()
        """What is held back of fields that are not written."""
        self.reviews = list(self.held)
        self.withheld: frozenset[tuple[str, str]] = before.withheld if before is not None else frozenset()
        self.is_to_be_had_again = False
        self.links: dict[str, Edge] = {}
        self.merges: list[Merge] = []
        self.at = request.record.at
        self._graph = graph
        self.home = request.record.profile or ""
        self._is_new = graph.person(self.home) is None
        self._barred = precedents.barred
        self._parted = precedents.parted
        self._id = request.record.id
        taken = taken_in(graph.person(self.home), request, graph.ruleset, session=session, withheld=self.withheld)
        self.person = taken.profile
        self._events = request.events
        self._withheld_then = frozenset(request.record.contribution.withheld)
        for group in sorted(by_identifier(taken.said), key=lambda each: self._turn(each[-1])):
            self._judge(group)

    def _turn(self, said: Said) -> Turn:
        identifier = said.evidence.identifier
        return turn_of(identifier, is_linked=identifier.key in self._graph.links)

    def _judge(self, group: list[Said]) -> None:
        """Judge what was said, by the last event that says it."""
        said = group[-1]
        source = self._graph.source(said.event.source.id)
        if source is None or self.at is None:
            return
        identifier = said.evidence.identifier
        link = self.links.get(identifier.key) or self._graph.links.get(identifier.key)
        other = self._person_of(link)
        ruleset = self._graph.ruleset
        apart = tuple(
            (each.one, each.two) for each in self._parted if each.undone is not None and each.undone > self.at
        )
        by = Asserter(self.person, source, self._is_new, self.at, apart)
        verdict = judge(identifier, by, link, other, ruleset.identifiers.kinds, ruleset.limits)
        if verdict.course is Course.TAKE_OVER:  # It was recorded for this person, and stays so.
            verdict = Verdict(Course.HOLD, Hold.UNIQUE)
        if verdict.course is Course.LEARN:
            self._learn(said)
        elif verdict.course is Course.JOIN and link is not None and other is not None:
            self._join(said, link, other)
        elif verdict.hold is not None:
            self._hold(group, verdict.hold, link)
        elif verdict.course is Course.BARRED:
            # What was written before somebody barred it stays written, as it does in the profile that is kept.
            self._withhold(self._fields_of(group) & self._withheld_then)

    def _person_of(self, link: Edge | None) -> Profile | None:
        if link is None:
            return None
        return self.person if link.profile in self.person.ids else self._graph.person(link.profile)

    def _learn(self, said: Said) -> None:
        identifier = said.evidence.identifier
        assert self.at is not None, "only requests of this format are judged"
        self.person = with_identifier(self.person, identifier.kind.id, identifier.key)
        link = edge_by(
            reason_of(said.evidence, said.event.source.id),
            id=identifier.key,
            profile=self.home,
            kind=identifier.kind.id,
            event=said.event.id,
            at=self.at,
        )
        self.links[link.id] = replace(link, barred=self._barred.get(link.id, ()))

    def _join(self, said: Said, link: Edge, other: Profile) -> None:
        assert self.at is not None, "only requests of this format are judged"
        survivor, younger = elder(self.person, other)
        self.merges.append(
            Merge(
                id=f"{self._id} {len(self.merges)}",
                at=self.at,
                survivor=survivor.id,
                merged=younger.ids,
                one=self.home,
                two=link.profile,
                reason=reason_of(said.evidence, said.event.source.id),
                event=said.event.id,
            )
        )
        self.links[link.id] = with_one_more_join(link, said.evidence.identifier.kind, self.at)
        self.person = together(survivor, younger, self._graph.ruleset)

    def _hold(self, group: list[Said], why: Hold, link: Edge | None) -> None:
        said = group[-1]
        two = link.profile if link is not None else None
        assert self.at is not None, "only requests of this format are judged"
        review = Review(
            id=held_id(why, said.evidence.identifier.key, self.home, two),
            at=self.at,
            why=why.value,
            one=self.home,
            two=two,
            reason=reason_of(said.evidence, said.event.source.id),
            event=said.event.id,
        )
        self.reviews.append(review)
        fields = self._fields_of(group)
        if fields:
            self.held = (*self.held, review)
            self._withhold(fields)

    def _fields_of(self, group: list[Said]) -> frozenset[tuple[str, str]]:
        """Events, and the fields in which they say it."""
        fields = frozenset((each.event.id, each.evidence.field) for each in group if each.evidence.field)
        if self.number >= LOOKS_MAX:
            return frozenset((event.id, field) for _, field in fields for event in self._events)
        return fields

    def _withhold(self, fields: frozenset[tuple[str, str]]) -> None:
        if fields:
            self.withheld |= fields
            self.is_to_be_had_again = True
