"""Sessions and visits: when one ends and the next begins. By event time only (tracker.md §4.5, R-32).

The client decides what a session is by naming it; each new session is one visit. Within a session a further visit
begins after `visit-ended`, after the source's `visit_timeout_s` of inactivity, and when a profile takes the session
over.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

RESERVED_CONTEXT = ("ip", "language", "language_codes")
"""Keys of a session's context that only the server may write (tracker.md R-16)."""

RULES_WRITE = ("device", "traits", "aux")
"""The parts of a session that rules write."""


class SessionStatus(StrEnum):
    """Where the visit under way stands."""

    STARTED = "started"
    ACTIVE = "active"
    ENDED = "ended"


class SessionVisit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The visit under way: its first and its latest event, and how long the visits before it lasted."""

    start: datetime
    last: datetime
    count: int = 1
    earlier_s: float = 0


class SessionTime(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The moments of a session."""

    insert: datetime
    """When its first event happened."""
    create: datetime
    """When it was made here."""
    visit: SessionVisit
    update: datetime | None = None
    timestamp: float = 0
    """`insert` as seconds since 1970."""
    duration: float = 0
    """Seconds between the first and the last event of each visit, added up: pauses between visits do not count."""
    weekday: int = 0
    """Of `insert`, Monday is 0."""


class SessionMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known about the session itself."""

    time: SessionTime
    channel: str | None = None
    status: SessionStatus = SessionStatus.STARTED
    aux: dict[str, object] = {}


class ProfileRef(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Whose it is."""

    id: str
    primary_id: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One stay of one person; field names are those of tracker.md §5.2."""

    id: str
    metadata: SessionMetadata
    profile: ProfileRef | None = None
    device: dict[str, object] = {}
    os: dict[str, object] = {}
    app: dict[str, object] = {}
    utm: dict[str, object] = {}
    context: dict[str, object] = {}
    properties: dict[str, object] = {}
    traits: dict[str, object] = {}
    aux: dict[str, object] = {}
    version: int = 0
    """How often it was committed."""


def new_session(session_id: str, *, began: datetime, created: datetime, channel: str | None) -> Session:
    """A session whose first event happened at `began`."""
    time = SessionTime(
        insert=began,
        create=created,
        visit=SessionVisit(start=began, last=began),
        timestamp=began.timestamp(),
        weekday=began.weekday(),
    )
    return Session(id=session_id, metadata=SessionMetadata(time=time, channel=channel))


def with_beginning(session: Session, began: datetime) -> Session:
    """The session as one that began at this moment, if that lies before all that is known of it."""
    time = session.metadata.time
    if began >= time.insert:
        return session
    time = replace(time, insert=began, timestamp=began.timestamp(), weekday=began.weekday())
    return replace(session, metadata=replace(session.metadata, time=time))


def is_over(session: Session, moment: datetime, timeout_s: int | None) -> bool:
    """Whether an event at `moment` can no longer belong to the visit under way."""
    if session.metadata.status is SessionStatus.ENDED:
        return True
    return timeout_s is not None and (moment - session.metadata.time.visit.last).total_seconds() > timeout_s


def with_next_visit(session: Session, began: datetime) -> Session:
    """The session after a further visit began; the pause before it does not count into its duration."""
    time = session.metadata.time
    visit = SessionVisit(start=began, last=began, count=time.visit.count + 1, earlier_s=time.duration)
    metadata = replace(session.metadata, time=replace(time, visit=visit), status=SessionStatus.STARTED)
    return replace(session, metadata=metadata)


def with_event(session: Session, moment: datetime, status: SessionStatus) -> Session:
    """The session after an event at `moment`, which may be earlier than those seen so far."""
    metadata = session.metadata
    time = metadata.time
    visit = time.visit
    if visit.start <= moment <= visit.last:
        return session if metadata.status is status else replace(session, metadata=replace(metadata, status=status))
    visit = replace(visit, start=min(visit.start, moment), last=max(visit.last, moment))
    duration = visit.earlier_s + (visit.last - visit.start).total_seconds()
    if moment < time.insert:
        time = replace(time, insert=moment, timestamp=moment.timestamp(), weekday=moment.weekday())
    return replace(
        session, metadata=replace(metadata, time=replace(time, visit=visit, duration=duration), status=status)
    )


def with_profile(session: Session, profile_id: str) -> Session:
    """The session as that profile's."""
    return replace(session, profile=ProfileRef(profile_id))


def with_context(session: Session, context: dict[str, object], properties: dict[str, object]) -> Session:
    """The session with what the payload tells of it; the first value of each key that says anything wins (R-16)."""
    merged_context = first_wins(session.context, context, RESERVED_CONTEXT)
    merged_properties = first_wins(session.properties, properties)
    if merged_context is session.context and merged_properties is session.properties:
        return session
    return replace(session, context=merged_context, properties=merged_properties)


def first_wins(known: dict[str, object], told: dict[str, object], reserved: tuple[str, ...] = ()) -> dict[str, object]:
    """`known` with those keys of `told` of which it says nothing yet; `known` itself when there are none."""
    news = {
        key: value
        for key, value in told.items()
        if known.get(key) in _NOTHING and value not in _NOTHING and key not in reserved
    }
    return {**known, **news} if news else known


def committed(session: Session, version: int, at: datetime) -> Session:
    """The session as it is written: with its new version and the moment of the change."""
    time = replace(session.metadata.time, update=at)
    return replace(session, version=version, metadata=replace(session.metadata, time=time))


_NOTHING: tuple[object, ...] = (None, "", {}, [])
