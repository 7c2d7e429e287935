"""Events, from what a client sent to what is kept: `Submission` and `SentEvent`, then `Event`.

A `Submission` is one request after the door has read it: typed, within limits, its source known. An `Event` is what the
decision made of a sent one, or an event that the system itself emitted. Field names are those of tracker.md §5.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from sojourn.core.client import UNKNOWN, Client
from sojourn.core.outcomes import Outcome
from sojourn.core.passes import Pass
from sojourn.core.sessions import RESERVED_CONTEXT, ProfileRef, SessionStatus
from sojourn.core.sources import EntryKind, Source


class SentTime(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Times as the client wrote them."""

    insert: str | int | float | None = None
    create: str | int | float | None = None
    update: str | int | float | None = None


class SentEvent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One event of a payload, as it was sent; null means absent everywhere (tracker.md R-10)."""

    type: str
    id: str | None = None
    properties: dict[str, object] | None = None
    context: dict[str, object] | None = None
    time: SentTime | None = None
    tags: list[str] | None = None
    options: dict[str, object] | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with an event (its index) or with the request (no index); the shape of `errors` and `warnings`."""

    event: int | None
    code: str
    loc: tuple[str | int, ...]
    msg: str


class BadEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the door could not accept, with the exact text that was sent."""

    index: int
    outcome: Outcome
    problems: tuple[Problem, ...]
    raw: str
    type: str | None = None
    """The type of a webhook, whose text is only the body."""


class ProfileMode(Enum):
    """Whose the events of a request may become."""

    FIND_OR_CREATE = "find-or-create"
    """The rule of `/track`: the session's, the named one, or a new one."""
    NONE = "none"
    """Profile-less events (tracker.md §4.4)."""
    OF_SESSION = "of-session"
    """The profile of a session that is known, else none: redirects."""


