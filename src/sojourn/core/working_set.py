"""Facts as they move while a batch is decided, so that two requests of one person see each other.

Only the pipeline changes it, and only within one call of `decide_all`: from outside, deciding stays a pure function.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sojourn.core import profiles, sessions
from sojourn.core.changes import Changes, PutAside, RecordedEvent, SubmissionRecord, Tally
from sojourn.core.facts import SETTLED, TAKEN, EventKey, Facts, KnownEvent, settled_key
from sojourn.core.graph import Edge, Merge, Review
from sojourn.core.identifiers.keys import is_key
from sojourn.core.outcomes import Outcome
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session


class WorkingSet:
    """What is known now, and what of it has changed since the facts were loaded."""

    def __init__(self, facts: Facts) -> None:
        """Start from the facts that a store has loaded."""
        self._facts = facts
        self._homes = frozenset(facts.homes.values())
        self._profiles: dict[str, Profile] = {}
        self._sessions: dict[str, Session] = {}
        self._aliases: dict[str, str] = {}
        self._event_keys: dict[EventKey, KnownEvent] = {}
        self._events: list[RecordedEvent] = []
        self._stored: set[tuple[str, str]] = set()
        self._submissions: list[SubmissionRecord] = []
        self._edges: dict[str, Edge] = {}
        self._merges: list[Merge] = []
        self._reviews: dict[str, Review] = {}
        self._unasked: set[str] = set()
        self._quarantined: list[PutAside] = []
        self._settled: list[str] = []
        self._tallies: Counter[tuple[str, Outcome]] = Counter()
        self._unsaved: Counter[tuple[str, Outcome]] = Counter()

    def session(self, session_id: str) -> Session | None:
        """The session of that id, as it stands now."""
        return self._sessions.get(session_id) or self._facts.sessions.get(session_id)

    def profile(self, any_id: str) -> Profile | None:
        """The person that an id leads to today, as it stands now."""
        current = any_id
        while leads_to := self._aliases.get(current) or self._facts.aliases.get(current):
            current = leads_to
        return self._profiles.get(current) or self._facts.profiles.get(current)

    def home(self, any_id: str) -> str:
        """The profile id under which to record what comes with an id: the id itself, or the profile an alias is of."""
        current = any_id
        while not self._is_profile(current):
            leads_to = self._aliases.get(current) or self._facts.homes.get(current) or self._facts.aliases.get(current)
            if leads_to is None:
                break
            current = leads_to
        return current

    def link(self, key: str) -> Edge | None:
        """The link of an identifier. Whether there is one must have been asked of the store, see `unasked`."""
        edge = self._edges.get(key) or self._facts.links.get(key)
        if edge is None and key not in self._facts.keys.identifiers:
            self._unasked.add(key)
        return edge

    @property
    def unasked(self) -> frozenset[str]:
        """Keys of identifiers that turned out to matter: with one of them, the batch has to be decided again."""
        return frozenset(self._unasked)

    def known_event(self, key: EventKey) -> KnownEvent | None:
        """An event that was accepted before, in this batch or earlier."""
        known = self._event_keys.get(key) or self._facts.events.get(key)
        return TAKEN if known is None and key in self._stored else known

    def put_profile(self, profile: Profile) -> None:
        """Keep a profile that is new or has changed."""
        self._profiles[profile.id] = profile

    def put_session(self, session: Session) -> None:
        """Keep a session that is new or has changed."""
        self._sessions[session.id] = session

    def put_edge(self, edge: Edge) -> None:
        """Keep a link of the identity graph; from now on its id leads to its profile."""
        if not is_key(edge.id):  # Nobody can name a person by the key of an identifier.
            self._aliases[edge.id] = edge.profile
        self._edges[edge.id] = edge

    def put_merge(self, merge: Merge) -> None:
        """Keep that two people became one; the links that say so are put apart from it."""
        self._merges.append(merge)

    def put_review(self, review: Review) -> None:
        """Keep what was held back."""
        self._reviews.setdefault(review.id, review)

    def put_event(self, recorded: RecordedEvent) -> None:
        """Keep an event."""
        self._events.append(recorded)
        self._stored.add((recorded.event.source.id, recorded.event.id))

    def put_event_key(self, key: EventKey, known: KnownEvent) -> None:
        """Remember by what an event will be recognised when it is sent again."""
        self._event_keys[key] = known

    def put_submission(self, record: SubmissionRecord) -> None:
        """Keep what the events of one request have in common."""
        self._submissions.append(record)

    def quarantine(self, aside: PutAside) -> None:
        """Put an event aside."""
        self._quarantined.append(aside)

    def settle(self, quarantined_id: str) -> None:
        """Let an event leave the quarantine, never to be replayed again."""
        self._settled.append(quarantined_id)
        self.put_event_key(settled_key(quarantined_id), SETTLED)

    def count(self, source: str, outcome: Outcome, events: int = 1, *, unsaved: int = 0) -> None:
        """Count more events of a source that ended in this way, and how many of them are not stored."""
        self._tallies[source, outcome] += events
        if unsaved:
            self._unsaved[source, outcome] += unsaved

    def changes(self, at: datetime) -> Changes:
        """All that is to be committed, each changed document one version on from the one that was loaded."""
        return Changes(
            at=at,
            profiles=tuple(
                profiles.committed(profile, self._version_of(self._facts.profiles, profile.id), at)
                for profile in self._profiles.values()
            ),
            sessions=tuple(
                sessions.committed(session, self._version_of(self._facts.sessions, session.id), at)
                for session in self._sessions.values()
            ),
            events=tuple(self._events),
            submissions=tuple(self._submissions),
            edges=tuple(self._edges.values()),
            merges=tuple(self._merges),
            reviews=tuple(self._reviews.values()),
            event_keys=tuple(self._event_keys.items()),
            quarantined=tuple(self._quarantined),
            tallies=tuple(
                Tally(source, outcome, count, self._unsaved[source, outcome])
                for (source, outcome), count in self._tallies.items()
            ),
            settled=tuple(self._settled),
        )

    def _is_profile(self, id: str) -> bool:
        return id in self._profiles or id in self._facts.profiles or id in self._homes

    @staticmethod
    def _version_of(loaded: dict[str, Profile] | dict[str, Session], document_id: str) -> int:
        known = loaded.get(document_id)
        return known.version + 1 if known else 1
