"""From one site to another. Scenarios of tracker.md §9 on passes, each with its number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.door import Answer, Door, a_payload


async def arrive(door: Door, handed_on: object, session: str = "s2", source: str = "S", **more: Any) -> Answer:
    """The first page of a site that somebody was handed on to."""
    return await door.track(session=session, source=source, context={"tracardi": {"pass": handed_on}}, **more)


async def a_token(door: Door, session: str = "s1", target: str = "S") -> tuple[str | None, str]:
    """Somebody, and the token by which they are handed on."""
    answer = await door.track(session=session, source="GIVES", options={"pass": [target]})
    assert answer.codes("warnings") == []
    return answer.profile, answer.body["passes"][target]["token"]


async def test_62_a_new_browser_is_the_person_who_was_handed_on(door: Door) -> None:
    ann, token = await a_token(door)
    answer = await arrive(door, {"token": token})
    assert (answer.profile, answer.codes("warnings")) == (ann, [])
    assert await door.types(session="s2") == ["session-opened", "visit-started", "page-view"]
    assert await door.visits(ann) == 2


async def test_62b_a_browser_that_only_names_the_person_is_believed_where_the_source_says_so(door: Door) -> None:
    ann = (await door.track(session="s1")).profile
    handed_on = {"profile": ann, "source": "S"}
    assert (await arrive(door, handed_on, session="s2", source="BARE")).profile == ann
    refused = await arrive(door, handed_on, session="s3", source="S")
    assert (refused.profile != ann, refused.codes("warnings")) == (True, ["pass-ignored"])


async def test_63_an_anonymous_person_and_the_one_who_was_handed_on_are_one(door: Door) -> None:
    ann, token = await a_token(door)
    own = (await door.track(session="s2")).profile
    answer = await arrive(door, {"token": token})
    assert answer.profile == ann
    assert set((await door.profile(ann)).ids) == {ann, own}
    assert (await door.track(session="s3", profile=own)).profile == ann
    owners = {event.profile.id for event in await door.events(profile=ann) if event.profile}
    assert owners == {ann, own}
    sessions = await door.store.sessions_of(ann or "", limit=10)
    assert {session.id for session in sessions.items} == {"s1", "s2", "s3"}


@pytest.mark.parametrize(
    "handed_on",
    [
        {"profile": "nobody", "source": "S"},
        {"profile": None, "source": "S"},
        {"profile": 5, "source": ["S"]},
        {"profile": "x" * 129, "source": "S"},
        {"profile": " "},
        {"token": None},
        {"token": 5},
        {"token": ""},
        {"token": "bm8.bm8"},
        {"token": "\U0001f600.\u00e9"},
        {},
        [],
        "token",
        5,
    ],
)
async def test_64_what_is_no_pass_is_ignored_with_a_warning(door: Door, handed_on: object) -> None:
    answer = await arrive(door, handed_on, source="BARE")
    assert (answer.status, answer.codes("warnings")) == (200, ["pass-ignored"])
    assert answer.profile is not None


async def test_64b_a_pass_from_a_site_that_is_not_known_is_ignored(door: Door) -> None:
    ann = (await door.track(session="s1")).profile
    for source in ("nowhere", "OFF"):
        answer = await arrive(door, {"profile": ann, "source": source}, session=source, source="BARE")
        assert (answer.profile != ann, answer.codes("warnings")) == (True, ["pass-ignored"])


async def test_64c_a_token_holds_once_for_minutes_at_one_source_and_unchanged(door: Door) -> None:
    ann, token = await a_token(door)
    changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    assert (await arrive(door, {"token": changed}, session="b1")).profile != ann
    assert (await arrive(door, {"token": token}, session="b2", source="QUIET")).profile != ann
    assert (await arrive(door, {"token": token}, session="b3")).profile == ann
    assert (await arrive(door, {"token": token}, session="b4")).codes("warnings") == ["pass-ignored"]
    _, late = await a_token(door)
    door.clock.turn(minutes=2)
    answer = await arrive(door, {"token": late}, session="b5")
    assert (answer.profile != ann, answer.codes("warnings")) == (True, ["pass-ignored"])


async def test_64d_null_is_no_pass(door: Door) -> None:
    for tracardi in ({"pass": None}, None, "x", {}):
        answer = await door.track(session="s1", context={"tracardi": tracardi})
        assert (answer.status, answer.codes("warnings")) == (200, [])


async def test_a_pass_may_stand_in_the_context_of_an_event(door: Door) -> None:
    ann, token = await a_token(door)
    event = {"type": "page-view", "context": {"tracardi": {"pass": {"token": token}}}}
    assert (await door.track(a_payload(session="s2", events=[event]))).profile == ann


async def test_a_retry_of_a_request_with_a_pass_gets_the_same_answer(door: Door) -> None:
    ann, token = await a_token(door)
    event = {"type": "page-view", "id": "e1"}
    answers = [await arrive(door, {"token": token}, events=[event]) for _ in range(2)]
    assert [answer.profile for answer in answers] == [ann, ann]


async def test_an_answer_has_passes_for_every_source_that_is_allowed_and_open(door: Door) -> None:
    answer = await door.track(session="s1", source="GIVES", options={"pass": True})
    assert sorted(answer.body["passes"]) == ["BARE", "S"]
    assert answer.body["passes"]["S"]["expires_at"] == "2026-11-24T12:02:00Z"


async def test_a_pass_for_a_source_that_is_not_allowed_is_not_given(door: Door) -> None:
    answer = await door.track(session="s1", source="GIVES", options={"pass": ["S", "QUIET", "OFF"]})
    assert (sorted(answer.body["passes"]), answer.codes("warnings")) == (["S"], ["pass-not-given"])
    answer = await door.track(session="s1", source="S", options={"pass": True})
    assert (answer.body["passes"], answer.codes("warnings")) == ({}, ["pass-not-given"])


async def test_nobody_is_handed_on_where_nobody_is_kept(door: Door) -> None:
    for url, options in (("/track?profile_less=true", {}), ("/track", {"saveProfile": False})):
        payload = a_payload(session="new", source="GIVES", options={"pass": True, **options})
        answer = await door.track(payload, url=url)
        assert (answer.body["passes"], answer.codes("warnings")) == ({}, ["pass-not-given"])


async def test_an_answer_has_no_passes_unless_it_was_asked_for(door: Door) -> None:
    for options in ({}, {"pass": False}, {"pass": "S"}, {"pass": None}):
        assert "passes" not in (await door.track(session="s1", source="GIVES", options=options)).body
