"""The model of a store: plain dictionaries, as simple as what every store must do.

Nothing here is fast, and nothing is durable. Where another store answers otherwise, that store is wrong. No method
waits between reading and writing, so each one is atomic, and a commit checks everything before it changes anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeVar

from msgspec.structs import replace

from sojourn.core.changes import Changes, Edge, PutAside, Quarantined, RecordedEvent, SubmissionRecord, Tally
from sojourn.core.events import Event, SessionRef
from sojourn.core.facts import TAKEN, EventKey, Facts, Keys, KnownEvent
from sojourn.core.ids import is_ordered_id
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule, RuleVersion, says_the_same
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile
from sojourn.core.sessions import ProfileRef, Session
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.ports.catalog import Catalog
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import AlreadyExists, StaleFacts, UnknownId
from sojourn.ports.health import StoreHealth
from sojourn.ports.records import After, Erased, EventQuery, Page, Records, StoredEvent

Key = TypeVar("Key")
Value = TypeVar("Value")
Item = TypeVar("Item")


class MemoryStore:
    """Everything that was committed, in dictionaries by id; gone with the process."""

    def __init__(self) -> None:
        self.catalog = MemoryCatalog()
        self._profiles: dict[str, Profile] = {}
        self._sessions: dict[str, Session] = {}
        self._edges: dict[str, Edge] = {}
        self._events: dict[EventKey, RecordedEvent] = {}
        self._submissions: dict[str, SubmissionRecord] = {}
        self._event_keys: dict[EventKey, KnownEvent] = {}
        self._quarantined: dict[str, PutAside] = {}
        self._tallies: list[Tally] = []

    async def load(self, keys: Keys) -> Facts:
        return self._facts(keys)

    async def commit(self, changes: Changes, facts: Facts) -> None:
        if self._facts(facts.keys) != facts:
            raise StaleFacts("What the changes were decided on has changed since it was loaded.")
        self._profiles.update((profile.id, profile) for profile in changes.profiles)
        self._sessions.update((session.id, session) for session in changes.sessions)
        self._edges.update((edge.id, edge) for edge in changes.edges)
        for recorded in changes.events:
            self._events.setdefault(_key(recorded.event), recorded)  # Events are never rewritten.
        self._submissions.update((submission.id, submission) for submission in changes.submissions)
        self._event_keys.update(changes.event_keys)
        self._quarantined.update((aside.event.id, aside) for aside in changes.quarantined)
        self._tallies.extend(changes.tallies)

    async def room(self) -> None:
        """There is always room."""

    async def profile(self, any_id: str) -> Profile | None:
        return self._profiles.get(self._current(any_id))

    async def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    async def sessions_of(self, any_id: str, *, limit: int, after: After | None = None) -> Page[Session]:
        ids = self._ids_of(any_id)
        sessions = [session for session in self._sessions.values() if _owner(session) in ids]
        return _page(sessions, _place_of_session, "desc", limit, after)

    async def edges_of(self, any_id: str) -> tuple[Edge, ...]:
        ids = self._ids_of(any_id)
        edges = [edge for edge in self._edges.values() if edge.profile in ids]
        return tuple(sorted(edges, key=lambda edge: (edge.at, edge.id)))

    async def event(self, event_id: str, *, source: str | None = None) -> StoredEvent | None:
        # A dictionary keeps the order of insertion, so the first one found was kept first.
        for key, recorded in self._events.items():
            if key.id == event_id and source in (None, key.source):
                return self._stored(recorded)
        return None

    async def events(self, query: EventQuery, *, limit: int, after: After | None = None) -> Page[StoredEvent]:
        ids = self._ids_of(query.profile) if query.profile is not None else None
        asked = [recorded for recorded in self._events.values() if _is_asked(recorded.event, query, ids)]
        page = _page(asked, _place_of_event, query.order, limit, after)
        return Page(tuple(self._stored(recorded) for recorded in page.items), page.next)

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
        return _page(asked, _place_of_quarantined, "desc", limit, after)

    async def erase(self, any_id: str) -> Erased | None:
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
        used = {recorded.event.request.id for recorded in self._events.values()}
        self._submissions = _without(self._submissions, {event.request.id for event in events.values()} - used)
        self._quarantined = {
            id: aside
            for id, aside in self._quarantined.items()
            if not _is_theirs(aside.profile, aside.session, ids, sessions)
        }
        self._event_keys = {key: _anonymous(known, ids, sessions) for key, known in self._event_keys.items()}
        return Erased(profile=current, ids=tuple(sorted(ids)), sessions=len(sessions), events=len(events))

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
        current = {any_id: self._current(any_id) for any_id in keys.profiles | accepted_for | owners}
        return Facts(
            keys=keys,
            sessions=sessions,
            profiles=_among(self._profiles, current.values()),
            aliases={any_id: leads_to for any_id, leads_to in current.items() if any_id != leads_to},
            events=events,
        )

    def _current(self, any_id: str) -> str:
        """The id that an id leads to today, link by link; itself where no link leads on."""
        edge = self._edges.get(any_id)
        return any_id if edge is None or edge.undone is not None else self._current(edge.profile)

    def _ids_of(self, any_id: str) -> frozenset[str]:
        """Every id that leads to the same person as this one."""
        current = self._current(any_id)
        return frozenset((current, *(id for id in self._edges if self._current(id) == current)))

    def _stored(self, recorded: RecordedEvent) -> StoredEvent:
        submission = self._submissions.get(recorded.event.request.id)
        return StoredEvent(
            event=recorded.event,
            payload_context=submission.context if submission else {},
            headers=submission.headers if submission else {},
            trace=recorded.trace,
        )


class MemoryCatalog:
    """What people configure, in dictionaries by id; gone with the process."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._secrets: dict[str, str] = {}
        self._redirects: dict[str, Redirect] = {}
        self._keys: dict[str, ApiKey] = {}
        self._key_ids: dict[str, str] = {}
        self._versions: dict[str, list[RuleVersion]] = {}
        self._event_types: dict[str, EventType] = {}
        self._revision = 0

    def source(self, source_id: str) -> Source | None:
        return self._sources.get(source_id)

    def sources(self) -> tuple[Source, ...]:
        return _by_id(self._sources)

    def source_secret(self, source_id: str) -> str | None:
        return self._secrets.get(source_id)

    def has_secret(self, secret_sha256: str) -> bool:
        return secret_sha256 in self._secrets.values()

    async def add_source(self, source: Source, secret_sha256: str | None = None) -> None:
        _add(self._sources, source.id, source)
        if secret_sha256 is not None:
            self._secrets[source.id] = secret_sha256

    async def put_source(self, source: Source) -> bool:
        return _put(self._sources, source.id, source)

    async def put_source_secret(self, source_id: str, secret_sha256: str) -> None:
        if source_id not in self._sources:
            raise UnknownId(f"There is no source {source_id!r}.")
        self._secrets[source_id] = secret_sha256

    async def remove_source(self, source_id: str) -> bool:
        self._secrets.pop(source_id, None)
        return self._sources.pop(source_id, None) is not None

    def redirect(self, redirect_id: str) -> Redirect | None:
        return self._redirects.get(redirect_id)

    def redirects(self) -> tuple[Redirect, ...]:
        return _by_id(self._redirects)

    async def add_redirect(self, redirect: Redirect) -> None:
        _add(self._redirects, redirect.id, redirect)

    async def put_redirect(self, redirect: Redirect) -> bool:
        return _put(self._redirects, redirect.id, redirect)

    async def remove_redirect(self, redirect_id: str) -> bool:
        return self._redirects.pop(redirect_id, None) is not None

    def key_of(self, token_sha256: str) -> ApiKey | None:
        key_id = self._key_ids.get(token_sha256)
        return None if key_id is None else self._keys.get(key_id)

    def keys(self) -> tuple[ApiKey, ...]:
        return _by_id(self._keys)

    async def add_key(self, key: ApiKey, token_sha256: str) -> None:
        if self.key_of(token_sha256) is not None:
            raise AlreadyExists("Another key has this token.")
        _add(self._keys, key.id, key)
        self._key_ids[token_sha256] = key.id

    async def remove_key(self, key_id: str) -> bool:
        self._key_ids = {token: id for token, id in self._key_ids.items() if id != key_id}
        return self._keys.pop(key_id, None) is not None

    def rules_revision(self) -> int:
        return self._revision

    def mapping(self, mapping_id: str) -> MappingRule | None:
        versions = self._versions.get(mapping_id)
        return versions[-1].rule if versions and versions[-1].until is None else None

    def mappings(self) -> tuple[MappingRule, ...]:
        found = (self.mapping(id) for id in sorted(self._versions))
        return tuple(rule for rule in found if rule is not None)

    async def add_mapping(self, rule: MappingRule, at: datetime) -> None:
        if self.mapping(rule.id) is not None:
            raise AlreadyExists(f"{rule.id!r} exists.")
        await self.put_mapping(rule, at)

    async def put_mapping(self, rule: MappingRule, at: datetime) -> bool:
        former = self.mapping(rule.id)
        if former is None or not says_the_same(rule, former):
            self._end_mapping(rule.id, at)
            versions = self._versions.setdefault(rule.id, [])
            versions.append(RuleVersion(rule=replace(rule, version=len(versions) + 1), since=at))
            self._revision += 1
        return former is None

    async def remove_mapping(self, mapping_id: str, at: datetime) -> bool:
        if self.mapping(mapping_id) is None:
            return False
        self._end_mapping(mapping_id, at)
        self._revision += 1
        return True

    async def mapping_history(self, mapping_id: str) -> tuple[RuleVersion, ...]:
        return tuple(reversed(self._versions.get(mapping_id, ())))

    def event_type(self, type_id: str) -> EventType | None:
        return self._event_types.get(type_id)

    def event_types(self) -> tuple[EventType, ...]:
        return _by_id(self._event_types)

    async def add_event_type(self, event_type: EventType) -> None:
        _add(self._event_types, event_type.id, event_type)
        self._revision += 1

    async def put_event_type(self, event_type: EventType) -> bool:
        self._revision += 1
        return _put(self._event_types, event_type.id, event_type)

    async def remove_event_type(self, type_id: str) -> bool:
        self._revision += type_id in self._event_types
        return self._event_types.pop(type_id, None) is not None

    def _end_mapping(self, mapping_id: str, at: datetime) -> None:
        if self.mapping(mapping_id) is not None:
            versions = self._versions[mapping_id]
            versions[-1] = replace(versions[-1], until=at)


