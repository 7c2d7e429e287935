"""Batches and queues are bounded by the time that they take, as soon as something is known of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits
from sojourn.engine.pace import Pace

LIMITS = Limits(batch_s_max=0.01, batch_events_max=1_000, batch_requests_max=100, queue_wait_s_max=0.5)


def paced(*, requests: int = 10, events: int = 10, decide_s: float, serve_s: float, is_full: bool = True) -> Pace:
    """A pace that was learnt from one batch."""
    pace = Pace(LIMITS)
    pace.note(requests=requests, events=events, decide_s=decide_s, serve_s=serve_s, is_full=is_full)
    return pace


def test_before_anything_was_measured_only_numbers_bound() -> None:
    pace = Pace(LIMITS)
    assert pace.batch_events_max() == LIMITS.batch_events_max
    assert [pace.is_crowd(requests) for requests in (2_047, 2_048)] == [False, True]


def test_a_batch_takes_what_can_be_decided_in_its_time() -> None:
    assert paced(decide_s=0.001, serve_s=0.002).batch_events_max() == 100


def test_a_batch_takes_one_event_however_slow_that_is() -> None:
    assert paced(decide_s=60, serve_s=60).batch_events_max() == 1


def test_who_would_wait_too_long_is_one_too_many() -> None:
    pace = paced(decide_s=0.001, serve_s=0.02)  # 2 ms a request
    assert [pace.is_crowd(requests) for requests in (250, 251)] == [False, True]


def test_what_the_next_batch_takes_is_no_crowd_however_slow_the_disk_is() -> None:
    pace = paced(decide_s=0.001, serve_s=10)
    assert [pace.is_crowd(requests) for requests in (99, 100)] == [False, True]


def test_a_batch_that_left_nobody_behind_tells_nothing_of_crowds() -> None:
    assert not paced(requests=1, events=1, decide_s=0.0001, serve_s=1, is_full=False).is_crowd(1_000)


@given(st.floats(1e-6, 1e-2), st.floats(1e-6, 1e-2), st.integers(1, 500))
def test_the_pace_comes_to_be_that_of_the_batches_that_go(before_s: float, now_s: float, requests: int) -> None:
    pace = paced(requests=1, events=1, decide_s=before_s, serve_s=before_s)
    for _ in range(100):
        pace.note(requests=requests, events=requests, decide_s=now_s * requests, serve_s=now_s * requests, is_full=True)
    wanted = max(1, min(LIMITS.batch_events_max, int(LIMITS.batch_s_max / now_s)))
    assert abs(pace.batch_events_max() - wanted) <= 1
