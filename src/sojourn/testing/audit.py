"""The auditor: was every promise kept? It knows what clients were told, and asks for what is there.

It holds a server to six invariants, whatever has happened to it:

- I1: every event that was acknowledged is kept, for the profile and the session of the answer.
- I2: no event is kept twice, and no session and no person is made twice.
- I3: profiles and sessions are what their events come to.
- I4: every planned delivery was made, or waits. There are no destinations yet, so that there is nothing to look at.
- I5: nothing of a request that was refused is kept.
- I6: every event ended in exactly one way, and the counts are those of what is there.

Clients send `TICK` events with ids of their own and write down in a `Ledger` what they are told; `COUNTING` is the rule
by which profiles and sessions count them. What is there is read from the ports, or through the HTTP API. What holds
without a ledger is said in `core/invariants.py`, for `sojourn verify` as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import NamedTuple, TypeVar

import httpx2
import msgspec

from sojourn.core import invariants
from sojourn.core.events import Event
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.ports.records import EventQuery, Records
from sojourn.testing.pages import read_all

TICK = "tick"
COUNTING = MappingRule(
    id="count-ticks",
    name="Count the ticks",
    event_type=TICK,
    operations=(
        Operation(op=Op.INCREMENT, target="profile@stats.counters.ticks"),
        Operation(op=Op.INCREMENT, target="session@traits.ticks"),
    ),
)
"""With this rule in force, what profiles and sessions came to can be compared with what was kept."""

_PAGE = 1_000

Record = TypeVar("Record", Profile, Session)


class Promise(NamedTuple):
    """Whose an acknowledged event is, by the answer."""

    profile: str | None
    session: str | None


class Ledger:
    """What clients were told of each request that they sent."""

    def __init__(self) -> None:
        self.promises: dict[str, Promise] = {}
        self.owners: dict[str, set[str | None]] = {}
        """The profiles that were answered for each session."""
        self._sent: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    @property
    def refused(self) -> set[str]:
        """Events of which nothing can be there: they were refused every time that they were sent."""
        return {event_id for event_id, times in self._refused.items() if times == self._sent[event_id]}

    def send(self, event_ids: Iterable[str]) -> None:
        """They are on their way. Until an answer comes they may be kept or not."""
        self._sent.update(event_ids)

    def acknowledge(self, event_ids: Iterable[str], promise: Promise) -> None:
        """They were answered with 200."""
        for event_id in event_ids:
            self.promises.setdefault(event_id, promise)
        if promise.session is not None:
            self.owners.setdefault(promise.session, set()).add(promise.profile)

    def refuse(self, event_ids: Iterable[str]) -> None:
        """They were answered, and told that nothing of them was kept."""
        self._refused.update(event_ids)


class Kept(NamedTuple):
    """All that is there."""

    events: list[Event]
    profiles: dict[str, Profile]
    sessions: dict[str, Session]
    outcomes: OutcomeCounts


def findings(ledger: Ledger, kept: Kept) -> list[str]:
    """Every promise that was not kept, in words that name the invariant; none when all is well."""
    return [
        *_lost(ledger, kept),
        *_twice(ledger, kept),
        *_not_what_events_come_to(kept),
        *_half_kept(ledger, kept),
        *invariants.miscounted(kept.outcomes, sum(event.type == TICK for event in kept.events)),
    ]


async def kept_in(records: Records, source: str) -> Kept:
    """All that a store holds of a source, and of whom its events are."""
    query = EventQuery(source=source)
    stored = await read_all(lambda after: records.events(query, limit=_PAGE, after=after))
    events = [each.event for each in stored]
    profiles = {id: profile for id in _people_of(events) if (profile := await records.profile(id)) is not None}
    sessions = {id: session for id in _sessions_of(events) if (session := await records.session(id)) is not None}
    return Kept(events, profiles, sessions, await records.outcomes(source))


def kept_by(api: httpx2.Client, source: str) -> Kept:
    """All that a server holds of a source; `api` knows its address and may read. Raises httpx2.HTTPError."""
    events = list(_events_by(api, source))
    profiles = _found(api, "profiles", _people_of(events), Profile)
    sessions = _found(api, "sessions", _sessions_of(events), Session)
    answer = api.get("/api/v1/outcomes", params={"source": source}).raise_for_status()
    return Kept(events, profiles, sessions, msgspec.json.decode(answer.content, type=OutcomeCounts))


class _Listed(msgspec.Struct):
    """A page of events."""

    items: list[Event]
    next: str | None


def _events_by(api: httpx2.Client, source: str) -> Iterator[Event]:
    asked: dict[str, str | int] = {"source": source, "limit": _PAGE}
    while True:
        answer = api.get("/api/v1/events", params=asked).raise_for_status()
        page = msgspec.json.decode(answer.content, type=_Listed)
        yield from page.items
        if page.next is None:
            return
        asked["cursor"] = page.next


def _found(api: httpx2.Client, noun: str, ids: Iterable[str], type: type[Record]) -> dict[str, Record]:
    found = {}
    for id in ids:
        answer = api.get(f"/api/v1/{noun}/{id}")
        if answer.status_code != HTTPStatus.NOT_FOUND:
            found[id] = msgspec.json.decode(answer.raise_for_status().content, type=type)
    return found


def _lost(ledger: Ledger, kept: Kept) -> Iterator[str]:
    there = {event.id: event for event in kept.events}
    for event_id, promise in ledger.promises.items():
        event = there.get(event_id)
        if event is None:
            yield f"I1: event {event_id} was acknowledged and is lost"
        elif Promise(_person_of(event), _session_of(event)) != promise:
            yield f"I1: event {event_id} was acknowledged for {promise} and is another's"


def _twice(ledger: Ledger, kept: Kept) -> Iterator[str]:
    for event_id, times in Counter(event.id for event in kept.events).items():
        if times > 1:
            yield f"I2: event {event_id} is kept {times} times"
    for session, owners in ledger.owners.items():
        if len(owners) > 1:
            yield f"I2: session {session} was answered for several people: {sorted(map(str, owners))}"
    for type, whose in (("profile-created", _person_of), ("session-opened", _session_of)):
        yield from invariants.twice(
            type, Counter(id for event in kept.events if event.type == type and (id := whose(event)))
        )


def _not_what_events_come_to(kept: Kept) -> Iterator[str]:
    ticks = [event for event in kept.events if event.type == TICK]
    ticks_of_people, ticks_of_sessions = Counter(map(_person_of, ticks)), Counter(map(_session_of, ticks))
    visits = Counter(_person_of(event) for event in kept.events if event.type == "visit-started")
    for id in _people_of(kept.events):
        profile = kept.profiles.get(id)
        yield from invariants.missed_visits(id, profile, visits[id])
        counted = None if profile is None else _counted(profile.stats.get("counters"))
        if counted != ticks_of_people[id]:
            yield f"I3: profile {id} counted {counted} ticks, its events come to {ticks_of_people[id]}"
    for id in _sessions_of(kept.events):
        session = kept.sessions.get(id)
        counted = None if session is None else _counted(session.traits)
        if counted != ticks_of_sessions[id]:
            yield f"I3: session {id} counted {counted} ticks, its events come to {ticks_of_sessions[id]}"


def _half_kept(ledger: Ledger, kept: Kept) -> Iterator[str]:
    there = {event.id for event in kept.events}
    yield from (f"I5: event {event_id} was refused and is kept" for event_id in sorted(ledger.refused & there))


def _counted(document: object) -> object:
    """What the rule counted in a document."""
    return document.get("ticks", 0) if isinstance(document, dict) else 0


def _people_of(events: Iterable[Event]) -> list[str]:
    return sorted({id for event in events if (id := _person_of(event)) is not None})


def _sessions_of(events: Iterable[Event]) -> list[str]:
    return sorted({id for event in events if (id := _session_of(event)) is not None})


def _person_of(event: Event) -> str | None:
    return None if event.profile is None else event.profile.id


def _session_of(event: Event) -> str | None:
    return None if event.session is None else event.session.id
