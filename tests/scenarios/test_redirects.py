"""A link records an event and leads on, whatever happens. Scenarios of tracker.md §9 on `/redirect`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sojourn.core.limits import Limits, Rates
from sojourn.testing import StoreUnderTest
from tests.door import EVERYWHERE, Answer, Door, a_door

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 307), ("HEAD", 307), ("POST", 303), ("PUT", 303), ("DELETE", 303)]
)
async def test_59_every_method_records_the_event_and_leads_on(door: Door, method: str, status: int) -> None:
    answer = await door.send(method, "/redirect/R1?q=5")
    leads_on(answer, status)
    event = (await door.events())[0]
    assert (event.type, event.properties, event.source.id) == ("link-followed", {"q": "5"}, "RED")
    assert (event.profile, event.session) == (None, None)


async def test_59b_a_known_session_in_the_path_binds_session_and_profile(door: Door) -> None:
    known = await door.track(session="s1")
    leads_on(await door.send("GET", "/redirect/R1/s1"))
    await bound_to(door, known, "s1")


async def test_59c_a_known_session_in_the_cookie_binds_session_and_profile(door: Door) -> None:
    known = await door.track(session="s1")
    leads_on(await door.send("GET", "/redirect/R1", headers={"Cookie": "a=b; tracardi-session-id=s1"}))
    await bound_to(door, known, "s1")


async def test_59d_the_session_in_the_path_goes_before_that_in_the_cookie(door: Door) -> None:
    await door.track(session="s1")
    known = await door.track(session="s2")
    leads_on(await door.send("GET", "/redirect/R1/s2", headers={"Cookie": "tracardi-session-id=s1"}))
    await bound_to(door, known, "s2")


@pytest.mark.parametrize(
    ("path", "cookie"),
    [
        ("/redirect/R1/unknown", ""),
        ("/redirect/R1", "tracardi-session-id=unknown"),
        ("/redirect/R1", "tracardi-session-id"),
        ("/redirect/R1", "=; \x01;;"),
        ("/redirect/R1/" + "x" * 200, ""),
        ("/redirect/R1/a%0Ab", ""),
        ("/redirect/R1/%FF", ""),
    ],
)
async def test_59e_an_unknown_or_odd_session_is_nobodys(door: Door, path: str, cookie: str) -> None:
    leads_on(await door.send("GET", path, headers={"Cookie": cookie} if cookie else {}))
    assert [(event.type, event.profile, event.session) for event in await door.events()] == [
        ("link-followed", None, None)
    ]


@pytest.mark.parametrize(("redirect", "reason"), [("ROFF", "source"), ("RGONE", "source")])
async def test_59f_without_its_source_a_link_leads_on_and_records_nothing(
    door: Door, redirect: str, reason: str
) -> None:
    leads_on(await door.send("GET", f"/redirect/{redirect}"))
    assert await door.events() == []
    assert (await door.outcomes()).refused == {reason: 1}


async def test_59g_a_bot_is_led_on_and_not_recorded(door: Door) -> None:
    leads_on(await door.send("GET", "/redirect/R1", headers={"User-Agent": GOOGLEBOT}))
    assert await door.events() == []
    assert (await door.outcomes()).dropped == {"bot": 1}


async def test_59h_templates_are_filled_from_parameters_body_and_session(door: Door) -> None:
    await door.track(session="s1")
    began = (await door.session("s1")).metadata.time.insert
    await door.send("POST", "/redirect/RALL/s1?q=5", json={"a": [1]})
    assert (await door.events(type="link-followed"))[0].properties == {
        "body": [1],
        "session": "s1",
        "began": began.isoformat().replace("+00:00", "Z"),
        "nested": {"list": ["5", 5]},
        "plain": "me@example.com",
    }


async def test_59i_what_a_template_names_and_nobody_sent_is_null(door: Door) -> None:
    await door.send("GET", "/redirect/RALL")
    properties = (await door.events())[0].properties
    assert (properties["body"], properties["session"], properties["began"]) == (None, None, None)


async def test_59j_a_form_fills_templates_too(door: Door) -> None:
    await door.send("POST", "/redirect/RALL", data={"a": "x"})
    assert (await door.events())[0].properties["body"] == "x"


@pytest.mark.parametrize(
    ("query", "headers", "content"),
    [
        ("q=" + "x" * 8_000, {}, b""),
        ("&".join(["q"] * 4_000), {}, b""),
        ("q=1", {"Content-Encoding": "gzip"}, b"not gzip"),
        ("q=1", {"Content-Encoding": "br"}, b"x"),
        ("q=1", {"Content-Length": "99999999"}, b"x"),
        ("q=1", {}, b"[" * 100_000),
        ("q=1", {}, b"&" * 1_000),
    ],
)
async def test_59k_no_parameter_and_no_body_keeps_anybody_from_being_led_on(
    door: Door, query: str, headers: dict[str, str], content: bytes
) -> None:
    leads_on(await door.send("POST", f"/redirect/R1?{query}", headers=headers, content=content), 303)


async def test_59l_whoever_comes_too_often_is_led_on_all_the_same(under_test: StoreUnderTest) -> None:
    limits = Limits(rates=Rates(ip_requests_per_s=1, ip_requests_burst=1))
    async with a_door(await under_test.open(), limits=limits, client="203.0.113.7") as door:
        for _ in range(3):
            leads_on(await door.send("GET", "/redirect/R1"))
        assert (await door.outcomes()).refused == {"rate": 2}
    await under_test.close()


async def test_59m_a_server_that_stops_leads_on_all_the_same(under_test: StoreUnderTest) -> None:
    async with a_door(await under_test.open()) as door:
        door.collector.drain()
        leads_on(await door.send("GET", "/redirect/R1"))
        assert [note.status for note in door.refusals] == [503]
    await under_test.close()


async def test_59n_a_link_begins_no_visit_and_makes_no_profile(door: Door) -> None:
    known = await door.track(session="s1")
    await door.send("GET", "/redirect/R1/s1")
    assert await door.visits(known.profile) == 1
    assert [event.type for event in await door.events()][-1] == "link-followed"


async def test_59o_the_source_of_a_link_may_be_gone_and_come_again(door: Door) -> None:
    source = door.store.catalog.source("RED")
    assert source is not None
    await door.store.catalog.remove_source("RED")
    leads_on(await door.send("GET", "/redirect/R1"))
    await door.store.catalog.put_source(replace(source, name="again"))
    leads_on(await door.send("GET", "/redirect/R1"))
    assert len(await door.events()) == 1


@pytest.mark.parametrize("path", ["/redirect/nope", "/redirect/nope/s1", "/redirect", "/redirect/R1/s1/more"])
async def test_61_an_unknown_link_is_not_found(door: Door, path: str) -> None:
    answer = await door.send("GET", path)
    assert (answer.status, answer.body) == (404, {"detail": "Not Found"})
    assert await door.events() == []


async def test_another_method_is_not_allowed(door: Door) -> None:
    answer = await door.send("PATCH", "/redirect/R1")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST, PUT, DELETE, OPTIONS")


def leads_on(answer: Answer, status: int = 307) -> None:
    """Whether the answer leads to where the link goes, and says nothing of it to anybody else."""
    assert (answer.status, answer.headers["location"]) == (status, EVERYWHERE)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.body == ""


async def bound_to(door: Door, known: Answer, session: str) -> None:
    """Whether the one event of a link became this person's, in this session."""
    event = (await door.events(type="link-followed"))[0]
    assert event.profile is not None
    assert event.session is not None
    assert (event.profile.id, event.session.id) == (known.profile, session)


async def test_what_is_too_large_to_be_recorded_is_put_aside_and_keeps_nobody_from_going_on(door: Door) -> None:
    answer = await door.send("POST", "/redirect/RALL", json={"a": {f"k{number}": "x" * 8_000 for number in range(5)}})
    assert (answer.status, answer.headers["location"]) == (303, EVERYWHERE)
    assert (await door.outcomes("RED")).quarantined == {"limit": 1}
    assert [aside.loc for aside in await door.quarantined()] == [("properties",)]
    assert await door.events() == []
