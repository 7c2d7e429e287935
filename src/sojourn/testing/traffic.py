"""Random submissions over few ids, so that people, sessions and events meet as often as they do in no real traffic."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from sojourn.core.events import BadEvent, Options, Problem, ProfileMode, SentEvent, SentTime, Submission
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import QUARANTINED_SHAPE
from sojourn.testing.builders import a_source, a_submission, noon_plus

SOURCES = (
    a_source(id="shop"),
    a_source(id="app", visit_timeout_s=2, channel="app"),
    a_source(id="crm", trust="server", static_profile_id=True),
    a_source(id="till", trust="server", bots="keep", historical_time=False),
    a_source(id="kiosk", ephemeral=True),
)
SESSIONS = ("s1", "s2", "s3")
PROFILES = ("p1", "p2", "p3")
ALIASES = ("a1", "a2", "p3")
EVENTS = ("e1", "e2", "e3", "e4")
DOCUMENTS: tuple[dict[str, object], ...] = (
    {},
    {"price": 1},
    {"price": 1.0, "": None},
    {"time": {"tz": "Europe/Berlin"}, "ip": "127.0.0.1"},
    {"\U0001f388": ["\x00\u2028", {"nested": [[], -0.5e-300, 2**64 - 1, -(2**63)]}]},
)
TIMES = (
    None,
    None,
    SentTime(insert="2026-06-01T12:00:00Z"),
    SentTime(insert="2026-06-01T12:00:02Z", create="2026-06-01T11:59:59Z"),
    SentTime(insert="noon"),
)
OPTIONS = (
    Options(),
    Options(),
    Options(),
    Options(save_events=False),
    Options(save_session=False),
    Options(save_profile=False),
)

RULESET = Ruleset(
    event_types=[EventType(id="page-view", title="Page view", tags=("seen",), journey="by-visits")],
    mappings=[
        MappingRule(
            id="everything",
            name="Write on every document",
            event_type="page-view",
            operations=(
                Operation(op=Op.ADD, target="profile@stats.counters.spent", value="event@properties.price"),
                Operation(op=Op.SET, target="profile@traits.last", value="event@properties"),
                Operation(op=Op.SET, target="event@traits.last", value="profile@traits.last"),
                Operation(op=Op.INCREMENT, target="session@traits.views"),
                Operation(op=Op.DELETE, target="profile@traits.last.price"),
            ),
        )
    ],
)
"""What is in force for these submissions."""


@cache
def submissions() -> SearchStrategy[Submission]:
    """Submissions of some source that name no profile yet; `numbered` makes each one its own."""
    return st.builds(
        a_submission_of,
        st.lists(_sent_events(), min_size=1, max_size=3),
        source=st.sampled_from(SOURCES),
        session_id=st.sampled_from((None, *SESSIONS)),
        aliases=st.sampled_from(((), (), *((alias,) for alias in ALIASES), ALIASES)),
        context=st.sampled_from(DOCUMENTS),
        properties=st.sampled_from(DOCUMENTS),
        tags=st.sampled_from([(), ("spring", "")]),
        headers=st.sampled_from([{}, {"user-agent": "Firefox"}]),
        options=st.sampled_from(OPTIONS),
        profile_mode=st.sampled_from([ProfileMode.FIND_OR_CREATE, ProfileMode.FIND_OR_CREATE, *ProfileMode]),
        bad_events=st.sampled_from([(), (), (), (_BAD_EVENT,)]),
    )


def _sent_events() -> SearchStrategy[SentEvent]:
    """Events of few types, ids and times; some have a type or a time that is none."""
    return st.builds(
        SentEvent,
        type=st.sampled_from(["page-view", "page-view", "Page View", "visit-ended", "visit-started", " "]),
        id=st.sampled_from((None, *EVENTS)),
        properties=st.sampled_from((None, *DOCUMENTS)),
        time=st.sampled_from(TIMES),
        options=st.sampled_from([None, None, None, {"saveEvent": False}]),
    )


def a_submission_of(sent: Sequence[SentEvent], **fields: object) -> Submission:
    """One request with these events, its body as a client would have written it."""
    body = msgspec.json.encode({"events": sent})
    return a_submission(*sent, body=body, **fields)


def numbered(submission: Submission, number: int, profile_id: str | None) -> Submission:
    """The submission as the `number`th one that arrived: its id, its moment and all ids that derive from it differ."""
    return replace(submission, id=f"r{number}", entropy=number, received_at=noon_plus(number), profile_id=profile_id)


_BAD_EVENT = BadEvent(
    index=3,
    outcome=QUARANTINED_SHAPE,
    problems=(Problem(event=3, code="missing", loc=("body", "events", 3, "type"), msg="Field required."),),
    raw='{"name": 1}',
)
