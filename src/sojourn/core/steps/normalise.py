"""Bring what was sent into its one form: type, times, tags, options (tracker.md R-18, R-22, R-23, R-25 to R-28).

What must never be kept, such as card numbers, is hidden here, before any other step sees it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from sojourn.core.changes import TraceNote
from sojourn.core.draft import Draft, Ended, EventDraft
from sojourn.core.event_types import type_name
from sojourn.core.events import Problem, SentTime, moment_told
from sojourn.core.mapping.masks import masked
from sojourn.core.outcomes import QUARANTINED_SHAPE, QUARANTINED_TIME
from sojourn.core.times import is_possible, parse_time

INTERNAL_OPTIONS = ("source_id", "scheduledFlowId", "scheduledNodeId")
"""Options that no client may set (tracker.md R-28)."""


def normalise(draft: Draft) -> Ended | None:
    """Fill the drafts of the events."""
    submission = draft.submission
    sent_at = submission.sent_at
    skew = submission.received_at - sent_at if sent_at is not None and is_possible(sent_at) else None
    for event in draft.events:
        _name(draft, event)
        _mask(draft, event)
        if event.sent.time is not None and event.is_kept:
            _date(draft, event, event.sent.time, skew)
        _label(draft, event)
    return None


def _name(draft: Draft, event: EventDraft) -> None:
    named = type_name(event.sent.type)
    if named is None:
        msg = "Event type can not be empty, nor hold characters that cannot be seen."
        problem = Problem(event=event.index, code="value_error", loc=("body", "events", event.index, "type"), msg=msg)
        draft.fail(event, QUARANTINED_SHAPE, problem)
    else:
        event.type, event.name = named
        if event.type != event.sent.type:
            event.notes.append(TraceNote("normalise", "type-rewritten", event.sent.type))


def _mask(draft: Draft, event: EventDraft) -> None:
    masks = draft.ruleset.masks_of(event.type)
    if masks and event.properties:
        event.properties = masked(event.properties, masks)
        event.sent = replace(event.sent, properties=event.properties)


def _date(draft: Draft, event: EventDraft, sent: SentTime, skew: timedelta | None) -> None:
    told: dict[str, datetime] = {}
    for field in _MOMENTS:
        written = getattr(sent, field)
        if written is None:
            continue
        moment = parse_time(written)
        if moment is not None and skew is not None and field == "create" and is_possible(moment):
            moment += skew
            event.notes.append(TraceNote("normalise", "clock-corrected", f"{skew.total_seconds():+.3f} s"))
        if moment is None or not is_possible(moment):
            draft.fail(event, QUARANTINED_TIME, _unusable_time(event, field, is_readable=moment is not None))
            return
        told[field] = _not_ahead(draft, event, field, moment)
    if "insert" in told:
        _insert(draft, event, told)
    event.create = told.get("create")
    event.update = told.get("update")
    received_at = draft.submission.received_at
    event.moment = moment_told(event.insert, event.create, received_at)
    late_s = draft.limits.late_s if draft.submission.source.trust == "public" else draft.limits.server_late_s
    event.is_late = (received_at - event.moment).total_seconds() > late_s


_MOMENTS = ("insert", "create", "update")


def _insert(draft: Draft, event: EventDraft, told: dict[str, datetime]) -> None:
    """Believe the client when the event came, or take that for when it was made."""
    if not draft.submission.source.historical_time:
        told.setdefault("create", told["insert"])
        event.notes.append(TraceNote("normalise", "insert-not-trusted"))
    elif told["insert"] != event.insert:
        event.insert = told["insert"]
        event.notes.append(TraceNote("normalise", "insert-as-told"))


def _not_ahead(draft: Draft, event: EventDraft, field: str, moment: datetime) -> datetime:
    if (moment - draft.submission.received_at).total_seconds() <= draft.limits.clock_ahead_s_max:
        return moment
    loc = ("body", "events", event.index, "time", field)
    event.notes.append(TraceNote("normalise", "future-time", field))
    draft.warn(
        "future-time", "The time lies ahead of its arrival; the arrival time was taken.", event=event.index, loc=loc
    )
    return event.insert


def _unusable_time(event: EventDraft, field: str, *, is_readable: bool) -> Problem:
    loc = ("body", "events", event.index, "time", field)
    if is_readable:
        return Problem(event=event.index, code="time", loc=loc, msg="The time lies outside the years 1970 to 2100.")
    return Problem(event=event.index, code="datetime_parsing", loc=loc, msg="Input should be a valid datetime.")


def _label(draft: Draft, event: EventDraft) -> None:
    sent = event.sent
    submission = draft.submission
    if sent.tags or submission.tags:
        event.tags = tuple(dict.fromkeys((*(sent.tags or ()), *submission.tags)))
        if len(event.tags) != len(sent.tags or ()):
            event.notes.append(TraceNote("normalise", "tags-united"))
    event.save = submission.options.save_events
    options = sent.options
    if not options:
        return
    event.config = {key: value for key, value in options.items() if key not in INTERNAL_OPTIONS}
    for alias in ("save", "saveEvents", "saveEvent"):
        if isinstance(options.get(alias), bool):
            event.save = bool(options[alias])
