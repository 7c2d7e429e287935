"""When did it happen? Scenario 46 of tracker.md §9: every row of §3.3, and what a client may not say of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sojourn.core.events import Event
from tests.door import AS_SERVER, NOON, Door

TEN = datetime(2020, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2020-01-01 10:00:00",
        "2020-01-01T10:00:00",
        "2020-01-01T10:00:00.000",
        "2020-01-01T10:00:00Z",
        "2020-01-01T12:00:00+02:00",
        1_577_872_800,
        1_577_872_800_000,
        "1577872800",
        "1577872800000",
    ],
)
async def test_46_every_form_of_a_moment_is_stored_as_utc(door: Door, written: str | int) -> None:
    event = await the_event(door, {"insert": written, "create": written, "update": written})
    time = event.metadata.time
    assert (time.insert, time.create, time.update) == (TEN, TEN, TEN)
    assert time.insert.tzinfo is UTC


async def test_46b_a_date_alone_is_midnight(door: Door) -> None:
    event = await the_event(door, {"insert": "2020-01-01"})
    assert event.metadata.time.insert == datetime(2020, 1, 1, tzinfo=UTC)


async def test_46c_no_moment_is_the_arrival(door: Door) -> None:
    for time in (None, {}, {"insert": None}):
        event = await the_event(door, time)
        assert NOON < event.metadata.time.insert < NOON + timedelta(seconds=1)
        assert event.metadata.time.create is None


async def test_46d_a_leap_second_is_the_next_second(door: Door) -> None:
    event = await the_event(door, {"insert": "2016-12-31T23:59:60Z"})
    assert event.metadata.time.insert == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", ["1969-12-31T23:59:59Z", -1, "2100-01-01", 4_102_444_800, "9999-12-31"])
async def test_46e_a_year_that_cannot_be_is_put_aside(door: Door, written: str | int) -> None:
    answer = await door.track(session="s1", events=["good", {"type": "odd", "time": {"create": written}}])
    assert answer.status == 200
    assert answer.body["errors"] == [
        {
            "event": 1,
            "code": "time",
            "loc": ["body", "events", 1, "time", "create"],
            "msg": "The time lies outside the years 1970 to 2100.",
        }
    ]
    assert await door.types(type="odd") == []
    assert [(aside.reason, aside.loc[-1]) for aside in await door.quarantined()] == [("time", "create")]


@pytest.mark.parametrize("written", ["soon", "10:00:00", "2020-02-30", "2020-01-01T25:00:00Z", "", True, [], {}])
async def test_46f_what_is_no_moment_is_put_aside(door: Door, written: Any) -> None:
    answer = await door.track(session="s1", events=["good", {"type": "odd", "time": {"insert": written}}])
    problem = answer.body["errors"][0]
    assert (problem["event"], problem["loc"]) == (1, ["body", "events", 1, "time", "insert"])
    assert await door.types(type="odd") == []
    assert len(await door.quarantined()) == 1


async def test_46g_alone_it_is_an_error_with_its_place(door: Door) -> None:
    answer = await door.track(session="s1", events=[{"type": "odd", "time": {"insert": "soon"}}])
    assert answer.status == 422
    assert answer.body["detail"] == [
        {
            "type": "datetime_parsing",
            "loc": ["body", "events", 0, "time", "insert"],
            "msg": "Input should be a valid datetime.",
        }
    ]


@pytest.mark.parametrize("field", ["insert", "create", "update"])
async def test_46h_a_moment_ahead_of_its_arrival_becomes_the_arrival_with_a_warning(door: Door, field: str) -> None:
    tomorrow = (NOON + timedelta(days=1)).isoformat()
    answer = await door.track(session="s1", events=[{"type": "x", "time": {field: tomorrow}}])
    assert [(warning["code"], warning["event"], warning["loc"][-1]) for warning in answer.body["warnings"]] == [
        ("future-time", 0, field)
    ]
    time = (await door.events(type="x"))[0].metadata.time
    assert getattr(time, field) == time.insert < NOON + timedelta(seconds=1)


async def test_46i_a_clock_that_is_a_little_fast_is_believed(door: Door) -> None:
    soon = NOON + timedelta(minutes=59)
    answer = await door.track(session="s1", events=[{"type": "x", "time": {"create": soon.isoformat()}}])
    assert answer.body["warnings"] == []
    assert (await door.events(type="x"))[0].metadata.time.create == soon


async def test_46j_without_trust_in_history_insert_becomes_create(door: Door) -> None:
    event = await the_event(door, {"insert": "2020-01-01T10:00:00Z"}, source="NOW")
    assert event.metadata.time.create == TEN
    assert event.metadata.time.insert > NOON


async def test_46k_without_trust_in_history_a_sent_create_stays(door: Door) -> None:
    event = await the_event(door, {"insert": "2019-01-01", "create": "2020-01-01T10:00:00Z"}, source="NOW")
    assert event.metadata.time.create == TEN


async def test_the_clients_clock_is_corrected_by_when_it_sent(door: Door) -> None:
    slow_by = timedelta(hours=2)
    made_at = NOON - timedelta(hours=1)
    event = await the_event(door, {"create": (made_at - slow_by).isoformat()}, sent_at=(NOON - slow_by).isoformat())
    create = event.metadata.time.create
    assert create is not None
    assert timedelta(0) <= create - made_at < timedelta(seconds=1)


async def test_a_moment_of_sending_that_cannot_be_read_corrects_nothing(door: Door) -> None:
    for sent_at in ("soon", "9999-12-31", -5):
        event = await the_event(door, {"create": "2020-01-01T10:00:00Z"}, sent_at=sent_at)
        assert event.metadata.time.create == TEN


async def test_an_old_event_is_kept_and_flagged_as_late(door: Door) -> None:
    old = await the_event(door, {"create": (NOON - timedelta(days=31)).isoformat()})
    recent = await the_event(door, {"create": (NOON - timedelta(days=29)).isoformat()})
    assert (old.metadata.late, recent.metadata.late) == (True, False)


async def test_a_server_may_tell_of_years_ago_without_being_late(door: Door) -> None:
    payload = {"source": {"id": "SRV"}, "events": [{"type": "x", "time": {"insert": "2020-01-01"}}]}
    await door.send("POST", "/track", json=payload, headers=AS_SERVER)
    assert not (await door.events(type="x"))[0].metadata.late


async def test_system_events_lie_before_the_earliest_event_of_the_payload(door: Door) -> None:
    events = [{"type": "b", "time": {"insert": "2020-01-02"}}, {"type": "a", "time": {"insert": "2020-01-01T10:00Z"}}]
    await door.track(session="s1", events=events)
    stored = [(event.type, event.metadata.time.insert) for event in await door.events()]
    assert stored[:4] == [
        ("profile-created", TEN - timedelta(seconds=3)),
        ("session-opened", TEN - timedelta(seconds=2)),
        ("visit-started", TEN - timedelta(seconds=1)),
        ("a", TEN),
    ]


async def test_events_of_one_payload_keep_their_order(door: Door) -> None:
    types = [f"e{number}" for number in range(20)]
    await door.track(session="s1", events=types)
    assert [event.type for event in await door.events() if not event.metadata.system] == types


async def the_event(door: Door, time: dict[str, Any] | None, **parts: Any) -> Event:
    """The event that was stored of one that was sent with these moments."""
    name = f"x{door.sent}"
    await door.track(session=f"s{door.sent}", events=[{"type": name, "time": time}], **parts)
    return (await door.events(type=name))[0]
