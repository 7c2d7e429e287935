"""Records for tests: each builder has one obvious default, and a test says only what matters to it.

Ids are short words, so that a failing test reads well; moments are counted from `NOON`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from sojourn.core.changes import Changes, PutAside, Quarantined, RecordedEvent, SubmissionRecord, Tally
from sojourn.core.contracts import Contract
from sojourn.core.erasures import ErasureOrder
from sojourn.core.events import (
    Event,
    EventMetadata,
    EventTime,
    RequestRef,
    SentEvent,
    SessionRef,
    SourceRef,
    Submission,
)
from sojourn.core.facts import EventKey, Keys, KnownEvent
from sojourn.core.graph import Edge, Merge, Reason, Review
from sojourn.core.identifiers.keys import is_key
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.identifiers.points import IdentificationPoint, PointIdentifier
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.outcomes import KEPT, Outcome
from sojourn.core.profiles import Profile, committed, new_profile
from sojourn.core.sessions import ProfileRef, Session, new_session
from sojourn.core.sources import ApiKey, Redirect, Source

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

Record = (
    Profile
    | Session
    | Event
    | RecordedEvent
    | SubmissionRecord
    | Edge
    | Merge
    | Review
    | Quarantined
    | PutAside
    | Tally
    | tuple[EventKey, KnownEvent]
)


def noon_plus(seconds: float) -> datetime:
    """So many seconds after noon; before it, when negative."""
    return NOON + timedelta(seconds=seconds)


def a_source(**fields: object) -> Source:
    """A public source of the name that most submissions here come from."""
    return replace(Source(id="shop", name="The shop"), **fields)


def a_redirect(**fields: object) -> Redirect:
    """A link of the source `links`."""
    redirect = Redirect(
        id="spring", name="Spring", source="links", url="https://shop.example/spring", event_type="link-followed"
    )
    return replace(redirect, **fields)


def an_api_key(**fields: object) -> ApiKey:
    """A token that may read, for ever."""
    return replace(ApiKey(id="reader", name="A reader", scopes=("read",), created_at=NOON), **fields)


def a_mapping_rule(**fields: object) -> MappingRule:
    """A rule that keeps the path of a page view as a trait."""
    operation = Operation(op=Op.SET, target="profile@traits.path", value="event@properties.path")
    rule = MappingRule(id="path", name="Last path", event_type="page-view", operations=(operation,))
    return replace(rule, **fields)


def an_event_type(**fields: object) -> EventType:
    """An own type that fills nothing."""
    return replace(EventType(id="tea-brewed", title="Tea brewed"), **fields)


def a_contract(**fields: object) -> Contract:
    """A contract that a price of a page view is a number."""
    schema: dict[str, object] = {"properties": {"price": {"type": "number"}}}
    return replace(Contract(id="page-view", schema=schema), **fields)


def a_kind(**fields: object) -> IdKind:
    """An own kind of id, of which no field of a profile tells."""
    return replace(IdKind(id="member", name="Member number"), **fields)


def a_point(**fields: object) -> IdentificationPoint:
    """A point that takes the main e-mail from a property of a newsletter form."""
    identifier = PointIdentifier(property="email", kind="email-main")
    point = IdentificationPoint(
        id="newsletter", name="Newsletter", event_type="newsletter-ordered", identifiers=(identifier,)
    )
    return replace(point, **fields)


def a_sent_event(**fields: object) -> SentEvent:
    """What a client sends of a page view."""
    return replace(SentEvent(type="page-view"), **fields)


def a_submission(*sent: SentEvent, **fields: object) -> Submission:
    """One request with these events, or with one page view."""
    events = tuple(enumerate(sent or (a_sent_event(),)))
    submission = Submission(id="request", source=a_source(), received_at=NOON, entropy=1, events=events)
    return replace(submission, **fields)


def a_profile(id: str = "ann", *, version: int = 1, **fields: object) -> Profile:
    """A person as they were committed for the `version`th time."""
    profile = new_profile(id, first_seen=NOON, created=NOON)
    return replace(committed(profile, version, noon_plus(version)), **fields)


def a_session(
    id: str = "visit", *, profile: str | None = "ann", began: datetime = NOON, version: int = 1, **fields: object
) -> Session:
    """A session as it was committed for the `version`th time."""
    session = new_session(id, began=began, created=began, channel=None)
    owner = None if profile is None else ProfileRef(profile)
    return replace(session, profile=owner, version=version, **fields)


def an_event(
    id: str = "view",
    *,
    source: str = "shop",
    session: str | None = "visit",
    profile: str | None = "ann",
    at: datetime = NOON,
    request: str = "request",
    **fields: object,
) -> Event:
    """A page view."""
    event = Event(
        id=id,
        type="page-view",
        name="Page View",
        metadata=EventMetadata(time=EventTime(insert=at)),
        source=SourceRef(source),
        request=RequestRef(request),
        session=None if session is None else SessionRef(id=session, start=NOON),
        profile=None if profile is None else ProfileRef(profile),
    )
    return replace(event, **fields)


def a_submission_record(id: str = "request", **fields: object) -> SubmissionRecord:
    """What the page views have in common."""
    record = SubmissionRecord(id=id, context={"page": {"path": "/"}}, headers={"user-agent": "Firefox"})
    return replace(record, **fields)


def an_edge(id: str = "crm-1", profile: str = "ann", **fields: object) -> Edge:
    """A link that lets a further id lead to a person."""
    return replace(Edge(id=id, profile=profile, kind="alias", rule="told-by-server", event=None, at=NOON), **fields)


def a_key(value: str = "1") -> str:
    """The key of an e-mail address; for each value another one."""
    return f"email#{value:0>32}"


def a_merge(id: str = "merge", one: str = "ann", two: str = "bob", **fields: object) -> Merge:
    """A merge of Ann and Bob by an e-mail address of theirs."""
    merge = Merge(id=id, at=NOON, survivor=one, merged=(two,), one=one, two=two, reason=_MAIL, event="sign-in")
    return replace(merge, **fields)


def a_review(id: str = "review", one: str = "ann", two: str | None = "bob", **fields: object) -> Review:
    """Ann's word that an address is hers which is Bob's, and which waits for an answer."""
    return replace(Review(id=id, at=NOON, why="two-known", one=one, two=two, reason=_MAIL, event="sign-in"), **fields)


def a_known_event(
    id: str = "view", *, source: str = "shop", profile: str | None = "ann", session: str | None = "visit"
) -> tuple[EventKey, KnownEvent]:
    """By what an event is recognised when it is sent again, and whose it became."""
    return EventKey(source, id), KnownEvent(b"0123456789abcdef", profile, session)


def a_quarantined(id: str = "odd", **fields: object) -> Quarantined:
    """An event without a type."""
    quarantined = Quarantined(
        id=id, at=NOON, source="shop", reason="shape", loc=("body", "events", 0, "type"), raw='{"type": ""}'
    )
    return replace(quarantined, **fields)


def a_tally(source: str = "shop", outcome: Outcome = KEPT, count: int = 1, unsaved: int = 0) -> Tally:
    """One event that was kept."""
    return Tally(source, outcome, count, unsaved)


def an_erasure_order(**fields: object) -> ErasureOrder:
    """The word of somebody at a desk that a person be erased."""
    order = ErasureOrder(id="erasure", at=NOON, actor="desk", mark_of=lambda id: f"mark of {id}")
    return replace(order, **fields)


def some_changes(*records: Record, at: datetime = NOON) -> Changes:
    """One commit of these records, whatever their kinds."""
    events = tuple(
        record if isinstance(record, RecordedEvent) else RecordedEvent(record)
        for record in records
        if isinstance(record, Event | RecordedEvent)
    )
    quarantined = tuple(
        record if isinstance(record, PutAside) else PutAside(record)
        for record in records
        if isinstance(record, Quarantined | PutAside)
    )
    return Changes(
        at=at,
        profiles=tuple(record for record in records if isinstance(record, Profile)),
        sessions=tuple(record for record in records if isinstance(record, Session)),
        events=events,
        submissions=tuple(record for record in records if isinstance(record, SubmissionRecord)),
        edges=tuple(record for record in records if isinstance(record, Edge)),
        merges=tuple(record for record in records if isinstance(record, Merge)),
        reviews=tuple(record for record in records if isinstance(record, Review)),
        event_keys=tuple(record for record in records if isinstance(record, tuple)),
        quarantined=quarantined,
        tallies=tuple(record for record in records if isinstance(record, Tally)),
    )


def keys_of_changes(changes: Changes) -> Keys:
    """Every key that whoever decided these changes must have asked for."""
    profiles = {profile.id for profile in changes.profiles}
    links = {id for edge in changes.edges for id in (edge.id, edge.profile)}
    return Keys(
        sessions=frozenset(session.id for session in changes.sessions),
        profiles=frozenset(id for id in profiles | links if not is_key(id)),
        identifiers=frozenset(id for id in links if is_key(id)),
        events=frozenset(key for key, _ in changes.event_keys),
    )


_MAIL = Reason(kind="email-main", rule="type:sign-in", key=a_key(), value="a***@m***.example", source="shop")
