"""Hypothesis strategies for the records of the core: anything that they may hold, the odd and the ugly included.

What they draw survives a round trip through JSON, as everything does that came in through the door.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sojourn.core.changes import Changes, Edge, PutAside, Quarantined, RecordedEvent, SubmissionRecord, Tally, TraceNote
from sojourn.core.contracts import Contract
from sojourn.core.contributions import NO_CONTRIBUTION, Birth, Contribution, Introduction, Join, Unsaved
from sojourn.core.events import Event, EventMetadata, EventTime, RequestRef, SessionRef, SourceRef, Tags
from sojourn.core.facts import EventKey, KnownEvent
from sojourn.core.fields import Kind
from sojourn.core.identifiers.kinds import IdKind, PeriodLimit
from sojourn.core.identifiers.points import IdentificationPoint, PointIdentifier
from sojourn.core.mapping.apply import Change
from sojourn.core.mapping.event_type import EventType, Mask
from sojourn.core.mapping.operations import Effect, How, Op, Origin
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.outcomes import DUPLICATE, KEPT, REASONS, Outcome
from sojourn.core.profiles import Profile, ProfileMetadata, ProfileTime, ProfileVisits
from sojourn.core.sessions import ProfileRef, Session, SessionMetadata, SessionStatus, SessionTime, SessionVisit
from sojourn.core.sources import ApiKey, EntryKind, Redirect, Source, WebhookOptions
from sojourn.core.times import EARLIEST, LATEST, MICROSECOND

ENTRIES: tuple[EntryKind, ...] = ("rest", "webhook", "redirect")


def texts() -> SearchStrategy[str]:
    """Any text that JSON can carry."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def ids() -> SearchStrategy[str]:
    """Ids as clients choose them: not empty, nothing that cannot be seen, any script."""
    return st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]), min_size=1, max_size=8)


def moments() -> SearchStrategy[datetime]:
    """Any moment that an event may have happened at."""
    return st.datetimes(
        EARLIEST.replace(tzinfo=None), (LATEST - MICROSECOND).replace(tzinfo=None), timezones=st.just(UTC)
    )


def json_objects() -> SearchStrategy[dict[str, object]]:
    """JSON objects, nested a few levels."""
    return st.dictionaries(texts(), _json_values(), max_size=3)


def sources() -> SearchStrategy[Source]:
    """Sources of every kind."""
    return st.builds(
        Source,
        id=ids(),
        name=texts(),
        type=st.lists(st.sampled_from(ENTRIES), min_size=1, unique=True).map(tuple),
        enabled=st.booleans(),
        channel=st.none() | texts(),
        ephemeral=st.booleans(),
        static_profile_id=st.booleans(),
        identity=st.sampled_from(["open", "careful", "server-only"]),
        bots=st.sampled_from(["drop", "keep", "refuse"]),
        visit_timeout_s=st.none() | st.integers(1, 86_400),
        historical_time=st.booleans(),
        origins=st.lists(texts(), max_size=2).map(tuple),
        returns_profile=st.booleans(),
        debug=st.booleans(),
        trust=st.sampled_from(["public", "server"]),
        webhook=st.builds(WebhookOptions, generate_profile=st.booleans(), replace_profile_id=st.none() | texts()),
    )


def redirects() -> SearchStrategy[Redirect]:
    """Redirects to anywhere."""
    return st.builds(
        Redirect, id=ids(), name=texts(), source=ids(), url=texts(), event_type=texts(), properties=json_objects()
    )


def api_keys() -> SearchStrategy[ApiKey]:
    """Keys with any rights."""
    return st.builds(
        ApiKey,
        id=ids(),
        name=texts(),
        scopes=st.lists(st.sampled_from(["read", "configure", "erase", "admin"]), unique=True).map(tuple),
        created_at=moments(),
        expires_at=st.none() | moments(),
    )


def mapping_rules() -> SearchStrategy[MappingRule]:
    """Rules that may be faulty: a store keeps what it is given."""
    operation = st.builds(
        Operation,
        op=st.sampled_from(Op),
        target=texts(),
        value=st.none() | texts(),
        constant=st.sampled_from([None, True, 1, 1.0]) | _json_values(),
        key=st.none() | texts(),
        each=st.booleans(),
        matching=st.dictionaries(texts(), texts(), max_size=1),
    )
    return st.builds(
        MappingRule,
        id=ids(),
        name=texts(),
        event_type=texts(),
        source=st.none() | ids(),
        condition=st.none() | texts(),
        operations=st.lists(operation, max_size=2).map(tuple),
        order=st.integers(-9, 9),
        enabled=st.booleans(),
    )


def contracts() -> SearchStrategy[Contract]:
    """Contracts that may be faulty, too."""
    return st.builds(
        Contract, id=ids(), mode=st.sampled_from(["observe", "quarantine", "refuse"]), schema=json_objects()
    )


