"""What the times of a client become."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sojourn.core.changes import Changes
from sojourn.core.events import Event, SentEvent, SentTime
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import QUARANTINED_TIME
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.times import parse_time
from tests.builders import NOON, a_submission, noon_plus


def test_the_clock_of_the_client_is_corrected_by_when_it_says_it_sent() -> None:
    sent = SentEvent(type="x", time=SentTime(create="2026-06-01T08:59:50Z"))
    event = stored(sent, sent_at="2026-06-01T09:00:00Z")
    assert event.metadata.time.create == noon_plus(-10)


def test_a_clock_that_began_in_1970_is_corrected_too() -> None:
    event = stored(SentEvent(type="x", time=SentTime(create=100)), sent_at=160)
    assert event.metadata.time.create == noon_plus(-60)


@pytest.mark.parametrize(
    ("create", "sent_at"),
    [
        ("0001-01-02", "9999-12-30"),
        ("9999-12-30", "0001-01-02"),
        ("0001-01-02", "0001-01-02"),
        ("2026-06-01", "9999-12-30"),
    ],
)
def test_a_clock_that_is_out_of_all_years_raises_nothing(create: str, sent_at: str) -> None:
    answer, _ = decided(SentEvent(type="x", time=SentTime(create=create)), sent_at=sent_at)
    assert len(answer.outcomes) == 1


def test_a_corrected_time_outside_all_years_is_put_aside() -> None:
    answer, _ = decided(SentEvent(type="x", time=SentTime(create="0001-01-02")), sent_at="9999-12-30")
    assert [ended.outcome for ended in answer.outcomes] == [QUARANTINED_TIME]


def test_without_a_moment_the_event_happened_when_it_arrived() -> None:
    event = stored(SentEvent(type="x", time=SentTime()))
    assert (event.metadata.time.insert, event.metadata.time.create) == (NOON, None)


def test_an_event_that_is_older_than_the_limit_is_late() -> None:
    late = stored(SentEvent(type="x", time=SentTime(create=(NOON - timedelta(days=31)).isoformat())))
    on_time = stored(SentEvent(type="x", time=SentTime(create=(NOON - timedelta(days=29)).isoformat())))
    assert (late.metadata.late, on_time.metadata.late) == (True, False)


@pytest.mark.parametrize(
    ("sent", "notes"),
    [
        (SentEvent(type="page-view"), []),
        (SentEvent(type=" Page  View"), [("type-rewritten", " Page  View")]),
        (SentEvent(type="x", tags=["b", "a"]), []),
        (SentEvent(type="x", tags=["b", "a", "b"]), [("tags-united", "")]),
        (SentEvent(type="x", time=SentTime(insert="2026-05-01T12:00:00Z")), [("insert-as-told", "")]),
        (SentEvent(type="x", time=SentTime(insert="2027-06-01T12:00:00Z")), [("future-time", "insert")]),
    ],
)
def test_the_trace_tells_what_was_changed(sent: SentEvent, notes: list[tuple[str, str]]) -> None:
    assert notes_of(sent) == notes


def test_the_trace_tells_by_how_much_a_clock_was_corrected() -> None:
    sent = SentEvent(type="x", time=SentTime(create="2026-06-01T08:59:50Z"))
    assert notes_of(sent, sent_at="2026-06-01T09:00:00Z") == [("clock-corrected", "+10800.000 s")]


def test_the_trace_tells_of_the_tags_of_the_payload() -> None:
    result = decide_all([a_submission(SentEvent(type="x", tags=["a"]), tags=("b",))], Facts(keys=Keys()), Ruleset())
    trace = result.changes.events[-1].trace
    assert [(note.code, note.detail) for note in trace if note.step == "normalise"] == [("tags-united", "")]


def notes_of(sent: SentEvent, sent_at: str | float | None = None) -> list[tuple[str, object]]:
    """What the step says of the event, each code with its detail."""
    _, changes = decided(sent, sent_at)
    return [(note.code, note.detail) for note in changes.events[-1].trace if note.step == "normalise"]


def stored(sent: SentEvent, sent_at: str | float | None = None) -> Event:
    """The event as it is kept."""
    _, changes = decided(sent, sent_at)
    return changes.events[-1].event


def decided(sent: SentEvent, sent_at: str | float | None = None) -> tuple[Decision, Changes]:
    """One event, sent at that moment of the client's clock, which arrives at noon."""
    told = parse_time(sent_at) if sent_at is not None else None
    result = decide_all([a_submission(sent, sent_at=told)], Facts(keys=Keys()), Ruleset())
    return result.decisions[0], result.changes
