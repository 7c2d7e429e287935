"""Whose is it? The scenarios of tracker.md §9 on profiles and sessions, each with its number."""

from __future__ import annotations

from uuid import UUID

from tests.door import Door

AUTOMATIC = ["profile-created", "session-opened", "visit-started"]


async def test_01_the_first_contact_makes_a_profile_a_session_and_a_visit(door: Door) -> None:
    answer = await door.track(session="s1")
    assert answer.status == 200
    assert list(answer.body) == ["task", "ux", "response", "events", "profile", "session", "errors", "warnings"]
    assert str(UUID(answer.profile)) == answer.profile
    assert answer.session == "s1"
    events = await door.events(session="s1")
    assert [event.type for event in events] == [*AUTOMATIC, "page-view"]
    assert {event.profile.id for event in events if event.profile} == {answer.profile}
    assert {event.session.id for event in events if event.session} == {"s1"}
    profile = await door.store.profile(answer.profile or "")
    assert profile is not None
    assert profile.metadata.time.visit.count == 1
    assert profile.metadata.time.visit.last is None


async def test_02_the_returned_id_in_the_same_session_changes_nothing_but_adds_the_event(door: Door) -> None:
    first = await door.track(session="s1")
    again = await door.track(session="s1", profile=first.profile, events=["click"])
    assert again.profile == first.profile
    assert await door.types(session="s1") == [*AUTOMATIC, "page-view", "click"]
    assert await door.visits(first.profile) == 1


async def test_03_a_lost_profile_id_is_restored_by_the_session(door: Door) -> None:
    first = await door.track(session="s1")
    again = await door.track(session="s1", events=["click"])
    assert again.profile == first.profile
    assert await door.types(session="s1") == [*AUTOMATIC, "page-view", "click"]


async def test_04_a_new_session_keeps_the_profile_and_is_a_new_visit(door: Door) -> None:
    first = await door.track(session="s1")
    before = await door.store.profile(first.profile or "")
    door.clock.turn(hours=1)
    second = await door.track(session="s2", profile=first.profile)
    after = await door.store.profile(first.profile or "")
    assert second.profile == first.profile
    assert await door.types(session="s2") == ["session-opened", "visit-started", "page-view"]
    assert before is not None
    assert after is not None
    assert after.metadata.time.visit.count == 2
    assert after.metadata.time.visit.last == before.metadata.time.visit.current


async def test_05_a_forged_profile_id_is_never_adopted(door: Door) -> None:
    answer = await door.track(session="s1", profile="forged")
    profile = await door.store.profile(answer.profile or "")
    assert answer.profile != "forged"
    assert profile is not None
    assert "forged" not in profile.ids
    assert await door.types(session="s1") == [*AUTOMATIC, "page-view"]


async def test_06_a_forged_id_in_a_known_session_gets_the_sessions_profile(door: Door) -> None:
    first = await door.track(session="s1")
    assert (await door.track(session="s1", profile="forged")).profile == first.profile


async def test_07_the_session_of_another_profile_wins_and_the_client_is_warned(door: Door) -> None:
    owner = await door.track(session="s1")
    other = await door.track(session="s2")
    answer = await door.track(session="s1", profile=other.profile, events=["click"])
    assert answer.profile == owner.profile
    assert answer.codes("warnings") == ["profile-mismatch"]
    clicks = await door.events(type="click")
    assert [event.profile.id for event in clicks if event.profile] == [owner.profile]


async def test_09_a_session_whose_profile_was_erased_gets_a_new_one(door: Door) -> None:
    first = await door.track(session="s1")
    await door.store.erase(first.profile or "")
    again = await door.track(session="s1")
    assert again.profile != first.profile
    assert await door.types(session="s1") == [*AUTOMATIC, "page-view"]
    session = await door.store.session("s1")
    assert session is not None
    assert session.profile is not None
    assert session.profile.id == again.profile


async def test_11_without_a_session_the_server_makes_one_that_leads_back(door: Door) -> None:
    first = await door.track(session=None)
    assert str(UUID(first.session)) == first.session
    assert (await door.track(session=first.session)).profile == first.profile


async def test_11b_a_known_profile_without_a_session_is_a_new_visit(door: Door) -> None:
    first = await door.track(session="s1")
    again = await door.track(session=None, profile=first.profile)
    assert again.profile == first.profile
    assert await door.types(session=again.session) == ["session-opened", "visit-started", "page-view"]
    assert await door.visits(first.profile) == 2


