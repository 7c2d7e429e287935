"""Folding people anew from what was recorded of them: with the rules in force now, by the code that decides events.

A history is read request by request, in the order in which it was committed. People stay apart until the merge that
joined them, and for ever where that merge does not count, be it undone or later than the moment that is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from sojourn.core.acquaintance import introduced
from sojourn.core.changes import SubmissionRecord
from sojourn.core.contributions import Contribution, Join
from sojourn.core.derived import with_written
from sojourn.core.events import Event, before_rules, moment_of
from sojourn.core.evidence import Evidence, Saying, evidence_of
from sojourn.core.fields import Unfit
from sojourn.core.linking import elder
from sojourn.core.mapping.apply import Applied, entered
from sojourn.core.mapping.operations import Effect, Origin
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.merging import together
from sojourn.core.profiles import (
    RULES_WRITE,
    Profile,
    committed,
    new_profile,
    with_identifier,
    with_ids,
    with_time_zone,
    with_visit,
)
from sojourn.core.sessions import Session
from sojourn.core.views import event_sheet, profile_sheet, session_sheet


class Request(msgspec.Struct, frozen=True):
    """What was recorded of one request: what it did, and its stored events in the order of their decision."""

    record: SubmissionRecord
    events: tuple[Event, ...] = ()


class Refold:
    """The people of a history, as far as it was read."""

    def __init__(self, ruleset: Ruleset, not_merged: Collection[str] = ()) -> None:
        """Begin with nobody; `ruleset` says what events do, `not_merged` which merges do not count."""
        self._ruleset = ruleset
        self._not_merged = not_merged
        self._people: dict[str, Profile] = {}
        self._leads: dict[str, str] = {}

    def person(self, profile_id: str) -> Profile | None:
        """Who an id leads to that was recorded under."""
        return self._people.get(self._current(profile_id))

    def session_of(self, request: Request) -> str | None:
        """The session that rules read for this request, and that was not kept with it; None: nobody asks for one."""
        return session_of(request, self._ruleset)

    def add(self, request: Request, session: Session | None = None) -> None:
        """Take in one more request; `session` is read by rules that none was kept for."""
        record = request.record
        if record.profile is None or record.at is None:
            return
        told = record.contribution
        if told.foundation is not None:
            self._found(told.foundation)
            return
        profile = taken_in(self.person(record.profile), request, self._ruleset, session=session).profile
        self._people[profile.id] = profile
        for join in told.joins:
            self._join(join)
        for kind, key in told.identifiers:
            person = self._people[self._current(record.profile)]
            self._people[person.id] = with_identifier(person, kind, key)

    def _found(self, person: Profile) -> None:
        """Begin with a person as they stood, in place of all that was known of their ids."""
        for id in person.ids:
            self._people.pop(id, None)
            self._leads[id] = person.id
        self._leads.pop(person.id, None)
        self._people[person.id] = person

    def _join(self, join: Join) -> None:
        one, two = self.person(join.one), self.person(join.two)
        if join.merge in self._not_merged or one is None or two is None or one.id == two.id:
            return
        survivor, younger = elder(one, two)
        self._people[survivor.id] = together(survivor, younger, self._ruleset)
        del self._people[younger.id]
        self._leads[younger.id] = survivor.id

    def _current(self, profile_id: str) -> str:
        while leads_to := self._leads.get(profile_id):
            profile_id = leads_to
        return profile_id


def rebuilt(profile: Profile, folded: Profile) -> Profile:
    """The profile with what a fold anew says of it. Who it is, and what no history tells, stays as it is."""
    time, anew = profile.metadata.time, folded.metadata.time
    time = replace(anew, update=time.update, segmentation=time.segmentation)
    metadata = replace(profile.metadata, time=time, fields=folded.metadata.fields)
    return replace(profile, metadata=metadata, **{part: getattr(folded, part) for part in RULES_WRITE})


class Said(NamedTuple):
    """What a recorded event says of who somebody is."""

    event: Event
    evidence: Evidence


class TakenIn(NamedTuple):
    """The person after one more request, and what its events say of who it is, by the rules that were applied."""

    profile: Profile
    said: list[Said]


def taken_in(
    person: Profile | None,
    request: Request,
    ruleset: Ruleset,
    *,
    session: Session | None = None,
    withheld: frozenset[tuple[str, str]] | None = None,
) -> TakenIn:
    """Let a request of a person, None for nobody yet, do what it did, apart from merges and what was learnt.

    `withheld` says which event does not write which field; None: those that did not when it was decided.
    """
    record, told = request.record, request.record.contribution
    assert record.profile is not None, "nobody has no history"
    assert record.at is not None, "only requests of this format are folded"
    profile = with_ids(person or _born(record.profile, record), told.aliases)
    for began in told.visits:
        profile = with_visit(profile, began)
    if told.tz is not None:
        profile = with_time_zone(profile, told.tz)
    if told.told is not None:
        profile, _ = introduced(profile, told.told, ruleset.knowledge)
    mapping = _Mapping(ruleset, record, frozenset(told.withheld) if withheld is None else withheld)
    profile = mapping.mapped(profile, request.events, session)
    return TakenIn(committed(profile, 0, record.at), mapping.said)


def effects_of(person: Profile, request: Request, ruleset: Ruleset, session: Session | None) -> tuple[Effect, ...]:
    """What a request of a person would do now to the profile, if nothing were withheld from its events."""
    mapping = _Mapping(ruleset, request.record, frozenset())
    mapping.mapped(person, request.events, session)
    return tuple(mapping.effects)


class _Mapping:
    """The rules while they are applied to the events of one request."""

    def __init__(self, ruleset: Ruleset, record: SubmissionRecord, withheld: frozenset[tuple[str, str]]) -> None:
        self.said: list[Said] = []
        self.effects: list[Effect] = []
        self._ruleset = ruleset
        self._record = record
        self._withheld: defaultdict[str, set[str]] = defaultdict(set)
        for event_id, field in withheld:
            self._withheld[event_id].add(field)

    def mapped(self, profile: Profile, events: Iterable[Event], session: Session | None) -> Profile:
        told = self._record.contribution
        sheets = {"profile": profile_sheet(profile)}
        if told.session is not None:
            sheets["session"] = Sheet(told.session, {})
        elif session is not None:
            sheets["session"] = session_sheet(session)
        unsaved = dict(_by_place(told))
        for index, event in enumerate(events):
            _enter(sheets, unsaved.pop(index, ()))
            self._map(event, sheets)
        for effects in unsaved.values():
            _enter(sheets, effects)
        return with_written(profile, sheets["profile"], self._ruleset.knowledge)

    def _map(self, event: Event, sheets: dict[str, Sheet]) -> None:
        in_force = self._ruleset.of_type(event.type)
        if not in_force.rules and not in_force.assertions:
            return
        by = Origin(_moment(event, self._record), event.id, "")
        documents = {**sheets, "event": event_sheet(before_rules(event), self._record.context)}
        name_bytes_max = self._ruleset.limits.key_bytes_max
        withheld = frozenset(self._withheld.get(event.id, ()))
        applied = Applied(documents, by, name_bytes_max=name_bytes_max, withheld=withheld)
        for rule in in_force.rules:
            applied.apply(rule, event.source.id)
        self.effects += applied.effects
        if in_force.assertions:
            saying = Saying(event.type, event.source.id, by.at, documents, applied.effects)
            self.said += [Said(event, evidence) for evidence in evidence_of(saying, self._ruleset)]


def session_of(request: Request, ruleset: Ruleset) -> str | None:
    """The session that rules read for a request, and that was not kept with it; None: nobody asks for one."""
    if request.record.contribution.session is not None:
        return None
    read = (event for event in request.events if ruleset.of_type(event.type).read_session)
    return next((event.session.id for event in read if event.session is not None), None)


def _born(profile_id: str, record: SubmissionRecord) -> Profile:
    born = record.contribution.born
    assert record.at is not None, "only requests of this format are folded"
    if born is None:
        return new_profile(profile_id, first_seen=record.at, created=record.at)
    return new_profile(profile_id, first_seen=born.first_seen, created=born.created, seen=born.seen)


def _by_place(told: Contribution) -> Iterable[tuple[int, list[Effect]]]:
    """The effects of events that were not stored, by the number of stored events before them."""
    for after, group in groupby(told.unsaved, key=lambda each: each.after):
        yield after, [effect for each in group for effect in each.effects]


def _enter(sheets: dict[str, Sheet], effects: Iterable[Effect]) -> None:
    for effect in effects:
        root, _, _ = effect.field.partition("@")
        with suppress(Unfit):  # A sum that has grown beyond all range: the field stays as it is, as it did then.
            entered(sheets[root], effect)


def _moment(event: Event, record: SubmissionRecord) -> datetime:
    time = event.metadata.time
    if event.metadata.system and time.create is not None:
        return time.create
    return moment_of(time, record.at)
