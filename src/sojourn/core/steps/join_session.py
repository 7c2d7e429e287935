"""Let the events join their session, and find out where a visit begins; `core.sessions` holds the rules."""

from __future__ import annotations

import msgspec

from sojourn.core import event_types
from sojourn.core.changes import TraceNote
from sojourn.core.contexts import time_zone_of
from sojourn.core.draft import Draft, Ended, EventDraft, VisitStart
from sojourn.core.events import ProfileMode, SessionRef
from sojourn.core.ids import derived_id
from sojourn.core.profiles import with_time_zone, with_visit
from sojourn.core.sessions import (
    Session,
    SessionStatus,
    is_over,
    new_session,
    with_beginning,
    with_context,
    with_event,
    with_next_visit,
    with_profile,
)


def join_session(draft: Draft) -> Ended | None:
    """Set the draft's session, the visits that begin, and the profile's visit count (tracker.md §4.5, R-30, R-32)."""
    session = _find_or_open(draft)
    if session is None:
        return None
    begins = draft.is_new_session or _is_taken_over(draft, session)
    session = _owned(draft, session)
    session = _told(draft, session)
    tz = time_zone_of(draft.submission.context)
    keeps_visits = draft.submission.options.save_session
    timeout_s = draft.submission.source.visit_timeout_s
    for event in draft.kept:
        is_end = event.type == event_types.VISIT_ENDED
        if keeps_visits and (begins or (not is_end and is_over(session, event.moment, timeout_s))):
            session = _begin_visit(draft, session, event)
            begins = False
        session = with_event(session, event.moment, _STATUS_AFTER.get(event.type, SessionStatus.ACTIVE))
        event.session = _reference(session, tz)
    draft.session = session
    if tz and draft.profile is not None:
        draft.profile = with_time_zone(draft.profile, tz)
    return None


_STATUS_AFTER = {
    event_types.VISIT_STARTED: SessionStatus.STARTED,
    event_types.VISIT_ENDED: SessionStatus.ENDED,
}


def _find_or_open(draft: Draft) -> Session | None:
    submission = draft.submission
    session_id = submission.session_id or (draft.earlier.session if draft.earlier else None)
    known = draft.world.session(session_id) if session_id else None
    if known is not None:
        draft.notes.append(TraceNote("join_session", "known", known.id))
        return known
    if submission.profile_mode is ProfileMode.OF_SESSION:
        return None
    if session_id is None:
        if submission.profile_mode is ProfileMode.NONE:
            return None
        session_id = derived_id(submission.entropy, "session")
    draft.is_new_session = True
    draft.notes.append(TraceNote("join_session", "opened", session_id))
    told = draft.believed(submission.session_beginning)
    session = new_session(
        session_id,
        began=draft.kept[0].moment,
        created=told.create or submission.received_at,
        channel=submission.source.channel,
    )
    return with_beginning(session, told.insert) if told.insert else session


def _owned(draft: Draft, session: Session) -> Session:
    profile = draft.profile
    if profile is None or not draft.keeps_profile or (session.profile and session.profile.id in profile.ids):
        return session
    return with_profile(session, draft.home)


def _told(draft: Draft, session: Session) -> Session:
    told = with_context(session, draft.submission.context, draft.submission.properties)
    if told is session or len(msgspec.json.encode((told.context, told.properties))) <= draft.limits.session_bytes_max:
        return told
    draft.warn("session-full", "The session can hold no more context and properties.")
    return session


def _is_taken_over(draft: Draft, session: Session) -> bool:
    """Whether a known session becomes somebody's who has no visit in it yet (R-30b, R-31).

    A session that still points to an id that was merged into this profile is the profile's own: no new visit (R-30c).
    A new profile that is not kept takes nothing over, else each request of the session would begin a visit.
    """
    if draft.profile is None or not draft.keeps_profile:
        return False
    if session.profile is None:
        return True
    return session.profile.id not in draft.profile.ids


def _begin_visit(draft: Draft, session: Session, event: EventDraft) -> Session:
    opens = draft.is_new_session and not draft.visits
    draft.visits.append(VisitStart(trigger=event, opens_session=opens, counts=draft.profile is not None))
    event.notes.append(TraceNote("join_session", "visit-started"))
    if draft.profile is not None:
        draft.profile = with_visit(draft.profile, event.moment)
    return session if opens else with_next_visit(session, event.moment)


def _reference(session: Session, tz: str | None) -> SessionRef:
    metadata = session.metadata
    return SessionRef(
        id=session.id,
        start=metadata.time.insert,
        duration=metadata.time.duration,
        tz=tz,
        status=metadata.status,
    )
