"""What a batch changes in the world: everything of it is committed together, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from sojourn.core.contributions import NO_CONTRIBUTION, Contribution
from sojourn.core.events import Event
from sojourn.core.facts import EventKey, KnownEvent
from sojourn.core.graph import Edge, Merge, Review
from sojourn.core.mapping.change import Change, Copied, spelt_out
from sojourn.core.outcomes import Outcome
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.core.sources import EntryKind


class TraceNote(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one step did to an event, in a stable code and, where it helps, the value it worked with or the change."""

    step: str
    code: str
    detail: str | Change | Copied = ""


def note_of(step: str, change: Change | Copied) -> TraceNote:
    """What a step tells of a change that a rule made."""
    return TraceNote(step, change.op.value if isinstance(change, Change) else "copied", change)


def readable(trace: Iterable[TraceNote], event: Event) -> Iterator[TraceNote]:
    """The trace of an event with each change by itself, and with its values."""
    for note in trace:
        if isinstance(note.detail, Copied):
            yield from (note_of(note.step, change) for change in spelt_out(note.detail, event.properties))
        else:
            yield note


class RecordedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event with the notes of the steps that it went through."""

    event: Event
    trace: tuple[TraceNote, ...] = ()
    doc: bytes = b""
    """The event as JSON, if that was made already: while it is in the nearer caches, it takes a quarter of the time."""
    trace_doc: bytes = b""
    """The trace as JSON, likewise."""


class SubmissionRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the events of one request have in common, kept once beside them; and what it did for its person."""

    id: str
    at: datetime | None = None
    """When it arrived; unknown of those that an earlier release kept."""
    profile: str | None = None
    """The profile id that it was recorded under; its events are, too."""
    contribution: Contribution = NO_CONTRIBUTION
    context: dict[str, object] = {}
    headers: dict[str, str] = {}


class Quarantined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event that was put aside instead of kept, with the exact JSON text that was sent."""

    id: str
    at: datetime
    source: str
    reason: str
    loc: tuple[str | int, ...]
    raw: str
    """Of a payload the event; of a webhook the whole body, which is its properties."""
    entry: EntryKind = "rest"
    type: str | None = None
    """The event type, where it can be told."""
    profile_less: bool = False
    """Whether it was to become nobody's."""


class PutAside(msgspec.Struct, frozen=True, gc=False):
    """A quarantined event with whose it would have become, as far as that is known: an erasure goes by it."""

    event: Quarantined
    profile: str | None = None
    session: str | None = None


class Tally(msgspec.Struct, frozen=True, gc=False):
    """How many events of one source ended in one way. The source is empty where it is unknown."""

    source: str
    outcome: Outcome
    count: int
    unsaved: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """One commit. A profile or session of version n+1 was decided on version n; version 1 is new."""

    at: datetime
    profiles: tuple[Profile, ...] = ()
    sessions: tuple[Session, ...] = ()
    events: tuple[RecordedEvent, ...] = ()
    submissions: tuple[SubmissionRecord, ...] = ()
    edges: tuple[Edge, ...] = ()
    merges: tuple[Merge, ...] = ()
    reviews: tuple[Review, ...] = ()
    """An open one leaves alone what is known of it already."""
    event_keys: tuple[tuple[EventKey, KnownEvent], ...] = ()
    quarantined: tuple[PutAside, ...] = ()
    tallies: tuple[Tally, ...] = ()
    settled: tuple[str, ...] = ()
    """Ids of events that leave the quarantine."""
    lapsed: tuple[str, ...] = ()
    """Ids of reviews that are gone, as far as nobody has decided them."""
