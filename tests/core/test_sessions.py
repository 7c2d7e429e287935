"""What a session keeps of what its payloads tell, and when its visits end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.facts import Facts, Keys
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import Decided, decide_all
from sojourn.core.sessions import SessionStatus, first_wins, is_over, new_session, with_event, with_next_visit
from tests.builders import NOON, a_session, a_submission, noon_plus

SMALL = Limits(session_bytes_max=100)

NOTHING: st.SearchStrategy[Any] = st.sampled_from([None, "", {}, []])
TOLD = st.dictionaries(st.sampled_from("abcdef"), NOTHING | st.integers(0, 9), max_size=5)


@given(TOLD, TOLD)
def test_the_first_value_that_says_anything_wins(known: dict[str, Any], told: dict[str, Any]) -> None:
    said_first = {**_saying(told), **_saying(known)}
    assert _saying(first_wins(known, told)) == said_first


@given(TOLD, TOLD)
def test_what_was_told_before_changes_nothing(known: dict[str, Any], told: dict[str, Any]) -> None:
    merged = first_wins(known, told)
    assert first_wins(merged, told) is merged


@given(TOLD, st.sampled_from("abcdef"))
def test_what_only_the_server_may_say_is_never_taken(told: dict[str, Any], reserved: str) -> None:
    assert reserved not in first_wins({}, told, (reserved,))


def test_a_session_takes_no_more_than_it_may_hold_and_says_so() -> None:
    first = a_submission(session_id="s1", context={"a": "x" * 60})
    second = a_submission(session_id="s1", context={"b": "y" * 60}, properties={"c": 1}, id="second", entropy=2)
    decided = decide(first, second, limits=SMALL)
    (session,) = decided.changes.sessions
    assert (session.context, session.properties) == ({"a": "x" * 60}, {})
    assert [[problem.code for problem in answer.warnings] for answer in decided.decisions] == [[], ["session-full"]]


def test_the_context_that_a_full_session_does_not_take_is_kept_with_its_events() -> None:
    context = {"b": "y" * 200}
    decided = decide(a_submission(session_id="s1", context=context), limits=SMALL)
    assert [record.context for record in decided.changes.submissions] == [context]


def test_a_full_session_that_is_told_nothing_new_says_nothing() -> None:
    first = a_submission(session_id="s1", context={"a": "x" * 60})
    again = a_submission(session_id="s1", context={"a": "y" * 600}, id="again", entropy=2)
    assert [answer.warnings for answer in decide(first, again, limits=SMALL).decisions] == [(), ()]


def test_a_visit_with_a_timeout_beyond_all_years_is_never_over() -> None:
    assert not is_over(a_session(), noon_plus(1), 10**30)


@pytest.mark.parametrize(
    ("pause_s", "timeout_s", "over"), [(1_800, 1_800, False), (1_801, 1_800, True), (10**6, None, False)]
)
def test_a_visit_is_over_after_more_than_its_timeout(pause_s: int, timeout_s: int | None, *, over: bool) -> None:
    assert is_over(a_session(), noon_plus(pause_s), timeout_s) is over


@given(st.lists(st.integers(-10_000, 10_000), min_size=1))
def test_a_visit_lasts_from_its_earliest_to_its_latest_event_in_whatever_order_they_come(seconds: list[int]) -> None:
    session = new_session("s1", began=noon_plus(seconds[0]), created=NOON, channel=None)
    for second in seconds:
        session = with_event(session, noon_plus(second), SessionStatus.ACTIVE)
    time = session.metadata.time
    assert time.insert == noon_plus(min(seconds))
    assert time.timestamp == time.insert.timestamp()
    assert time.duration == max(seconds) - min(seconds)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 10_000)), min_size=1, max_size=10))
def test_pauses_between_visits_do_not_count_into_the_duration(visits: list[tuple[int, int]]) -> None:
    now = NOON
    session = new_session("s1", began=now, created=now, channel=None)
    for number, (length, pause) in enumerate(visits):
        if number:
            session = with_next_visit(session, now)
        session = with_event(session, now + timedelta(seconds=length), SessionStatus.ACTIVE)
        now += timedelta(seconds=length + pause)
    assert session.metadata.time.duration == sum(length for length, _ in visits)
    assert session.metadata.time.visit.count == len(visits)


def decide(*submissions: Any, limits: Limits) -> Decided:
    """The decisions on these first submissions."""
    return decide_all(submissions, Facts(keys=Keys()), Ruleset(limits=limits))


def _saying(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value not in (None, "", {}, [])}
