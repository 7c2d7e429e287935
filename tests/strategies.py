"""What hypothesis draws: moments, and logs of submissions in which people, sessions and event ids meet again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.client import UNKNOWN, Client
from sojourn.core.events import BadEvent, Options, Problem, ProfileMode, SentEvent, SentTime, Submission
from sojourn.core.ids import derived_id
from sojourn.core.outcomes import QUARANTINED_SHAPE
from sojourn.core.sources import Source
from sojourn.core.times import EARLIEST, LATEST, MICROSECOND
from tests.builders import NOON, a_source, a_submission

MOMENTS = st.integers(0, (LATEST - EARLIEST) // MICROSECOND - 1).map(lambda count: EARLIEST + count * MICROSECOND)

PLAIN_SOURCES = (
    a_source(),
    a_source(id="timed", visit_timeout_s=1_800),
    a_source(id="crm", trust="server"),
)
SOURCES = (
    *PLAIN_SOURCES,
    a_source(id="static", static_profile_id=True),
    a_source(id="passing", ephemeral=True),
    a_source(id="no-history", historical_time=False),
    a_source(id="no-bots", bots="refuse"),
)

_TIMES = (
    None,
    SentTime(create="2026-06-01T11:00:00Z"),
    SentTime(insert="2020-01-01", update="2020-01-02"),
    SentTime(create="2026-06-02T11:00:00Z"),
    SentTime(insert="soon"),
)
_OPTIONS = (Options(), Options(save_events=False), Options(save_session=False), Options(save_profile=False))
_BAD = BadEvent(
    index=0,
    outcome=QUARANTINED_SHAPE,
    problems=(Problem(event=0, code="missing", loc=("body", "events", 0, "type"), msg="Field required."),),
    raw="{}",
)

ANY_EVENTS = st.builds(
    SentEvent,
    type=st.sampled_from(["page-view", "Page View", "visit-started", "visit-ended", "profile-created", "  "]),
    id=st.sampled_from([None, None, "e1", "e2", "e3"]),
    properties=st.sampled_from([None, {"n": 1}, {"n": 2}]),
    time=st.sampled_from(_TIMES),
    tags=st.sampled_from([None, ["seen"]]),
    options=st.sampled_from([None, {"saveEvent": False}]),
)

NAMED_EVENTS = st.sampled_from(
    [
        SentEvent(type="page-view", id="view", properties={"n": 1}),
        SentEvent(type="page-view", id="early", time=SentTime(insert="2020-01-01")),
        SentEvent(type="visit-started", id="start"),
        SentEvent(type="visit-ended", id="end"),
        SentEvent(type="click", id="unsaved", options={"save": False}),
        SentEvent(type="click", id="click"),
    ]
)
"""Events that can all be kept; whoever uses one of their ids twice sends the same content twice."""


@st.composite
def any_logs(draw: st.DrawFn) -> tuple[Submission, ...]:
    """Submissions in the order of arrival, good, bad and odd ones."""
    log = draw(logs(SOURCES, ANY_EVENTS))
    return tuple(_with_oddities(draw, submission) for submission in log)


@st.composite
def logs(
    draw: st.DrawFn, sources: Sequence[Source] = PLAIN_SOURCES, sent: st.SearchStrategy[SentEvent] = NAMED_EVENTS
) -> tuple[Submission, ...]:
    """Submissions in the order of arrival, of few people in few sessions; each profile id may be sent back."""
    count = draw(st.integers(1, 8))
    moment = NOON
    log = []
    for number in range(count):
        # Nobody can foresee an id that is still to be made.
        profiles = [None, "forged", "crm-1", *(_profile_of(earlier) for earlier in range(number))]
        moment += timedelta(seconds=draw(st.sampled_from([0.001, 60, 3_600])))
        fields = {
            "source": draw(st.sampled_from(sources)),
            "session_id": draw(st.sampled_from([None, "s1", "s2"])),
            "profile_id": draw(st.sampled_from(profiles)),
            "profile_mode": draw(st.sampled_from(ProfileMode)),
            "aliases": draw(st.sampled_from([(), ("crm-1",), ("crm-1", "crm-2")])),
            "context": draw(st.sampled_from([{}, {"time": {"tz": "Europe/Oslo"}}, {"page": number}])),
            "options": draw(st.sampled_from(_OPTIONS)),
        }
        events = draw(st.lists(sent, min_size=1, max_size=4))
        log.append(a_submission(*events, received_at=moment, **_identity(number), **fields))
    return tuple(log)


def sent_again(submission: Submission, number: int, moment: datetime) -> Submission:
    """The same request once more: same content, another arrival."""
    return replace(submission, received_at=moment, **_identity(number))


def _identity(number: int) -> dict[str, object]:
    return {"id": f"request-{number}", "entropy": number}


def _profile_of(number: int) -> str:
    return derived_id(number, "profile")


def _with_oddities(draw: st.DrawFn, submission: Submission) -> Submission:
    bad = draw(st.none() | st.integers(0, len(submission.events)))
    good = tuple((index + (bad is not None and index >= bad), sent) for index, sent in submission.events)
    return replace(
        submission,
        events=good,
        bad_events=() if bad is None else (replace(_BAD, index=bad),),
        client=draw(st.sampled_from([UNKNOWN, UNKNOWN, UNKNOWN, Client(is_bot=True)])),
        sent_at=draw(st.sampled_from([None, None, NOON - timedelta(hours=1)])),
    )
