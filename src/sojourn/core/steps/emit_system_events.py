"""Emit the events that Sojourn itself has to tell: a profile was created, a session opened, a visit started.

They lie just before the event that brought them about (tracker.md R-24): 3, 2 and 1 seconds before the earliest event
of the payload when a session opens, and one microsecond before its trigger when a visit begins later.
"""

from __future__ import annotations

from datetime import timedelta

from sojourn.core import event_types
from sojourn.core.changes import TraceNote
from sojourn.core.draft import Draft, Ended, EventDraft, VisitStart
from sojourn.core.events import SentEvent
from sojourn.core.ids import ordered_id
from sojourn.core.times import MICROSECOND, SECOND

_LEAD = {
    event_types.PROFILE_CREATED: 3 * SECOND,
    event_types.SESSION_OPENED: 2 * SECOND,
    event_types.VISIT_STARTED: SECOND,
}


def emit_system_events(draft: Draft) -> Ended | None:
    """Append the system events; one that the client sent itself is not sent twice."""
    sent_types = {event.type for event in draft.kept}
    if draft.is_new_profile and draft.saves_profile and event_types.PROFILE_CREATED not in sent_types:
        _emit(draft, event_types.PROFILE_CREATED, draft.kept[0], _LEAD[event_types.PROFILE_CREATED])
    for visit in draft.visits:
        _tell_visit(draft, visit, sent_types)
    return None


def _tell_visit(draft: Draft, visit: VisitStart, sent_types: set[str]) -> None:
    if visit.opens_session and event_types.SESSION_OPENED not in sent_types:
        _emit(draft, event_types.SESSION_OPENED, visit.trigger, _LEAD[event_types.SESSION_OPENED])
    if visit.counts and visit.trigger.type != event_types.VISIT_STARTED:
        is_first = visit is draft.visits[0] and visit.trigger is draft.kept[0]
        lead = _LEAD[event_types.VISIT_STARTED] if is_first else MICROSECOND
        _emit(draft, event_types.VISIT_STARTED, visit.trigger, lead, {"trigger-event-types": sorted(sent_types)})


def _emit(
    draft: Draft, event_type: str, trigger: EventDraft, lead: timedelta, properties: dict[str, object] | None = None
) -> None:
    earliest = trigger if lead is MICROSECOND else min(draft.kept, key=lambda event: event.insert)
    event = EventDraft(trigger.index, SentEvent(type=event_type), earliest.insert - lead)
    named = event_types.type_name(event_type)
    assert named is not None, "system types are well formed"
    event.type, event.name = named
    event.create = min(event.insert, earliest.moment - lead)
    event.moment = event.create
    event.properties = properties or {}
    event.is_system = True
    event.session = trigger.session
    event.id = ordered_id(draft.submission.entropy, event.insert, len(draft.events) + len(draft.system_events))
    event.notes = [TraceNote("emit_system_events", "because-of", trigger.type)]
    draft.system_events.append(event)
