"""When a visit ends and the next begins. Scenarios of tracker.md §9, each with its number."""

from __future__ import annotations

from datetime import timedelta

from sojourn.core.sessions import SessionStatus
from tests.door import NOON, Door

AUTOMATIC = ["profile-created", "session-opened", "visit-started"]


async def test_69_after_its_end_the_next_event_begins_another_visit(door: Door) -> None:
    first = await door.track(session="s1")
    before = await door.profile(first.profile)
    await door.track(session="s1", events=["visit-ended"])
    assert (await door.session("s1")).metadata.status is SessionStatus.ENDED
    door.clock.turn(minutes=5)
    await door.track(session="s1")
    visit = (await door.profile(first.profile)).metadata.time.visit
    assert await door.types(session="s1") == [*AUTOMATIC, "page-view", "visit-ended", "visit-started", "page-view"]
    assert (await door.session("s1")).metadata.status is SessionStatus.ACTIVE
    assert (visit.count, visit.last) == (2, before.metadata.time.visit.current)


async def test_69b_a_visit_that_ended_does_not_end_again_by_beginning_anew(door: Door) -> None:
    first = await door.track(session="s1", events=["x", "visit-ended"])
    await door.track(session="s1", events=["visit-ended"])
    assert await door.visits(first.profile) == 1
    assert (await door.session("s1")).metadata.status is SessionStatus.ENDED


async def test_70_what_follows_the_end_in_one_payload_begins_another_visit(door: Door) -> None:
    first = await door.track(session="s1", events=["a"])
    await door.track(session="s1", events=["visit-ended", "b"])
    stored = await door.events(session="s1")
    assert [event.type for event in stored] == [*AUTOMATIC, "a", "visit-ended", "visit-started", "b"]
    statuses = [event.session.status for event in stored if event.session and event.type in ("visit-ended", "b")]
    assert statuses == [SessionStatus.ENDED, SessionStatus.ACTIVE]
    assert await door.visits(first.profile) == 2


async def test_70b_the_end_alone_opens_a_session_like_any_other_event(door: Door) -> None:
    answer = await door.track(session="s1", events=["visit-ended"])
    assert await door.types() == [*AUTOMATIC, "visit-ended"]
    assert await door.visits(answer.profile) == 1
    assert (await door.session("s1")).metadata.status is SessionStatus.ENDED


async def test_71_after_too_long_a_pause_a_visit_begins_anew_and_the_first_keeps_its_duration(door: Door) -> None:
    first = await door.track(source="TIMED", session="s1")
    door.clock.turn(minutes=10)
    await door.track(source="TIMED", session="s1")
    duration = (await door.session("s1")).metadata.time.duration
    door.clock.turn(minutes=31)
    await door.track(source="TIMED", session="s1")
    assert await door.types() == [*AUTOMATIC, "page-view", "page-view", "visit-started", "page-view"]
    assert await door.visits(first.profile) == 2
    assert 600 <= duration < 601
    assert (await door.session("s1")).metadata.time.duration == duration


async def test_71b_a_shorter_pause_ends_nothing(door: Door) -> None:
    first = await door.track(source="TIMED", session="s1")
    door.clock.turn(minutes=29)
    await door.track(source="TIMED", session="s1")
    assert await door.visits(first.profile) == 1


async def test_71c_without_a_timeout_no_pause_ends_a_visit(door: Door) -> None:
    first = await door.track(session="s1")
    door.clock.turn(days=3)
    await door.track(session="s1")
    assert await door.visits(first.profile) == 1


async def test_71d_the_pause_goes_by_when_things_happened_not_by_when_they_arrived(door: Door) -> None:
    first = await door.track(source="TIMED", session="s1", events=[at("a", minutes=0), at("b", minutes=31)])
    await door.track(source="TIMED", session="s1", events=[at("c", minutes=15)])
    assert await door.visits(first.profile) == 2
    assert await door.types() == [*AUTOMATIC, "a", "c", "visit-started", "b"]