def _among(known: Mapping[Key, Value], asked: Iterable[Key]) -> dict[Key, Value]:
    return {key: known[key] for key in asked if key in known}


def _without(known: Mapping[Key, Value], removed: Collection[Key]) -> dict[Key, Value]:
    return {key: value for key, value in known.items() if key not in removed}


def _by_id(known: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(known[id] for id in sorted(known))


def _add(known: dict[str, Value], id: str, value: Value) -> None:
    if id in known:
        raise AlreadyExists(f"{id!r} exists.")
    known[id] = value


def _put(known: dict[str, Value], id: str, value: Value) -> bool:
    is_new = id not in known
    known[id] = value
    return is_new


def _key(event: Event) -> EventKey:
    return EventKey(event.source.id, event.id)


def _owner(session: Session) -> str | None:
    return None if session.profile is None else session.profile.id


def _recorded_under(event: Event, ids: Collection[str]) -> bool:
    return event.profile is not None and event.profile.id in ids


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


def _is_asked(event: Event, query: EventQuery, ids: Collection[str] | None) -> bool:
    moment = event.metadata.time.insert
    return (
        (query.session is None or (event.session is not None and event.session.id == query.session))
        and (ids is None or _recorded_under(event, ids))
        and query.source in (None, event.source.id)
        and query.type in (None, event.type)
        and (query.since is None or query.since <= moment)
        and (query.until is None or moment < query.until)
    )


def _place_of_event(recorded: RecordedEvent) -> After:
    event = recorded.event
    return After(event.metadata.time.insert, event.id, event.source.id)


def _place_of_session(session: Session) -> After:
    return After(session.metadata.time.insert, session.id)


def _place_of_quarantined(quarantined: Quarantined) -> After:
    return After(quarantined.at, quarantined.id)


def _page(
    found: Iterable[Item],
    place: Callable[[Item], After],
    order: Literal["desc", "asc"],
    limit: int,
    after: After | None,
) -> Page[Item]:
    """The first `limit` items that lie beyond `after` in this order."""
    is_descending = order == "desc"
    ordered = sorted(found, key=place, reverse=is_descending)
    if after is not None:
        ordered = [item for item in ordered if (place(item) < after if is_descending else place(item) > after)]
    items = tuple(ordered[:limit])
    return Page(items, place(items[-1]) if len(ordered) > limit else None)


_claims: tuple[type[CollectorStore], type[Records], type[StoreHealth]] = (MemoryStore, MemoryStore, MemoryStore)
_catalog_claims: type[Catalog] = MemoryCatalog
