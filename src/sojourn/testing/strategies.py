"""Hypothesis strategies for the records of the core: anything that they may hold, the odd and the ugly included.

What they draw survives a round trip through JSON, as everything does that came in through the door.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sojourn.core.changes import Changes, PutAside, Quarantined, RecordedEvent, SubmissionRecord, Tally, TraceNote
from sojourn.core.contributions import NO_CONTRIBUTION, Birth, Contribution, Introduction, Join, Unsaved
from sojourn.core.events import Event, EventMetadata, EventTime, RequestRef, SessionRef, SourceRef, Tags
from sojourn.core.facts import EventKey, KnownEvent
from sojourn.core.fields import Kind
from sojourn.core.graph import Edge, Merge, Reason, Review
from sojourn.core.mapping.change import Change, Copied
from sojourn.core.mapping.operations import Effect, How, Op, Origin
from sojourn.core.outcomes import DUPLICATE, KEPT, REASONS, Outcome
from sojourn.core.profiles import Profile, ProfileMetadata, ProfileTime, ProfileVisits
from sojourn.core.sessions import ProfileRef, Session, SessionMetadata, SessionStatus, SessionTime, SessionVisit
from sojourn.core.sources import EntryKind
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
    return st.dictionaries(texts(), json_values(), max_size=3)


def json_values() -> SearchStrategy[object]:
    """Any JSON value, null included."""
    scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | _numbers() | texts()
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3), max_leaves=6
    )


def profiles() -> SearchStrategy[Profile]:
    """People of whom anything may be known."""
    visits = st.builds(
        ProfileVisits,
        count=st.integers(0, 9),
        current=st.none() | moments(),
        last=st.none() | moments(),
        tz=st.none() | texts(),
    )
    time = st.builds(
        ProfileTime,
        insert=moments(),
        create=moments(),
        seen=st.none() | moments(),
        update=st.none() | moments(),
        visit=visits,
    )
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
    """Links between any ids, whatever is known of them."""
    return st.builds(
        Edge,
        id=ids(),
        profile=ids(),
        kind=texts(),
        rule=texts(),
        event=st.none() | ids(),
        at=moments(),
        undone=st.none() | moments(),
        version=st.integers(0, 1_000),
        value=texts(),
        source=texts(),
        actor=texts(),
        joins_since=st.none() | moments(),
        joins=st.integers(0, 1_000),
        barred=st.lists(st.tuples(ids(), ids()), max_size=3).map(tuple),
    )


def merges() -> SearchStrategy[Merge]:
    """Merges of any people, for any reason."""
    return st.builds(
        Merge,
        id=ids(),
        at=moments(),
        survivor=ids(),
        merged=st.lists(ids(), max_size=3).map(tuple),
        one=ids(),
        two=ids(),
        reason=_reasons(),
        event=st.none() | ids(),
        actor=texts(),
        undone=st.none() | moments(),
        undone_by=st.none() | texts(),
    )


def reviews() -> SearchStrategy[Review]:
    """Whatever was held back, answered or not."""
    return st.builds(
        Review,
        id=ids(),
        at=moments(),
        why=texts(),
        one=ids(),
        two=st.none() | ids(),
        reason=_reasons(),
        event=st.none() | ids(),
        state=st.sampled_from(["open", "accepted", "rejected"]),
        decided=st.none() | moments(),
        actor=st.none() | texts(),
    )


def _reasons() -> SearchStrategy[Reason]:
    versions = st.integers(0, 1_000)
    told = {name: texts() for name in ("kind", "rule", "key", "value", "source", "note")}
    return st.builds(Reason, **told, version=versions)


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
        Change, rule=texts(), op=st.sampled_from(Op), field=texts(), before=json_values(), after=json_values()
    )
    copied = st.builds(Copied, rule=texts(), fields=st.lists(st.tuples(texts(), texts()), max_size=2).map(tuple))
    notes = st.lists(st.builds(TraceNote, step=texts(), code=texts(), detail=texts() | change | copied), max_size=2)
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
        value=json_values(),
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
        withheld=_few(st.tuples(ids(), texts())),
        identifiers=_few(st.tuples(ids(), ids())),
        joins=_few(st.builds(Join, merge=ids(), one=ids(), two=ids())),
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


def _origins() -> SearchStrategy[Origin]:
    return st.builds(Origin, at=moments(), event=ids(), rule=texts(), how=st.sampled_from(How))


def _few(items: SearchStrategy[object]) -> SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=2).map(tuple)


def _numbers() -> SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


def _durations_s() -> SearchStrategy[float]:
    return st.timedeltas(timedelta(0), timedelta(days=400)).map(timedelta.total_seconds)