def id_kinds() -> SearchStrategy[IdKind]:
    """Kinds of id that may be faulty, too."""
    return st.builds(
        IdKind,
        id=ids(),
        name=texts(),
        form=st.sampled_from(["email", "phone", "text", "exact"]),
        fields=st.lists(texts(), max_size=2).map(tuple),
        namespace=st.none() | texts(),
        unique=st.booleans(),
        switches=st.booleans(),
        identifies=st.booleans(),
        limit_per_profile=st.integers(1, 99),
        limit_per_period=st.builds(PeriodLimit, count=st.integers(1, 99), days=st.integers(1, 99)),
        priority=st.integers(0, 99),
        trust=st.sampled_from(["any", "server"]),
        blocked=st.lists(texts(), max_size=2).map(tuple),
        enabled=st.booleans(),
    )


def identification_points() -> SearchStrategy[IdentificationPoint]:
    """Identification points that may be faulty, too."""
    identifier = st.builds(PointIdentifier, property=texts(), kind=texts())
    return st.builds(
        IdentificationPoint,
        id=ids(),
        name=texts(),
        event_type=texts(),
        source=st.none() | ids(),
        condition=st.none() | texts(),
        identifiers=st.lists(identifier, max_size=2).map(tuple),
        enabled=st.booleans(),
    )


def event_types() -> SearchStrategy[EventType]:
    """Own event types that may be faulty, too."""
    return st.builds(
        EventType,
        id=ids(),
        title=texts(),
        family=texts(),
        properties=json_objects(),
        copies=st.dictionaries(texts(), texts(), max_size=2),
        defaults=json_objects(),
        profile_takes=st.dictionaries(texts(), st.sampled_from(Op), max_size=2),
        tags=st.lists(texts(), max_size=2).map(tuple),
        journey=st.sampled_from([None, "by-visits", "purchase"]),
        masks=st.lists(
            st.builds(Mask, property=texts(), keep=st.sampled_from(["last-four", "nothing"])), max_size=1
        ).map(tuple),
        example=json_objects(),
    )


def merge_rules() -> SearchStrategy[MergeRules]:
    """Merge rules that may be faulty: a store keeps what it is given."""
    return st.builds(MergeRules, fields=st.dictionaries(texts(), st.sampled_from(Strategy), max_size=2))


def profiles() -> SearchStrategy[Profile]:
    """People of whom anything may be known."""
    visits = st.builds(
        ProfileVisits,
        count=st.integers(0, 9),
        current=st.none() | moments(),
        last=st.none() | moments(),
        tz=st.none() | texts(),
    )
    time = st.builds(ProfileTime, insert=moments(), create=moments(), update=st.none() | moments(), visit=visits)
    return st.builds(
        Profile,
        id=ids(),
        ids=st.lists(ids(), max_size=3).map(tuple),
        metadata=st.builds(ProfileMetadata, time=time, fields=st.dictionaries(texts(), _origins(), max_size=2)),
        primary_id=st.none() | texts(),
        stats=json_objects(),
        traits=json_objects(),
        segments=st.lists(texts(), max_size=2).map(tuple),
        interests=st.dictionaries(texts(), _numbers(), max_size=2),
        consents=st.dictionaries(texts(), st.just({"revoke": None}), max_size=2),
        active=st.booleans(),
        data=json_objects(),
        aux=json_objects(),
        identifiers=st.dictionaries(texts(), st.lists(texts(), max_size=2).map(tuple), max_size=2),
        version=st.integers(1, 9),
    )


def sessions() -> SearchStrategy[Session]:
    """Sessions of somebody or nobody."""
    visit = st.builds(SessionVisit, start=moments(), last=moments(), count=st.integers(1, 9), earlier_s=_durations_s())
    time = st.builds(
        SessionTime,
        insert=moments(),
        create=moments(),
        visit=visit,
        update=st.none() | moments(),
        timestamp=_numbers(),
        duration=_durations_s(),
        weekday=st.integers(0, 6),
    )
    metadata = st.builds(SessionMetadata, time=time, channel=st.none() | texts(), status=st.sampled_from(SessionStatus))
    return st.builds(
        Session,
        id=ids(),
        metadata=metadata,
        profile=st.none() | st.builds(ProfileRef, id=ids()),
        context=json_objects(),
        properties=json_objects(),
        device=json_objects(),
        traits=json_objects(),
        version=st.integers(1, 9),
    )


def events() -> SearchStrategy[Event]:
    """Events of any source, session and person."""
    time = st.builds(EventTime, insert=moments(), create=st.none() | moments(), update=st.none() | moments())
    metadata = st.builds(
        EventMetadata, time=time, channel=st.none() | texts(), profile_less=st.booleans(), late=st.booleans()
    )
    session = st.builds(
        SessionRef,
        id=ids(),
        start=moments(),
        duration=_durations_s(),
        tz=st.none() | texts(),
        status=st.sampled_from(SessionStatus),
    )
    return st.builds(
        Event,
        id=ids(),
        type=texts(),
        name=texts(),
        metadata=metadata,
        source=st.builds(SourceRef, id=ids()),
        request=st.builds(RequestRef, id=ids()),
        session=st.none() | session,
        profile=st.none() | st.builds(ProfileRef, id=ids()),
        properties=json_objects(),
        data=json_objects(),
        traits=json_objects(),
        tags=st.lists(texts(), max_size=2).map(lambda values: Tags(tuple(values), len(values))),
        context=json_objects(),
        config=json_objects(),
    )


