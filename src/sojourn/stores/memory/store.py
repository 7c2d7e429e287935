"""The model of a store: plain dictionaries, as simple as what every store must do.

Nothing here is fast, and nothing is durable. Where another store answers otherwise, that store is wrong. No method
waits between reading and writing, so each one is atomic, and a commit checks everything before it changes anything.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import accumulate, dropwhile
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from sojourn.core.changes import Changes, PutAside, Quarantined, RecordedEvent, SubmissionRecord, Tally
from sojourn.core.erasures import ErasureOrder, Receipt, Removed
from sojourn.core.events import Event, SessionRef
from sojourn.core.facts import SETTLED, TAKEN, EventKey, Facts, Keys, KnownEvent, settled_key
from sojourn.core.graph import ALIAS, MERGE, Edge, Merge, Review, ReviewState
from sojourn.core.identifiers.keys import is_key
from sojourn.core.ids import is_ordered_id
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile
from sojourn.core.refold import Request
from sojourn.core.sessions import ProfileRef, Session
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import StaleFacts, UnknownId
from sojourn.ports.health import StoreHealth
from sojourn.ports.records import After, Erased, EventQuery, Page, Recorded, Records, StoredEvent
from sojourn.stores.memory.catalog import MemoryCatalog
from sojourn.stores.memory.observations import MemoryObservations
from sojourn.stores.memory.pages import (
    concerns,
    is_asked,
    page,
    place_of_decision,
    place_of_event,
    place_of_quarantined,
    place_of_session,
)

Key = TypeVar("Key")
Value = TypeVar("Value")


class MemoryStore:
    """Everything that was committed, in dictionaries by id; gone with the process."""

    def __init__(self) -> None:
        self.catalog = MemoryCatalog()
        self.observations = MemoryObservations()
        self._profiles: dict[str, Profile] = {}
        self._sessions: dict[str, Session] = {}
        self._edges: dict[str, Edge] = {}
        self._merges: dict[str, Merge] = {}
        self._reviews: dict[str, Review] = {}
        self._events: dict[EventKey, RecordedEvent] = {}
        self._submissions: dict[str, SubmissionRecord] = {}
        self._event_keys: dict[EventKey, KnownEvent] = {}
        self._quarantined: dict[str, PutAside] = {}
        self._tallies: list[Tally] = []
        self._receipts: dict[str, Receipt] = {}

    async def load(self, keys: Keys) -> Facts:
        return self._facts(keys)

    async def commit(self, changes: Changes, facts: Facts) -> None:
        if self._facts(facts.keys) != facts:
            raise StaleFacts("What the changes were decided on has changed since it was loaded.")
        self._profiles.update((profile.id, profile) for profile in changes.profiles)
        self._sessions.update((session.id, session) for session in changes.sessions)
        self._edges.update((edge.id, edge) for edge in changes.edges)
        self._merges.update((merge.id, merge) for merge in changes.merges)
        for review in changes.reviews:
            if review.state == "open":
                self._reviews.setdefault(review.id, review)
            else:
                self._reviews[review.id] = review
        lapsed = [id for id in changes.lapsed if id in self._reviews and self._reviews[id].state == "open"]
        self._reviews = _without(self._reviews, lapsed)
        for recorded in changes.events:
            self._events.setdefault(_key(recorded.event), recorded)  # Events are never rewritten.
        self._submissions.update((submission.id, submission) for submission in changes.submissions)
        self._event_keys.update(changes.event_keys)
        self._quarantined.update((aside.event.id, aside) for aside in changes.quarantined)
        self._tallies.extend(changes.tallies)
        self._quarantined = _without(self._quarantined, changes.settled)

    async def room(self) -> None:
        """There is always room."""

    async def profile(self, any_id: str) -> Profile | None:
        return self._profiles.get(self._current(any_id))

    async def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    async def sessions_of(self, any_id: str, *, limit: int, after: After | None = None) -> Page[Session]:
        ids = self._ids_of(any_id)
        sessions = [session for session in self._sessions.values() if _owner(session) in ids]
        return page(sessions, place_of_session, "desc", limit, after)

    async def edges_of(self, any_id: str) -> tuple[Edge, ...]:
        ids = self._ids_of(any_id)
        edges = [edge for edge in self._edges.values() if edge.profile in ids]
        return tuple(sorted(edges, key=lambda edge: (edge.at, edge.id)))

    async def merges(self, *, limit: int, after: After | None = None) -> Page[Merge]:
        return page(self._merges.values(), place_of_decision, "desc", limit, after)

    async def merge(self, merge_id: str) -> Merge | None:
        return self._merges.get(merge_id)

    async def merges_of(self, profile_ids: Collection[str]) -> tuple[Merge, ...]:
        found = [merge for merge in self._merges.values() if concerns(merge, profile_ids)]
        return tuple(sorted(found, key=place_of_decision))

    async def reviews(
        self, *, state: ReviewState | None = None, limit: int, after: After | None = None
    ) -> Page[Review]:
        asked = [review for review in self._reviews.values() if state in (None, review.state)]
        return page(asked, place_of_decision, "desc", limit, after)

    async def review(self, review_id: str) -> Review | None:
        return self._reviews.get(review_id)

    async def oldest_open_reviews(self, *, beyond: int, limit: int) -> tuple[str, ...]:
        asked = [review for review in self._reviews.values() if review.state == "open"]
        newest_first = sorted(asked, key=place_of_decision, reverse=True)
        return tuple(review.id for review in newest_first[beyond : beyond + limit])

    async def reviews_of(self, profile_ids: Collection[str]) -> tuple[Review, ...]:
        found = [review for review in self._reviews.values() if concerns(review, profile_ids)]
        return tuple(sorted(found, key=place_of_decision))

    async def event(self, event_id: str, *, source: str | None = None) -> StoredEvent | None:
        # A dictionary keeps the order of insertion, so the first one found was kept first.
        for key, recorded in self._events.items():
            if key.id == event_id and source in (None, key.source):
                return self._stored(recorded)
        return None

    async def events(self, query: EventQuery, *, limit: int, after: After | None = None) -> Page[StoredEvent]:
        ids = self._ids_of(query.profile) if query.profile is not None else None
        asked = [recorded for recorded in self._events.values() if is_asked(recorded.event, query, ids)]
        found = page(asked, place_of_event, query.order, limit, after)
        return Page(tuple(self._stored(recorded) for recorded in found.items), found.next)

    async def recorded_under(self, profile_ids: Collection[str]) -> dict[str, Recorded]:
        events = Counter(_id_of(recorded.event.profile) for recorded in self._events.values())
        sessions = Counter(_owner(session) for session in self._sessions.values())
        return {id: Recorded(events[id], sessions[id]) for id in profile_ids if events[id] or sessions[id]}

    async def history(
        self, profile_ids: Collection[str], *, limit: int, after: str | None = None
    ) -> tuple[Request, ...]:
        asked = [record for record in self._submissions.values() if record.profile in profile_ids]
        return self._requests(asked, limit, after)

    async def requests(self, *, limit: int, after: str | None = None) -> tuple[Request, ...]:
        asked = [record for record in self._submissions.values() if record.profile is not None]
        return self._requests(asked, limit, after)

    async def requests_count(self) -> int:
        return sum(record.profile is not None for record in self._submissions.values())

    async def people(self, *, limit: int, after: str = "") -> tuple[str, ...]:
        return tuple(sorted(id for id in self._profiles if id > after and self._current(id) == id)[:limit])

    async def people_count(self) -> int:
        return sum(self._current(id) == id for id in self._profiles)

    async def outcomes(self, source: str | None = None) -> OutcomeCounts:
        counts = OutcomeCounts()
        for tally in self._tallies:
            if source in (None, tally.source):
                counts.add(tally.outcome, tally.count)
                counts.unsaved += tally.unsaved
        return counts

    async def quarantined(
        self, *, source: str | None = None, limit: int, after: After | None = None
    ) -> Page[Quarantined]:
        asked = [aside.event for aside in self._quarantined.values() if source in (None, aside.event.source)]
        return page(asked, place_of_quarantined, "desc", limit, after)

    async def put_aside(self, quarantined_id: str) -> PutAside | None:
        return self._quarantined.get(quarantined_id)

    async def oldest_put_aside(self, *, beyond: int, beyond_bytes: int, limit: int) -> tuple[str, ...]:
        events = sorted((aside.event for aside in self._quarantined.values()), key=place_of_quarantined, reverse=True)
        bytes_up_to = accumulate(len(msgspec.json.encode(event)) for event in events)
        places = enumerate(zip(events, bytes_up_to, strict=True), start=1)
        gone = [event.id for place, (event, size) in places if place > beyond or size > beyond_bytes]
        return tuple(gone[:limit])

    async def erasures(self, *, mark: str | None = None, limit: int, after: After | None = None) -> Page[Receipt]:
        asked = [receipt for receipt in self._receipts.values() if mark is None or mark in receipt.marks]
        return page(asked, place_of_decision, "desc", limit, after)

    async def erasure(self, erasure_id: str) -> Receipt | None:
        return self._receipts.get(erasure_id)

    async def erase(self, any_id: str, order: ErasureOrder | None = None) -> Erased | None:
        before = self._counts()
        erased = self._erase(any_id)
        if erased is not None and order is not None:
            removed = Removed(**{name: count - self._counts()[name] for name, count in before.items()})
            receipt = order.receipt(frozenset(erased.ids))
            self._receipts.setdefault(order.id, replace(receipt, removed=removed, state="done"))
        return erased

    def _counts(self) -> dict[str, int]:
        """How many records there are of each kind."""
        links = sum(edge.kind in (ALIAS, MERGE) for edge in self._edges.values())
        return {
            "profiles": len(self._profiles),
            "sessions": len(self._sessions),
            "events": len(self._events),
            "submissions": len(self._submissions),
            "quarantined": len(self._quarantined),
            "links": links,
            "identifiers": len(self._edges) - links,
            "merges": len(self._merges),
            "reviews": len(self._reviews),
        }

    def _erase(self, any_id: str) -> Erased | None:
        current = self._current(any_id)
        if current not in self._profiles:
            return None
        ids = self._ids_of(any_id)
        sessions = {session.id for session in self._sessions.values() if _owner(session) in ids}
        events = {
            key: recorded.event
            for key, recorded in self._events.items()
            if _is_theirs(_id_of(recorded.event.profile), _id_of(recorded.event.session), ids, sessions)
        }
        self._profiles = _without(self._profiles, ids)
        self._sessions = _without(self._sessions, sessions)
        self._events = _without(self._events, events)
        self._edges = {id: edge for id, edge in self._edges.items() if ids.isdisjoint((id, edge.profile))}
        self._merges = {id: merge for id, merge in self._merges.items() if not concerns(merge, ids)}
        self._reviews = {id: review for id, review in self._reviews.items() if not concerns(review, ids)}
        used = {recorded.event.request.id for recorded in self._events.values()}
        self._submissions = {
            id: record
            for id, record in _without(
                self._submissions, {event.request.id for event in events.values()} - used
            ).items()
            if record.profile not in ids
        }
        aside = [id for id, a in self._quarantined.items() if _is_theirs(a.profile, a.session, ids, sessions)]
        self._quarantined = _without(self._quarantined, aside)
        self._event_keys = {key: _anonymous(known, ids, sessions) for key, known in self._event_keys.items()}
        self._event_keys.update((settled_key(id), SETTLED) for id in aside)
        named = tuple(sorted(id for id in ids if not is_key(id)))
        return Erased(profile=current, ids=named, sessions=len(sessions), events=len(events))

    def failure(self) -> str | None:
        return None

    def lag_bytes(self) -> int:
        return 0

    async def broken(self) -> str:
        never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        return await never

    def _facts(self, keys: Keys) -> Facts:
        taken = {key: TAKEN for key in keys.events if key in self._events and is_ordered_id(key.id)}
        events = taken | _among(self._event_keys, keys.events)
        accepted_in = {known.session for known in events.values() if known.session is not None}
        accepted_for = {known.profile for known in events.values() if known.profile is not None}
        sessions = _among(self._sessions, keys.sessions | accepted_in)
        owners = {session.profile.id for session in sessions.values() if session.profile is not None}
        links = _among(self._edges, keys.identifiers)
        known = {edge.profile for edge in links.values()}
        current = {any_id: self._current(any_id) for any_id in keys.profiles | accepted_for | owners | known}
        homes = {any_id: self._home(any_id) for any_id in current}
        return Facts(
            keys=keys,
            sessions=sessions,
            profiles=_among(self._profiles, current.values()),
            aliases={any_id: leads_to for any_id, leads_to in current.items() if any_id != leads_to},
            homes={any_id: home for any_id, home in homes.items() if home != current[any_id]},
            links=links,
            events=events,
        )

    def _current(self, any_id: str) -> str:
        """The id that an id leads to today, link by link; itself where no link leads on."""
        edge = self._edges.get(any_id)
        return any_id if edge is None or edge.undone is not None else self._current(edge.profile)

    def _home(self, any_id: str) -> str:
        """The first profile id on the way to where an id leads; where there is none, the id that it leads to."""
        edge = self._edges.get(any_id)
        if any_id in self._profiles or edge is None or edge.undone is not None:
            return any_id
        return self._home(edge.profile)

    def _ids_of(self, any_id: str) -> frozenset[str]:
        """Every id that leads to the same person as this one."""
        current = self._current(any_id)
        return frozenset((current, *(id for id in self._edges if self._current(id) == current)))

    def _requests(self, asked: list[SubmissionRecord], limit: int, after: str | None) -> tuple[Request, ...]:
        if after is not None:
            if after not in self._submissions:
                raise UnknownId(after)
            asked = list(dropwhile(lambda record: record.id != after, asked))[1:]
        return tuple(Request(record, self._events_of(record)) for record in asked[:limit])

    def _events_of(self, record: SubmissionRecord) -> tuple[Event, ...]:
        events = (recorded.event for recorded in self._events.values())
        return tuple(
            event for event in events if event.request.id == record.id and _id_of(event.profile) == record.profile
        )

    def _stored(self, recorded: RecordedEvent) -> StoredEvent:
        submission = self._submissions.get(recorded.event.request.id)
        return StoredEvent(
            event=recorded.event,
            payload_context=submission.context if submission else {},
            headers=submission.headers if submission else {},
            received_at=submission.at if submission else None,
            trace=recorded.trace,
        )


def _among(known: Mapping[Key, Value], asked: Iterable[Key]) -> dict[Key, Value]:
    return {key: known[key] for key in asked if key in known}


def _without(known: Mapping[Key, Value], removed: Collection[Key]) -> dict[Key, Value]:
    return {key: value for key, value in known.items() if key not in removed}


def _key(event: Event) -> EventKey:
    return EventKey(event.source.id, event.id)


def _owner(session: Session) -> str | None:
    return None if session.profile is None else session.profile.id


def _id_of(reference: ProfileRef | SessionRef | None) -> str | None:
    return None if reference is None else reference.id


def _is_theirs(profile: str | None, session: str | None, ids: Collection[str], sessions: Collection[str]) -> bool:
    """Whether it was recorded under one of the ids of a person, or under none and in one of their sessions."""
    return session in sessions if profile is None else profile in ids


def _anonymous(known: KnownEvent, profiles: Collection[str], sessions: Collection[str]) -> KnownEvent:
    return replace(
        known,
        profile=None if known.profile in profiles else known.profile,
        session=None if known.session in sessions else known.session,
    )


_claims: tuple[type[CollectorStore], type[Records], type[StoreHealth]] = (MemoryStore, MemoryStore, MemoryStore)
