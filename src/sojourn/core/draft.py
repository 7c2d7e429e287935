"""A submission while it is decided: what the steps have found out so far.

A draft lives within one call of `pipeline.decide`; the steps fill it, each its own part, and nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from sojourn.core.changes import TraceNote
from sojourn.core.contributions import Birth, Introduction, Unsaved
from sojourn.core.events import (
    NO_TAGS,
    UNTOLD,
    Beginning,
    Event,
    EventMetadata,
    EventTime,
    Problem,
    RequestRef,
    SentEvent,
    SessionRef,
    SourceRef,
    Submission,
    Tags,
)
from sojourn.core.evidence import Evidence
from sojourn.core.facts import EventKey, KnownEvent
from sojourn.core.graph import Edge, Merge, Review
from sojourn.core.identity import NOBODY, Whose
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import KEPT, Fate, Outcome
from sojourn.core.profiles import Profile
from sojourn.core.sessions import ProfileRef, Session
from sojourn.core.times import MICROSECOND, is_possible
from sojourn.core.working_set import WorkingSet


class Status(Enum):
    """How a request is answered as a whole."""

    OK = "ok"
    INVALID = "invalid"
    """None of its events is an event."""
    FORBIDDEN = "forbidden"
    SETTLED = "settled"
    """A replay of what is not in the quarantine any more."""


class Ended(msgspec.Struct, frozen=True):
    """A step's word that the submission goes no further: this becomes of the events that are still undecided."""

    outcome: Outcome
    status: Status
    problem: Problem | None = None


class EventDraft:
    """One event while it is decided."""

    __slots__ = (
        "config", "create", "digest", "filled", "has_warning", "id", "index", "insert", "is_late", "is_system",
        "is_valid", "key", "moment", "name", "notes", "outcome", "properties", "save", "sent", "session", "tags",
        "type", "update",
    )  # fmt: skip

    def __init__(self, index: int, sent: SentEvent, moment: datetime) -> None:
        """Start with what was sent, at the moment of its arrival."""
        self.index = index
        self.sent = sent
        self.id = sent.id
        self.type = sent.type
        self.name = sent.type
        self.insert = moment
        self.create: datetime | None = None
        self.update: datetime | None = None
        self.moment = moment
        """When it happened, as far as that is known; visits go by it."""
        self.is_late = False
        self.is_system = False
        self.is_valid = True
        """Whether it keeps the contract of its type."""
        self.tags: tuple[str, ...] = ()
        self.config: dict[str, object] = {}
        self.properties = sent.properties or {}
        self.filled: dict[str, dict[str, object]] = {}
        """The parts of the event that its type, rules and enrichment filled."""
        self.has_warning = False
        self.save = True
        self.key: EventKey | None = None
        self.digest = b""
        self.session: SessionRef | None = None
        self.outcome = KEPT
        self.notes: list[TraceNote] = []

    @property
    def is_kept(self) -> bool:
        """Whether nothing has spoken against it so far."""
        return self.outcome.fate is Fate.KEPT


class VisitStart(msgspec.Struct, frozen=True):
    """A visit that begins with this event; `opens_session` tells the first one of a session."""

    trigger: EventDraft
    opens_session: bool
    counts: bool
    """Whether it is somebody's visit; a session without a profile is opened, and visited by nobody."""


class Assertion(msgspec.Struct, frozen=True):
    """An identifier that an event of the submission asserts."""

    event: EventDraft
    evidence: Evidence


class HeldBack(msgspec.Struct, frozen=True):
    """A link that an event, by its index, would have made, and that waits for somebody's word."""

    event: int
    review: Review