def edges() -> SearchStrategy[Edge]:
    """Links between any ids."""
    return st.builds(
        Edge,
        id=ids(),
        profile=ids(),
        kind=texts(),
        rule=texts(),
        event=st.none() | ids(),
        at=moments(),
        undone=st.none() | moments(),
    )


def quarantined() -> SearchStrategy[Quarantined]:
    """Events that were put aside, whatever was sent."""
    loc = st.lists(st.integers(0, 500) | texts(), max_size=4).map(tuple)
    return st.builds(Quarantined, id=ids(), at=moments(), source=ids(), reason=texts(), loc=loc, raw=texts())


def put_aside() -> SearchStrategy[PutAside]:
    """Events that were put aside, of somebody or nobody."""
    return st.builds(PutAside, event=quarantined(), profile=st.none() | ids(), session=st.none() | ids())


def outcomes() -> SearchStrategy[Outcome]:
    """Every way in which an event can end."""
    return st.sampled_from([KEPT, DUPLICATE, *REASONS])


def recorded_events() -> SearchStrategy[RecordedEvent]:
    """Events with any trace."""
    change = st.builds(
        Change, rule=texts(), op=st.sampled_from(Op), field=texts(), before=_json_values(), after=_json_values()
    )
    notes = st.lists(st.builds(TraceNote, step=texts(), code=texts(), detail=texts() | change), max_size=2)
    return st.builds(RecordedEvent, event=events(), trace=notes.map(tuple))


def submission_records() -> SearchStrategy[SubmissionRecord]:
    """What requests may have told beside their events, and done for their people."""
    return st.builds(
        SubmissionRecord,
        id=ids(),
        at=st.none() | moments(),
        profile=st.none() | ids(),
        contribution=contributions(),
        context=json_objects(),
        headers=st.dictionaries(texts(), texts(), max_size=2),
    )


def contributions() -> SearchStrategy[Contribution]:
    """Anything that requests may have done for their people; most do little."""
    effects = st.builds(
        Effect,
        op=st.sampled_from(Op),
        field=texts(),
        kind=st.sampled_from(Kind),
        value=_json_values(),
        by=_origins(),
    )
    whole = st.builds(
        Contribution,
        foundation=st.none() | profiles(),
        born=st.none() | st.builds(Birth, first_seen=moments(), created=moments()),
        aliases=_few(ids()),
        visits=_few(moments()),
        tz=st.none() | texts(),
        told=st.none() | st.builds(Introduction, what=json_objects(), by=_origins()),
        session=st.none() | json_objects(),
        unsaved=_few(st.builds(Unsaved, after=st.integers(0, 9), effects=_few(effects))),
        joins=_few(st.builds(Join, merge=ids(), survivor=ids(), other=ids())),
    )
    return st.just(NO_CONTRIBUTION) | whole


def event_keys() -> SearchStrategy[EventKey]:
    """By what events are recognised."""
    return st.builds(EventKey, source=ids(), id=ids())


def known_events() -> SearchStrategy[KnownEvent]:
    """Events that were accepted, for somebody or nobody."""
    digests = st.binary(min_size=16, max_size=16)
    return st.builds(KnownEvent, digest=digests, profile=st.none() | ids(), session=st.none() | ids())


def tallies() -> SearchStrategy[Tally]:
    """Counts of any outcome."""
    return st.builds(
        Tally, source=st.just("") | ids(), outcome=outcomes(), count=st.integers(1, 9), unsaved=st.integers(0, 9)
    )


def changes() -> SearchStrategy[Changes]:
    """Commits of any records; their ids need not fit together."""
    return st.builds(
        Changes,
        at=moments(),
        profiles=_few(profiles()),
        sessions=_few(sessions()),
        events=_few(recorded_events()),
        submissions=_few(submission_records()),
        edges=_few(edges()),
        event_keys=_few(st.tuples(event_keys(), known_events())),
        quarantined=_few(put_aside()),
        tallies=_few(tallies()),
    )


def _json_values() -> SearchStrategy[object]:
    scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | _numbers() | texts()
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3), max_leaves=6
    )


def _origins() -> SearchStrategy[Origin]:
    return st.builds(Origin, at=moments(), event=ids(), rule=texts(), how=st.sampled_from(How))


def _few(items: SearchStrategy[object]) -> SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=2).map(tuple)


def _numbers() -> SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


def _durations_s() -> SearchStrategy[float]:
    return st.timedeltas(timedelta(0), timedelta(days=400)).map(timedelta.total_seconds)