async def test_72_a_session_begins_with_its_first_event_and_lasts_until_its_last(door: Door) -> None:
    for session in ("s1", "s2"):
        await door.track(session=session)
        door.clock.turn(minutes=7)
        await door.track(session=session)
    for session in ("s1", "s2"):
        views = [event for event in await door.events(session=session) if event.type == "page-view"]
        time = (await door.session(session)).metadata.time
        span = views[1].metadata.time.insert - views[0].metadata.time.insert
        assert time.insert == views[0].metadata.time.insert
        assert (time.timestamp, time.weekday) == (time.insert.timestamp(), 1)
        assert time.duration == span.total_seconds()
        assert views[1].session is not None
        assert (views[1].session.start, views[1].session.duration) == (time.insert, time.duration)


async def test_72b_an_event_that_comes_late_moves_the_beginning_of_its_session(door: Door) -> None:
    first = await door.track(session="s1", events=[at("b", minutes=10)])
    await door.track(session="s1", events=[at("a", minutes=0)])
    time = (await door.session("s1")).metadata.time
    assert (time.insert, time.duration) == (YESTERDAY, 600)
    assert await door.visits(first.profile) == 1


async def test_72c_profile_and_session_know_when_they_were_first_seen_and_when_they_were_made(door: Door) -> None:
    answer = await door.track(session="s1", events=[at("b", minutes=10), at("a", minutes=0)])
    profile = (await door.profile(answer.profile)).metadata.time
    session = (await door.session("s1")).metadata.time
    assert profile.insert == session.insert == YESTERDAY
    assert NOON < profile.create == session.create < NOON + timedelta(seconds=1)


async def test_a_visit_that_the_client_began_itself_is_told_once(door: Door) -> None:
    answer = await door.track(session="s1", events=["visit-started", "page-view"])
    assert await door.types() == ["profile-created", "session-opened", "visit-started", "page-view"]
    assert await door.visits(answer.profile) == 1


async def test_a_visit_that_the_client_begins_after_the_end_of_another_is_told_once(door: Door) -> None:
    answer = await door.track(session="s1", events=["visit-ended"])
    await door.track(session="s1", events=["visit-started"])
    assert (await door.types()).count("visit-started") == 2
    assert await door.visits(answer.profile) == 2
    assert (await door.session("s1")).metadata.status is SessionStatus.STARTED


async def test_what_begins_a_visit_is_told_with_it(door: Door) -> None:
    await door.track(session="s1", events=["b", "a"])
    started = (await door.events(type="visit-started"))[0]
    assert started.properties == {"trigger-event-types": ["a", "b"]}
    assert started.metadata.system


async def test_a_session_of_nobody_is_opened_and_not_visited(door: Door) -> None:
    await door.track(url="/track?profile_less=true", session="s1")
    assert await door.types() == ["session-opened", "page-view"]


async def test_the_time_zone_of_the_latest_request_that_tells_one_is_kept(door: Door) -> None:
    answer = await door.track(session="s1", context={"time": {"tz": "Europe/Oslo"}})
    await door.track(session="s1", context={"time": {"tz": "Asia/Tokyo"}})
    await door.track(session="s1", context={"time": {"tz": 5}})
    await door.track(session="s1", context={"time": "noon"})
    assert (await door.profile(answer.profile)).metadata.time.visit.tz == "Asia/Tokyo"
    zones = [event.session.tz for event in await door.events(type="page-view") if event.session]
    assert zones == ["Europe/Oslo", "Asia/Tokyo", None, None]


YESTERDAY = NOON - timedelta(days=1)


def at(event_type: str, *, minutes: int) -> dict[str, object]:
    """An event that happened so many minutes after noon of yesterday."""
    return {"type": event_type, "time": {"insert": (YESTERDAY + timedelta(minutes=minutes)).isoformat()}}
