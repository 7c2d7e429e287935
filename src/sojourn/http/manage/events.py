"""Events: what happened, and what each step of the pipeline made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from msgspec.structs import asdict

from sojourn.core.changes import TraceNote, readable
from sojourn.core.events import Event, RequestRef, effective_context
from sojourn.core.mapping.change import Copied
from sojourn.core.pipeline import STEP_NAMES
from sojourn.http.manage.changes import FieldChange, field_change
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.times import moment_of
from sojourn.ports.records import EventQuery, StoredEvent

SourceOfId = Annotated[
    str | None,
    QueryParameter(description="The source, where several used the same event id; else the first."),
]


class RequestAnswer(RequestRef, frozen=True):
    """The submission that brought the event, with those of its headers that are kept."""

    headers: dict[str, str]


class EventAnswer(Event, frozen=True, kw_only=True):
    """An event. `effective_context` is the payload's context, overridden per top-level key by the event's own."""

    request: RequestAnswer
    effective_context: dict[str, object]


class NoteAnswer(msgspec.Struct, frozen=True):
    """One thing that a step did: a stable code and, where it helps, the value that it worked with, or the change."""

    code: str
    detail: str | FieldChange


class StepAnswer(msgspec.Struct, frozen=True):
    """One step of the pipeline and what it did to the event; without notes, it had nothing to do."""

    step: str
    notes: tuple[NoteAnswer, ...]


class Trace(msgspec.Struct, frozen=True):
    """What each step of the pipeline did to an event, in the order in which they run."""

    event: str
    source: str
    steps: tuple[StepAnswer, ...]


@get("/events", needs="read")
async def list_events(  # noqa: PLR0913  The parameters of the route, each of them asked for by name.
    parts: Given,
    *,
    session: Annotated[str | None, QueryParameter(description="Only events of this session.")] = None,
    profile: Annotated[str | None, QueryParameter(description="Only events of this person, by any id.")] = None,
    source: Annotated[str | None, QueryParameter(description="Only events from this source.")] = None,
    type: Annotated[str | None, QueryParameter(description="Only events of this type.")] = None,
    since: Annotated[str | None, QueryParameter(name="from", description="From this time on, RFC 3339.")] = None,
    until: Annotated[str | None, QueryParameter(name="to", description="Before this time, RFC 3339.")] = None,
    order: Annotated[Literal["desc", "asc"], QueryParameter(description="Newest or oldest first.")] = "desc",
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[EventAnswer]:
    """List events. Order, `from` (inclusive) and `to` (exclusive) go by `metadata.time.insert`, then by id.

    All that is given must hold. An event that was acknowledged is in the next answer.
    """
    query = EventQuery(
        session=session,
        profile=profile,
        source=source,
        type=type,
        since=moment_of("from", since),
        until=moment_of("to", until),
        order=order,
    )
    return listing(
        await parts.records.events(query, limit=items_max(limit, parts.limits), after=place_of(cursor)), shown
    )


@get("/events/{event_id:str}", needs="read")
async def read_event(event_id: FromPath[str], parts: Given, source: SourceOfId = None) -> EventAnswer:
    """Read an event."""
    return shown(await _known(event_id, source, parts))


@get("/events/{event_id:str}/trace", needs="read")
async def read_trace(event_id: FromPath[str], parts: Given, source: SourceOfId = None) -> Trace:
    """Read what each step of the pipeline did to an event."""
    stored = await _known(event_id, source, parts)
    trace = tuple(readable(stored.trace, stored.event))
    # A step that an earlier release had is shown after those of today, rather than left out.
    names = dict.fromkeys([*STEP_NAMES, *(note.step for note in trace)])
    steps = (StepAnswer(name, tuple(_shown_note(note) for note in trace if note.step == name)) for name in names)
    return Trace(stored.event.id, stored.event.source.id, tuple(steps))


HANDLERS = (list_events, read_event, read_trace)


def shown(stored: StoredEvent) -> EventAnswer:
    """An event as it is answered."""
    event = stored.event
    told: dict[str, Any] = asdict(event)
    told["request"] = RequestAnswer(event.request.id, stored.headers)
    return EventAnswer(**told, effective_context=effective_context(stored.payload_context, event.context))


def _shown_note(note: TraceNote) -> NoteAnswer:
    detail = note.detail
    assert not isinstance(detail, Copied), "a readable trace tells each change by itself"
    return NoteAnswer(note.code, detail if isinstance(detail, str) else field_change(detail))


async def _known(event_id: str, source: str | None, parts: Parts) -> StoredEvent:
    stored = await parts.records.event(event_id, source=source)
    if stored is None:
        raise unknown("event")
    return stored
