"""What is known now: what memory holds, and the database for the rest, asked once for all that a batch misses.

Everything that the database does not have yet is in memory, so that memory, where it knows, is always the newest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import apsw

from sojourn.core.changes import Changes
from sojourn.core.facts import TAKEN, EventKey, Facts, Keys, KnownEvent
from sojourn.core.graph import Edge
from sojourn.core.ids import is_ordered_id
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.stores.embedded.database import UNREADABLE, unavailable
from sojourn.stores.embedded.documents import MISSING, Documents
from sojourn.stores.embedded.encoding import decode_profile, decode_session, edge_of, rows_of
from sojourn.stores.embedded.fresh_events import FreshEvents
from sojourn.stores.embedded.rows import Commit, EdgeRow, Erasure, EventKeyRow, EventRow, Record, event_hash
from sojourn.stores.embedded.session_texts import SessionTexts
from sojourn.stores.embedded.statements import statements

SESSION_TEXTS_MAX = 20_000
"""Sessions of which the text is remembered, beside the sessions themselves."""


class Lead(NamedTuple):
    """What an id leads to: the next id, where a link does; and the profile of the id itself."""

    next_id: str | None
    profile: Profile | None


class State:
    """The newest profiles, sessions, links and event keys."""

    def __init__(self, database: apsw.Connection, *, cached_max: int) -> None:
        """`database` only reads; `cached_max` documents of each kind are held beside those that must be."""
        self._database = database
        self._sql = statements("state")
        self._profiles: Documents[str, Profile] = Documents(cached_max)
        self._sessions: Documents[str, Session] = Documents(cached_max)
        self._links: Documents[str, str] = Documents(cached_max)
        self._identifiers: Documents[str, Edge] = Documents(cached_max)
        # Almost every key that is asked for is new, so that remembering the known ones would not help.
        self._event_keys: Documents[bytes, KnownEvent] = Documents(0)
        self._fresh_events = FreshEvents()
        self._session_texts = SessionTexts(SESSION_TEXTS_MAX)

    def facts(self, keys: Keys, as_of: int) -> Facts:
        """All that is known of these keys. Raises StoreUnavailable."""
        try:
            return self._facts(keys, as_of)
        except UNREADABLE as error:
            raise unavailable(error) from error

    def session(self, session_id: str) -> Session | None:
        """The session of that id. Raises StoreUnavailable."""
        return self.facts(Keys(sessions=frozenset((session_id,))), 0).sessions.get(session_id)

    def profile(self, any_id: str) -> Profile | None:
        """The person that an id leads to. Raises StoreUnavailable."""
        facts = self.facts(Keys(profiles=frozenset((any_id,))), 0)
        return facts.profiles.get(facts.aliases.get(any_id, any_id))

    def current_id(self, any_id: str) -> str:
        """The id that an id leads to today; itself where no link leads on. Raises StoreUnavailable."""
        return self.facts(Keys(profiles=frozenset((any_id,))), 0).aliases.get(any_id, any_id)

    def rows_of(self, changes: Changes) -> Commit:
        """The changes as they are to be written."""
        return rows_of(changes, self._session_texts)

    def apply(self, changes: Changes, rows: Commit, position: int) -> None:
        """Take in a commit that is durable up to a position; `rows` are its changes as they were written."""
        for profile in changes.profiles:
            self._profiles.change(profile.id, profile, position)
        for session in changes.sessions:
            self._sessions.change(session.id, session, position)
        self._change_links(rows.edges, position)
        self._change_event_keys(rows.event_keys, position)
        self._add_events(rows.events, position)

    def replay(self, record: Record, position: int) -> None:
        """Take in what a record of the journal says that is not in the database yet."""
        if isinstance(record, Erasure):
            self.erase(record, position)
            return
        for profile in record.profiles:
            self._profiles.change(profile.id, decode_profile(profile.doc), position)
        for session in record.sessions:
            self._sessions.change(session.id, decode_session(session.doc), position)
        self._change_links(record.edges, position)
        self._change_event_keys(record.event_keys, position)
        self._add_events(record.events, position)

    def erase(self, erasure: Erasure, position: int) -> None:
        """Forget a person whose erasure is durable up to a position."""
        for any_id in erasure.ids:
            self._profiles.change(any_id, None, position)
            self._links.change(any_id, None, position)
            self._identifiers.change(any_id, None, position)
        for session_id in erasure.sessions:
            self._sessions.change(session_id, None, position)
            self._session_texts.forget(session_id)
        self._change_event_keys(erasure.event_keys, position)

    def settle(self, position: int) -> None:
        """Let go of what must be kept no longer, since the database has everything up to a position."""
        self._profiles.settle(position)
        self._sessions.settle(position)
        self._links.settle(position)
        self._identifiers.settle(position)
        self._event_keys.settle(position)
        self._fresh_events.settle(position)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _change_links(self, edges: Iterable[EdgeRow], position: int) -> None:
        for edge in edges:
            self._links.change(edge.id, edge.profile if edge.undone is None else None, position)
            self._identifiers.change(edge.id, edge_of(edge), position)

    def _change_event_keys(self, event_keys: Iterable[EventKeyRow], position: int) -> None:
        for row in event_keys:
            self._event_keys.change(row.hash, KnownEvent(row.digest, row.profile, row.session), position)

    def _add_events(self, events: Iterable[EventRow], position: int) -> None:
        self._fresh_events.add(((row.source, row.id) for row in events), position)

    def _facts(self, keys: Keys, as_of: int) -> Facts:
        events = self._find_events(keys.events) if keys.events else {}
        accepted_in = {known.session for known in events.values() if known.session is not None}
        accepted_for = {known.profile for known in events.values() if known.profile is not None}
        sessions = self._find_sessions(keys.sessions | accepted_in)
        owners = {session.profile.id for session in sessions.values() if session.profile is not None}
        links = self._find_identifiers(keys.identifiers) if keys.identifiers else {}
        ids = keys.profiles | accepted_for | owners | {edge.profile for edge in links.values()}
        leads = self._find_leads(ids)
        current = {any_id: _end_of(leads, any_id) for any_id in ids}
        homes = {any_id: _home_of(leads, any_id) for any_id, id in current.items() if any_id != id}
        return Facts(
            keys=keys,
            sessions=sessions,
            profiles={id: profile for id in current.values() if (profile := leads[id].profile) is not None},
            aliases={any_id: id for any_id, id in current.items() if any_id != id},
            homes={any_id: home for any_id, home in homes.items() if home != current[any_id]},
            links=links,
            events=events,
            as_of=as_of,
        )

    def _find_events(self, keys: Collection[EventKey]) -> dict[EventKey, KnownEvent]:
        found = {}
        missing = {}
        for key in keys:
            hashed = event_hash(*key)
            known = self._event_keys.get(hashed)
            if known is MISSING:
                missing[hashed] = key
            elif known is not None:
                found[key] = known
        if missing:
            for hashed, digest, profile, session in self._ask("event_keys", tuple(missing)):
                found[missing[hashed]] = KnownEvent(digest, profile, session)
            unknown = [key for key in missing.values() if is_ordered_id(key.id) and key not in found]
            found.update(dict.fromkeys(self._taken(unknown), TAKEN))
        return found

    def _taken(self, keys: Collection[EventKey]) -> set[EventKey]:
        """The keys under which there is an event. Only ids of our own form come here: for others a look costs much."""
        taken = {key for key in keys if key in self._fresh_events}
        asked = {key for key in keys if key not in taken}
        if asked:
            stored = self._ask("taken", tuple({key.id for key in asked}))
            taken.update(asked.intersection(EventKey(source, id) for source, id in stored))
        return taken

    def _find_sessions(self, ids: Collection[str]) -> dict[str, Session]:
        found, missing = self._sessions.among(ids)
        if missing:
            for id, doc in self._ask("sessions", tuple(missing)):
                session = found[id] = decode_session(doc)
                self._sessions.learn(id, session)
        return found

    def _find_identifiers(self, keys: Collection[str]) -> dict[str, Edge]:
        found, missing = self._identifiers.among(keys)
        if missing:
            stored = {row[0]: edge_of(EdgeRow(*row)) for row in self._ask("links", tuple(missing))}
            for key in missing:
                self._identifiers.learn(key, stored.get(key))
            found.update(stored)
        return found

    def _find_leads(self, ids: Collection[str]) -> dict[str, Lead]:
        """Where these ids lead to, and where those lead to in turn."""
        leads: dict[str, Lead] = {}
        asked = ids
        while asked:
            leads.update(self._look_up(asked))
            asked = {lead.next_id for lead in leads.values() if lead.next_id is not None} - leads.keys()
        return leads

    def _look_up(self, ids: Collection[str]) -> dict[str, Lead]:
        found = {}
        missing = []
        for id in ids:
            next_id = self._links.get(id)
            profile = self._profiles.get(id)
            if next_id is MISSING or profile is MISSING:
                missing.append(id)
            else:
                found[id] = Lead(next_id, profile)
        if missing:
            for id, stored_next_id, doc in self._ask("people", tuple(missing)):
                found[id] = self._learn_lead(id, stored_next_id, doc)
        return found

    def _learn_lead(self, id: str, stored_next_id: str | None, doc: bytes | None) -> Lead:
        # One of the two may be in memory, and newer there.
        next_id = self._links.get(id)
        if next_id is MISSING:
            next_id = stored_next_id
            self._links.learn(id, next_id)
        profile = self._profiles.get(id)
        if profile is MISSING:
            profile = decode_profile(doc) if doc is not None else None
            self._profiles.learn(id, profile)
        return Lead(next_id, profile)

    def _ask(self, statement: str, keys: tuple[str, ...] | tuple[bytes, ...]) -> apsw.Cursor:
        return self._database.execute(self._sql[statement], (apsw.carray(keys),))


def _home_of(leads: Mapping[str, Lead], any_id: str) -> str:
    """The first profile id on the way to where an id leads; where there is none, the id that it leads to."""
    id = any_id
    while (lead := leads[id]).profile is None and lead.next_id is not None:
        id = lead.next_id
    return id


def _end_of(leads: Mapping[str, Lead], any_id: str) -> str:
    id = any_id
    for _ in leads:
        next_id = leads[id].next_id
        if next_id is None:
            return id
        id = next_id
    raise AssertionError(f"the links from {any_id!r} go round in a circle")