async def test_13_blank_ids_count_as_absent(door: Door) -> None:
    for blank in ("", {"id": None}, {"id": ""}, {"id": "  "}):
        payload = {"source": {"id": "S"}, "session": blank, "profile": blank, "events": [{"type": "x"}]}
        answer = await door.track(payload)
        assert answer.status == 200, blank
        assert str(UUID(answer.session)) == answer.session
    assert (await door.track({"source": {"id": "S"}, "session": None, "profile": None, "events": []})).status == 200


async def test_14_ids_are_trimmed(door: Door) -> None:
    first = await door.track(session="s1")
    again = await door.track(session="  s1 ", profile=f" {first.profile} ")
    assert (again.session, again.profile) == ("s1", first.profile)


async def test_15_an_alias_in_a_new_session_leads_to_its_profile(door: Door) -> None:
    headers = {"Authorization": "Bearer a secret of the server source"}
    person = {"id": None, "ids": ["old"]}
    payload = {"source": {"id": "SRV"}, "session": {"id": "s1"}, "profile": person, "events": [{"type": "import"}]}
    first = await door.send("POST", "/track", json=payload, headers=headers)
    again = await door.track(session="s2", profile="old")
    profile = await door.store.profile("old")
    assert again.profile == first.profile
    assert profile is not None
    assert profile.ids == (first.profile, "old")
    assert await door.types(session="s2") == ["session-opened", "visit-started", "page-view"]


async def test_17_a_static_source_adopts_the_clients_profile_id_once(door: Door) -> None:
    for session in ("s1", "s1", "s2"):
        assert (await door.track(source="STAT", session=session, profile="cust-1")).profile == "cust-1"
    assert (await door.types(profile="cust-1")).count("profile-created") == 1
    assert await door.visits("cust-1") == 2


async def test_17b_a_static_profile_takes_over_the_session_of_another(door: Door) -> None:
    first = await door.track(session="s1")
    static = await door.track(source="STAT", session="s1", profile="cust-1")
    session = await door.store.session("s1")
    assert static.profile == "cust-1" != first.profile
    assert session is not None
    assert session.profile is not None
    assert session.profile.id == "cust-1"
    assert await door.visits("cust-1") == 1


async def test_19_a_static_source_needs_a_profile_id(door: Door) -> None:
    answer = await door.track(source="STAT", session="s1")
    assert answer.status == 422
    assert answer.body["detail"][0]["loc"] == ["body", "profile", "id"]
    assert await door.events() == []


async def test_31_a_session_that_is_known_and_a_profile_that_is_not_make_a_new_profile(door: Door) -> None:
    await door.track(url="/track?profile_less=true", session="s1")
    answer = await door.track(session="s1", profile="random")
    assert answer.profile not in (None, "random")
    session = await door.store.session("s1")
    assert session is not None
    assert session.profile is not None
    assert session.profile.id == answer.profile


async def test_32_when_neither_exists_the_session_is_as_sent_and_both_are_readable(door: Door) -> None:
    answer = await door.track(session="sent", profile="random")
    assert answer.session == "sent"
    assert answer.profile != "random"
    assert await door.store.session("sent") is not None
    assert await door.store.profile(answer.profile or "") is not None


async def test_36_ten_parallel_sessions_of_one_profile_are_ten_visits(door: Door) -> None:
    import asyncio

    first = await door.track(session="s0")
    answers = await asyncio.gather(*(door.track(session=f"s{n}", profile=first.profile) for n in range(1, 11)))
    assert {answer.profile for answer in answers} == {first.profile}
    assert await door.visits(first.profile) == 11


async def test_a_known_profile_adopts_a_profile_less_session_without_being_created_again(door: Door) -> None:
    known = await door.track(session="s1")
    await door.track(url="/track?profile_less=true", session="s2")
    answer = await door.track(session="s2", profile=known.profile, events=["click"])
    assert answer.profile == known.profile
    assert await door.types(session="s2") == ["session-opened", "page-view", "visit-started", "click"]
    assert await door.visits(known.profile) == 2


async def test_aliases_told_by_a_server_lead_to_the_person(door: Door) -> None:
    headers = {"Authorization": "Bearer a secret of the server source"}
    payload = {
        "source": {"id": "SRV"},
        "session": {"id": "s1"},
        "profile": {"id": None, "ids": ["crm-7", "crm-8"]},
        "events": [{"type": "import"}],
    }
    first = await door.send("POST", "/track", json=payload, headers=headers)
    again = await door.track(session="s2", profile="crm-8")
    assert again.profile == first.profile
    profile = await door.store.profile("crm-7")
    assert profile is not None
    assert profile.ids == (first.profile, "crm-7", "crm-8")


async def test_aliases_told_by_a_browser_are_ignored(door: Door) -> None:
    await door.track(session="s1", profile={"id": None, "ids": ["crm-7"]})
    assert await door.store.profile("crm-7") is None