class Options(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The options of a payload that mean something; only JSON booleans count (tracker.md §3.4)."""

    save_events: bool = True
    save_session: bool = True
    save_profile: bool = True
    return_profile: bool = False
    debugger: bool = False
    hands_on_to: tuple[str, ...] = ()
    """The sources for which the answer is to have passes; `*` are all that the source allows."""


class Beginning(msgspec.Struct, frozen=True, gc=False):
    """When a session or a profile began, as its client tells; believed where `time.insert` of its events is."""

    insert: datetime | None = None
    create: datetime | None = None


UNTOLD = Beginning()


class Replay(msgspec.Struct, frozen=True, gc=False):
    """What makes a submission a replay: the event of a quarantine, tried again as if it came when it had come."""

    quarantined: str
    """The id that it has in the quarantine."""
    at: datetime
    """When somebody asked for it."""


class Submission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request, read and within limits: one source, one session, one profile, any number of events."""

    id: str
    """The `task` of the answer."""
    source: Source
    entry: EntryKind = "rest"
    """The door that it came through."""
    received_at: datetime
    entropy: int
    """256 random bits, from which every id derives that the decision needs."""
    session_id: str | None = None
    profile_id: str | None = None
    aliases: tuple[str, ...] = ()
    """Further ids of the person (`profile.ids`), taken from server sources only."""
    handed_on: Pass | None = None
    """The person whom another site has handed on, as the client says."""
    context: dict[str, object] = {}
    properties: dict[str, object] = {}
    tags: tuple[str, ...] = ()
    options: Options = Options()
    sent_at: datetime | None = None
    """The client's clock when it sent; corrects `time.create`."""
    session_beginning: Beginning = UNTOLD
    profile_beginning: Beginning = UNTOLD
    events: tuple[tuple[int, SentEvent], ...] = ()
    """The events that can be read, each with its index in the payload."""
    bad_events: tuple[BadEvent, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """What the door already has to say."""
    body: bytes = b""
    """The payload as it was sent, for quarantine."""
    profile_mode: ProfileMode = ProfileMode.FIND_OR_CREATE
    headers: dict[str, str] = {}
    """The few request headers that are kept."""
    client: Client = UNKNOWN
    """Who sent it, as far as the request tells."""

    replay: Replay | None = None

    @property
    def asked_at(self) -> datetime:
        """When it came to be decided: at its arrival, unless it is a replay."""
        return self.received_at if self.replay is None else self.replay.at

    @property
    def event_count(self) -> int:
        """How many events the client sent."""
        return len(self.events) + len(self.bad_events)


class _RawEvents(msgspec.Struct):
    events: list[msgspec.Raw] = []


split_events = msgspec.json.Decoder(_RawEvents).decode


class EventTexts:
    """The exact JSON texts of the events of a payload. It is split once, when the first of them is asked for."""

    __slots__ = ("_body", "_raws")

    def __init__(self, body: bytes) -> None:
        """Of the payload that was sent as `body`."""
        self._body = body
        self._raws: list[msgspec.Raw] | None = None

    @property
    def size(self) -> int:
        """Bytes of the whole payload."""
        return len(self._body)

    def of(self, index: int) -> str:
        """The text of one event; the whole body where that cannot be found."""
        try:
            if self._raws is None:
                self._raws = split_events(self._body).events
            return bytes(self._raws[index]).decode()
        except (msgspec.MsgspecError, IndexError, UnicodeDecodeError):
            return self._body.decode(errors="replace")


class EventTime(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The moments of an event."""

    insert: datetime
    """When it was collected, or when it happened if a trusted client says so. Lists go by it."""
    create: datetime | None = None
    """When the client made it, by the client's corrected clock."""
    update: datetime | None = None


class EventMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known about the event itself."""

    time: EventTime
    channel: str | None = None
    status: str = "collected"
    profile_less: bool = False
    system: bool = False
    """Emitted by Sojourn, not sent by a client."""
    late: bool = False
    debug: bool = False
    valid: bool = True
    warning: bool = False
    error: bool = False


class SourceRef(msgspec.Struct, frozen=True, gc=False):
    """Where it came from."""

    id: str


class SessionRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The session of an event, as it stood when the event had joined it."""

    id: str
    start: datetime
    duration: float = 0
    tz: str | None = None
    status: SessionStatus = SessionStatus.ACTIVE


class Tags(msgspec.Struct, frozen=True, gc=False):
    """Labels of an event."""

    values: tuple[str, ...] = ()
    count: int = 0


NO_TAGS = Tags()


class RequestRef(msgspec.Struct, frozen=True, gc=False):
    """The submission that brought the event."""

    id: str


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that happened. Immutable; it keeps the profile id that it was recorded under."""

    id: str
    type: str
    name: str
    metadata: EventMetadata
    source: SourceRef
    request: RequestRef
    session: SessionRef | None = None
    profile: ProfileRef | None = None
    properties: dict[str, object] = {}
    traits: dict[str, object] = {}
    data: dict[str, object] = {}
    """The properties in typed fields, as the type of the event copies them."""
    hit: dict[str, object] = {}
    """The page or screen."""
    journey: dict[str, object] = {}
    device: dict[str, object] = {}
    os: dict[str, object] = {}
    app: dict[str, object] = {}
    utm: dict[str, object] = {}
    tags: Tags = NO_TAGS
    context: dict[str, object] = {}
    """What the event itself sent; the payload's context is told apart, see `effective_context`."""
    config: dict[str, object] = {}
    """The options that the event was sent with."""
    aux: dict[str, object] = {}


RULES_FILL = ("data", "traits", "hit", "journey", "device", "aux")
"""The parts of an event that its type and mapping rules fill."""


def before_rules(event: Event) -> Event:
    """The event without the parts that only rules fill, as rules find it."""
    return replace(event, data={}, traits={}, aux={})


def moment_of(time: EventTime, received_at: datetime | None) -> datetime:
    """When an event happened, as far as its times tell; visits and values go by it."""
    return moment_told(time.insert, time.create, received_at)


def moment_told(insert: datetime, create: datetime | None, received_at: datetime | None) -> datetime:
    """The same, told by times of which no record is made yet.

    A client whose `insert` is believed says so by it. An `insert` that is only the arrival says less than `create`.
    """
    if create is None:
        return insert
    is_arrival = received_at is None or received_at <= insert < received_at + _ARRIVAL
    return create if is_arrival else insert


_ARRIVAL = timedelta(seconds=1)
"""Within this time after the arrival of a request, `insert` tells no more than that."""


def effective_context(payload: dict[str, object], event: dict[str, object]) -> dict[str, object]:
    """What holds for an event: the payload's context, overridden per top-level key by its own (tracker.md R-17).

    Keys that only the server may write are left out, as a session leaves them out.
    """
    return {key: value for key, value in {**payload, **event}.items() if key not in RESERVED_CONTEXT}