class GraphDraft:
    """What a submission adds to the identity graph."""

    __slots__ = ("assertions", "edges", "handed_on", "learnt", "merges", "newborn", "newcomer_by", "reviews", "used")

    def __init__(self) -> None:
        """Start with nothing."""
        self.assertions: list[Assertion] = []
        self.edges: list[Edge] = []
        self.handed_on: Edge | None = None
        """By which the pass of the submission leads to its person; kept where anything comes of it."""
        self.used: EventKey | None = None
        """Of the pass that is used up by the submission."""
        self.learnt: list[tuple[str, str]] = []
        """Identifiers that were nobody's before: kind and key."""
        self.merges: list[Merge] = []
        self.newborn: Profile | None = None
        """Whom the submission has made, as they were when an older person took them in at once."""
        self.newcomer_by: list[str] = []
        """Keys of identifiers by which somebody who had just come was taken for the person."""
        self.reviews: list[Review] = []


class Beside:
    """What a submission does for its person beside its stored events, see `core.contributions`."""

    __slots__ = ("born", "session", "told", "unsaved")

    def __init__(self) -> None:
        """Start with nothing."""
        self.born: Birth | None = None
        self.told: Introduction | None = None
        self.session: dict[str, object] | None = None
        self.unsaved: list[Unsaved] = []


class Correction(msgspec.Struct, frozen=True):
    """What a first look at a submission has shown, which is to be known from its beginning when it is decided again."""

    person: str | None = None
    """The profile id under which it is recorded, whatever session and payload say."""
    is_somebody_new: bool = False
    """Whether it is of a person who is new, whatever session and payload say."""
    held: tuple[HeldBack, ...] = ()
    withheld: dict[str, frozenset[str]] = {}
    """By the ids of events, fields of the profile that are not written, since they tell what is held back or barred."""
    barred: tuple[int, ...] = ()
    """Events, by their indexes, that tell what somebody has rejected."""
    looks: int = 0
    """In how many looks so far fields were not to be written."""

    def withheld_from(self, event: EventDraft) -> frozenset[str]:
        """The fields that an event does not write."""
        return self.withheld.get(event.id or "", NO_FIELDS)

    def without(self, fields: Iterable[tuple[str, str]]) -> Correction:
        """The correction with more fields, each beside the id of its event, that are not written."""
        withheld = self.withheld.copy()
        for event_id, field in fields:
            withheld[event_id] = withheld.get(event_id, NO_FIELDS) | {field}
        return replace(self, withheld=withheld)

    @property
    def whose(self) -> tuple[str | None, bool]:
        """What it says of whose the submission is."""
        return self.person, self.is_somebody_new

    @property
    def names_person(self) -> bool:
        """Whether it says whose the submission is."""
        return self.is_somebody_new or self.person is not None


NO_CORRECTION = Correction()
NO_FIELDS: frozenset[str] = frozenset()

_APART = 2 * MICROSECOND


