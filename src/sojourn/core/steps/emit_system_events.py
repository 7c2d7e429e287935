"""Emit the events that Sojourn itself has to tell: a profile was created, a session opened, a visit started.

They lie just before what brought them about (tracker.md R-24): 3, 2 and 1 seconds before the first event of a payload
that opens a session; in a session that goes on, as many microseconds, so that they stay behind what came before.
"""

from __future__ import annotations

from sojourn.core import event_types
from sojourn.core.changes import TraceNote
from sojourn.core.draft import Draft, Ended, EventDraft
from sojourn.core.events import SentEvent
from sojourn.core.ids import ordered_id
from sojourn.core.times import MICROSECOND, SECOND

_STEPS_AHEAD = {event_types.PROFILE_CREATED: 3, event_types.SESSION_OPENED: 2, event_types.VISIT_STARTED: 1}


def emit_system_events(draft: Draft) -> Ended | None:
    """Append the system events; one that the client sent itself is not sent twice."""
    if not draft.visits and not draft.is_new_profile:
        return None
    kept = draft.kept
    sent_types = {event.type for event in kept}
    opening = min(kept, key=lambda event: event.insert) if draft.is_new_session else None
    if draft.is_new_profile and draft.saves_profile and event_types.PROFILE_CREATED not in sent_types:
        _emit(draft, event_types.PROFILE_CREATED, kept[0], opening)
    for visit in draft.visits:
        opened = opening if visit.trigger is kept[0] else None
        if visit.opens_session and event_types.SESSION_OPENED not in sent_types:
            _emit(draft, event_types.SESSION_OPENED, visit.trigger, opened)
        if visit.counts and visit.trigger.type != event_types.VISIT_STARTED:
            _emit(draft, event_types.VISIT_STARTED, visit.trigger, opened, {"trigger-event-types": sorted(sent_types)})
    return None


def _emit(
    draft: Draft,
    event_type: str,
    trigger: EventDraft,
    opening: EventDraft | None,
    properties: dict[str, object] | None = None,
) -> None:
    """Emit an event because of `trigger`; `opening` is the first event of the session that this opens."""
    earliest = opening or trigger
    lead = _STEPS_AHEAD[event_type] * (SECOND if opening else MICROSECOND)
    event = EventDraft(trigger.index, SentEvent(type=event_type), earliest.insert - lead)
    named = event_types.type_name(event_type)
    assert named is not None, "system types are well formed"
    event.type, event.name = named
    event.create = min(event.insert, earliest.moment - lead)
    event.moment = event.create
    event.properties = properties or {}
    event.is_system = True
    event.session = trigger.session
    position = draft.submission.event_count + len(draft.system_events)
    event.id = ordered_id(draft.submission.entropy, draft.submission.received_at, position)
    event.notes = [TraceNote("emit_system_events", "because-of", trigger.type)]
    draft.system_events.append(event)
