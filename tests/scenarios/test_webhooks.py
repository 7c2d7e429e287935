"""What webhooks send, whatever it is. Scenarios of tracker.md §9 on `/collect`, each with its number."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.door import Door


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_54_a_webhook_without_a_session_is_nobodys(door: Door, method: str) -> None:
    answer = await door.send(method, "/collect/Order%20Paid/HOOK?n=1&tag=a&tag=b&blank=", json={"n": 1, "tag": ["a"]})
    event = (await door.events())[0]
    assert (answer.status, answer.profile, answer.session) == (200, None, None)
    assert (event.type, event.profile, event.session, event.metadata.profile_less) == ("order-paid", None, None, True)


async def test_54b_the_query_of_a_get_is_its_properties(door: Door) -> None:
    await door.send("GET", "/collect/ev/HOOK?n=1&tag=a&tag=b&blank=&%C3%B8=%20")
    assert (await door.events())[0].properties == {"n": "1", "tag": ["a", "b"], "blank": "", "ø": " "}


@pytest.mark.parametrize(
    ("body", "content_type", "properties"),
    [
        (b'{"a": {"b": 1}}', "application/json", {"a": {"b": 1}}),
        (b'\xef\xbb\xbf{"a": 1}', "application/json", {"a": 1}),
        (b'{"a": 1}', "", {"a": 1}),
        (b"[1, 2]", "application/json", {"items": [1, 2]}),
        (b"5", "application/json", {"body": 5}),
        (b"plain words", "text/plain", {"body": "plain words"}),
        (b"plain words", "text/plain; charset=utf-8", {"body": "plain words"}),
        (b'{"a": 1}', "text/plain", {"a": 1}),
        (b"", "application/json", {}),
        (b"a=1&b=2&b=3&c=", "application/x-www-form-urlencoded", {"a": "1", "b": ["2", "3"], "c": ""}),
        (b"a=%C3%B8", "application/x-www-form-urlencoded; charset=utf-8", {"a": "ø"}),
    ],
)
async def test_55_every_kind_of_body_becomes_properties(
    door: Door, body: bytes, content_type: str, properties: dict[str, Any]
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await door.send("POST", "/collect/ev/HOOK", content=body, headers=headers)
    assert (answer.status, answer.body["warnings"]) == (200, [])
    assert (await door.events())[0].properties == properties


async def test_55b_the_fields_of_a_form_with_files_become_properties(door: Door) -> None:
    files = [("note", (None, "hello")), ("tag", (None, "a")), ("tag", (None, "b")), ("photo", ("me.png", b"\x89PNG"))]
    answer = await door.send("POST", "/collect/ev/HOOK", files=files)
    assert answer.body["warnings"] == []
    assert (await door.events())[0].properties == {"note": "hello", "tag": ["a", "b"], "photo": "me.png"}


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b'{"a": ', "application/json", "json_invalid"),
        (b'{"a": NaN}', "application/json", "json_invalid"),
        (b"[" * 100_000, "application/json", "json_invalid"),
        (b'{"a": "\xff"}', "application/json", "json_invalid"),
        (b"plain words", "", "json_invalid"),
        (b"nothing", "multipart/form-data", "form_invalid"),
        (b"nothing", "multipart/form-data; boundary=x", "form_invalid"),
        (b"--x\r\n\r\nv\r\n--x--", "multipart/form-data; boundary=x", "form_invalid"),
    ],
)
async def test_55c_what_cannot_be_read_is_an_event_without_properties_and_a_warning(
    door: Door, body: bytes, content_type: str, code: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await door.send("POST", "/collect/ev/HOOK", content=body, headers=headers)
    assert (answer.status, answer.codes("warnings")) == (200, [code])
    assert (await door.events())[0].properties == {}


@pytest.mark.parametrize("kind", ["query", "form", "multipart", "json"])
async def test_55d_more_fields_than_an_object_may_have_are_refused(door: Door, kind: str) -> None:
    many = {f"f{number}": "" for number in range(600)}
    request: dict[str, dict[str, Any]] = {
        "query": {"url": "/collect/ev/HOOK?" + "&".join(many)},
        "form": {"data": many},
        "multipart": {"files": [(name, (None, "")) for name in many]},
        "json": {"json": many},
    }
    parts = {"url": "/collect/ev/HOOK", **request[kind]}
    answer = await door.send("GET" if kind == "query" else "POST", **parts)
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, "limit.keys")
    assert await door.events() == []


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"a": "x" * 8_193}, "limit.string"),
        ({"a": 2**63}, "limit.number"),
        ({"": 1}, "limit.key"),
        ({"a": [0] * 2_001}, "limit.values"),
        ({f"k{number}": "x" * 8_000 for number in range(5)}, "limit.event"),
    ],
)
async def test_55e_properties_beyond_the_limits_are_put_aside(
    door: Door, properties: dict[str, Any], code: str
) -> None:
    answer = await door.send("POST", "/collect/ev/HOOK", json=properties)
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, code)
    assert (await door.outcomes("HOOK")).quarantined == {"limit": 1}
    assert [json.loads(aside.raw) for aside in await door.quarantined()] == [properties]
    assert await door.events() == []


async def test_56_a_webhook_with_a_known_session_is_the_sessions_person(door: Door) -> None:
    known = await door.track(session="s1")
    answer = await door.send("POST", "/collect/paid/HOOK/s1", json={})
    assert (answer.profile, answer.session) == (known.profile, "s1")
    event = (await door.events(type="paid"))[0]
    assert event.profile is not None
    assert event.profile.id == known.profile


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_56b_a_webhook_with_a_new_session_is_a_new_person(door: Door, method: str) -> None:
    answer = await door.send(method, "/collect/paid/HOOK/s%201")
    assert answer.profile is not None
    assert answer.session == "s 1"
    assert await door.types() == ["profile-created", "session-opened", "visit-started", "paid"]


async def test_rep_the_profile_id_in_the_body_is_adopted(door: Door) -> None:
    first = await door.send("POST", "/collect/paid/REP", json={"user": {"id": " u1 "}})
    again = await door.send("POST", "/collect/paid/REP/s1", json={"user": {"id": "u1"}})
    assert [(answer.profile, answer.session) for answer in (first, again)] == [("u1", "u1"), ("u1", "s1")]
    assert await door.visits("u1") == 2
    assert [event.profile.id for event in await door.events(type="paid") if event.profile] == ["u1", "u1"]


async def test_rep_a_number_is_an_id_too(door: Door) -> None:
    assert (await door.send("POST", "/collect/paid/REP", json={"user": {"id": 17}})).profile == "17"


async def test_rep_a_session_of_somebody_else_is_taken_over(door: Door) -> None:
    await door.track(session="s1")
    answer = await door.send("POST", "/collect/paid/REP/s1", json={"user": {"id": "u1"}})
    session = await door.session("s1")
    assert (answer.profile, session.profile and session.profile.id) == ("u1", "u1")


@pytest.mark.parametrize("user", [None, "u1", {}, {"id": ""}, {"id": True}, {"id": ["u1"]}, {"id": "x" * 129}])
async def test_rep_without_an_id_at_its_place_a_webhook_is_like_any_other(door: Door, user: object) -> None:
    nobodys = await door.send("POST", "/collect/paid/REP", json={"user": user})
    sessions = await door.send("POST", "/collect/paid/REP/s1", json={"user": user})
    assert (nobodys.profile, nobodys.session) == (None, None)
    assert (sessions.profile is not None, sessions.session) == (True, "s1")


async def test_gen_a_webhook_without_a_session_is_a_new_person(door: Door) -> None:
    answers = [await door.send("POST", "/collect/paid/GEN", json={"n": n}) for n in range(2)]
    assert len({answer.profile for answer in answers} | {answer.session for answer in answers} - {None}) == 4
    assert await door.types(profile=answers[0].profile) == [
        "profile-created", "session-opened", "visit-started", "paid",
    ]  # fmt: skip


async def test_57_webhooks_that_tell_the_same_e_mail_are_one_persons_and_share_a_session(door: Door) -> None:
    sent = ["A@b.co", "A@b.co", "a@B.co "]
    answers = [
        await door.send("POST", "/collect/identification/GEN", json={"email": {"main": email}}) for email in sent
    ]
    assert len({answer.profile for answer in answers}) == 1
    assert len({answer.session for answer in answers}) == 1
    assert await door.visits(answers[0].profile) == 1


async def test_57b_webhooks_of_others_have_sessions_of_their_own(door: Door) -> None:
    answers = [
        await door.send("POST", "/collect/identification/GEN", json={"email": {"main": email}})
        for email in ("a@b.co", "c@b.co")
    ]
    assert len({answer.session for answer in answers} | {answer.profile for answer in answers}) == 4


async def test_57c_a_webhook_finds_the_person_of_a_browser(door: Door) -> None:
    email = {"email": {"main": "a@b.co"}}
    known = await door.track(session="s1", events=[{"type": "sign-in", "properties": email}])
    answer = await door.send("POST", "/collect/identification/GEN", json=email)
    assert (answer.profile, answer.session != "s1") == (known.profile, True)


async def test_57d_without_a_sticky_session_each_webhook_has_its_own(door: Door) -> None:
    answers = [
        await door.send("POST", "/collect/identification/STICKY-OFF", json={"email": {"main": "a@b.co"}})
        for _ in range(2)
    ]
    assert len({answer.profile for answer in answers}) == 1
    assert len({answer.session for answer in answers}) == 2


async def test_57e_the_session_is_that_of_the_id_that_counts_most(door: Door) -> None:
    sent = [{"pk": "1", "email": {"main": "a@b.co"}}, {"pk": "1"}, {"pk": "2", "email": {"main": "a@b.co"}}]
    answers = [await door.send("POST", "/collect/sign-in/GEN", json=properties) for properties in sent]
    assert [answer.session == answers[0].session for answer in answers] == [True, True, False]
    assert [answer.profile == answers[0].profile for answer in answers] == [True, True, False]


async def test_57f_junk_is_nobodys_and_makes_no_session_sticky(door: Door) -> None:
    answers = [
        await door.send("POST", "/collect/identification/GEN", json={"email": {"main": "test@test.com"}})
        for _ in range(2)
    ]
    assert len({answer.session for answer in answers} | {answer.profile for answer in answers}) == 4


async def test_57g_webhooks_of_one_person_at_once_make_one_person(door: Door) -> None:
    email = {"email": {"main": "a@b.co"}}
    answers = await asyncio.gather(*(door.send("POST", "/collect/identification/GEN", json=email) for _ in range(10)))
    assert len({answer.profile for answer in answers}) == 1
    assert len({answer.session for answer in answers}) == 1
    assert (await door.types()).count("profile-created") == 1


async def test_gen_a_session_in_the_path_says_whose_it_is(door: Door) -> None:
    known = await door.track(session="s1")
    answer = await door.send("POST", "/collect/paid/GEN/s1", json={})
    assert (answer.profile, answer.session) == (known.profile, "s1")


@pytest.mark.parametrize("event_type", ["%20", "%20%09", "a%00b", "a%E2%80%AEb", "x" * 201])
async def test_a_type_that_is_none_is_an_error(door: Door, event_type: str) -> None:
    answer = await door.send("POST", f"/collect/{event_type}/HOOK", json={})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["path", "event_type"])


@pytest.mark.parametrize("session", ["a%0Ab", "x" * 129])
async def test_a_session_that_can_be_none_is_an_error(door: Door, session: str) -> None:
    answer = await door.send("POST", f"/collect/ev/HOOK/{session}", json={})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["path", "session_id"])


@pytest.mark.parametrize("path", ["/collect", "/collect/ev", "/collect/ev/HOOK/s1/more"])
async def test_a_path_of_another_length_is_no_webhook(door: Door, path: str) -> None:
    assert (await door.send("POST", path, json={})).status == 404


async def test_a_slash_at_the_end_changes_nothing(door: Door) -> None:
    assert (await door.send("POST", "/collect/ev/HOOK/", json={})).status == 200


async def test_another_method_is_not_allowed(door: Door) -> None:
    answer = await door.send("PUT", "/collect/ev/HOOK", json={})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST, OPTIONS")