class Draft:
    """One submission while it is decided."""

    __slots__ = (
        "_kept", "bad_events", "beside", "correction", "earlier", "errors", "events", "graph", "home",
        "is_new_profile", "is_new_session", "notes", "profile", "ruleset", "session",
        "submission", "system_events", "visits", "warnings", "whose", "world",
    )  # fmt: skip

    def __init__(
        self, submission: Submission, world: WorkingSet, ruleset: Ruleset, correction: Correction = NO_CORRECTION
    ) -> None:
        """Start with a submission, the world as the batch has left it so far, and what an earlier look has shown."""
        self.correction = correction
        """Another one than at the start when the submission has to be decided again with it."""
        self.submission = submission
        self.world = world
        self.ruleset = ruleset
        self.events = _event_drafts(submission)
        self._kept: list[EventDraft] | None = None
        self.system_events: list[EventDraft] = []
        self.bad_events = submission.bad_events
        """The events that the door could not accept, each with what becomes of it."""
        self.errors: list[Problem] = [problem for bad in submission.bad_events for problem in bad.problems]
        self.warnings: list[Problem] = list(submission.warnings)
        self.earlier: KnownEvent | None = None
        """An event of the submission that had been accepted before."""
        self.whose: Whose = NOBODY
        self.profile: Profile | None = None
        """The person, under the id that survives."""
        self.home = ""
        """The profile id of the person under which everything is recorded."""
        self.session: Session | None = None
        self.is_new_profile = self.is_new_session = False
        self.visits: list[VisitStart] = []
        self.graph = GraphDraft()
        self.beside = Beside()
        self.notes: list[TraceNote] = []
        """Notes that hold for each of its events."""

    @property
    def limits(self) -> Limits:
        """The bounds that hold."""
        return self.ruleset.limits

    @property
    def kept(self) -> list[EventDraft]:
        """The events that nothing has spoken against so far."""
        if self._kept is None:
            self._kept = [event for event in self.events if event.outcome is KEPT]
        return self._kept

    def believed(self, told: Beginning) -> Beginning:
        """What counts of what a client tells of the past: nothing that lies ahead, or outside the years of events."""
        if told is UNTOLD or not self.submission.source.historical_time:
            return UNTOLD
        return Beginning(self._past(told.insert), self._past(told.create))

    def _past(self, moment: datetime | None) -> datetime | None:
        return moment if moment and is_possible(moment) and moment <= self.submission.received_at else None

    @property
    def saves_session(self) -> bool:
        """Whether the session is to be kept."""
        return self.submission.options.save_session and not self.submission.source.ephemeral

    @property
    def saves_profile(self) -> bool:
        """Whether the profile is to be kept."""
        return self.submission.options.save_profile and not self.submission.source.ephemeral

    @property
    def keeps_profile(self) -> bool:
        """Whether the draft's profile exists once this is committed."""
        return self.profile is not None and (self.saves_profile or not self.is_new_profile)

    @property
    def recorded(self) -> list[EventDraft]:
        """The events that are to be stored, those of the system first."""
        if self.submission.source.ephemeral:
            return []
        return [event for event in (*self.system_events, *self.kept) if self.is_stored(event)]

    def is_stored(self, event: EventDraft) -> bool:
        """Whether an event that is kept is to be stored, too."""
        return self.submission.options.save_events if event.is_system else event.save

    def warn(self, code: str, msg: str, *, event: int | None = None, loc: tuple[str | int, ...] = ()) -> None:
        """Tell the client something that it should know."""
        self.warnings.append(Problem(event=event, code=code, loc=loc, msg=msg))

    def end(self, event: EventDraft, outcome: Outcome) -> None:
        """Let an event end otherwise than kept."""
        event.outcome = outcome
        self._kept = None

    def fail(self, event: EventDraft, outcome: Outcome, problem: Problem) -> None:
        """Let an event end otherwise than kept, and tell the client why."""
        self.end(event, outcome)
        self.errors.append(problem)


def _event_drafts(submission: Submission) -> list[EventDraft]:
    # Events of one request are told apart by two microseconds, so that lists keep their order, and a system event finds
    # room between two of them.
    return [EventDraft(index, sent, submission.received_at + index * _APART) for index, sent in submission.events]


def event_of(draft: Draft, event: EventDraft) -> Event:
    """The event as it would be kept now."""
    submission = draft.submission
    assert event.id is not None, "recognise gives every event its id"
    return Event(
        id=event.id,
        type=event.type,
        name=event.name,
        metadata=_metadata(draft, event),
        source=SourceRef(submission.source.id),
        request=RequestRef(submission.id),
        session=event.session if draft.saves_session else None,
        profile=ProfileRef(draft.home) if draft.profile is not None and draft.saves_profile else None,
        properties=event.properties,
        **event.filled,
        tags=Tags(event.tags, len(event.tags)) if event.tags else NO_TAGS,
        context=event.sent.context or {},
        config=event.config,
    )


def _metadata(draft: Draft, event: EventDraft) -> EventMetadata:
    submission = draft.submission
    return EventMetadata(
        time=EventTime(insert=event.insert, create=event.create, update=event.update),
        channel=submission.source.channel,
        profile_less=draft.profile is None,
        system=event.is_system,
        late=event.is_late,
        valid=event.is_valid,
        warning=event.has_warning,
        debug=submission.options.debugger and submission.source.debug,
    )
