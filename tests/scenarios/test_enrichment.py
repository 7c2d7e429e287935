"""What a request tells of its surroundings: scenarios 73 to 75 and 81 of tracker.md §9, and what §6 promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sojourn.core.mapping.change import Change
from sojourn.core.references import value_at
from sojourn.testing import StoreUnderTest
from tests.door import NOON, Answer, Door, a_door, a_payload
from tests.enrichment.user_agents import GOOGLEBOT, IPHONE, WINDOWS

IN_GERMANY = "5.9.1.77"
GERMANY = {"country": {"name": "Germany", "code": "DE"}}


@pytest.fixture
async def german(under_test: StoreUnderTest) -> AsyncIterator[Door]:
    """The tracker as a client in Germany meets it."""
    async with a_door(await under_test.open(), client=IN_GERMANY) as opened:
        yield opened
    await under_test.close()


async def sent(door: Door, headers: dict[str, str], **parts: Any) -> Answer:
    answer = await door.send("POST", "/track", json=a_payload(**parts), headers=headers)
    assert answer.status == 200
    return answer


@pytest.mark.parametrize("context", [{}, {"device": {"gpu": {"vendor": "Apple"}}}])
async def test_73_a_user_agent_tells_device_system_and_program_whatever_the_context_says(
    door: Door, context: dict[str, Any]
) -> None:
    await sent(door, {"user-agent": IPHONE}, context=context)
    session = await door.session("s1")
    assert session.os == {"name": "iOS", "version": "17.4.1"}
    assert session.app == {"type": "browser", "name": "Mobile Safari", "version": "17.4.1", "bot": False}
    assert session.device == {"name": "iPhone", "brand": "Apple", "model": "iPhone", "type": "mobile", "touch": True}


async def test_73b_what_a_client_calls_its_device_wins(door: Door) -> None:
    await sent(door, {"user-agent": WINDOWS}, context={"device": {"name": "Till 3", "type": "kiosk", "touch": "no"}})
    assert (await door.session("s1")).device == {"name": "Till 3", "type": "kiosk", "touch": False}


async def test_73c_events_show_the_parts_of_their_session(door: Door) -> None:
    await sent(door, {"user-agent": WINDOWS}, context={"utm": {"source": "news"}})
    await sent(door, {"user-agent": IPHONE}, events=["click"])
    session = await door.session("s1")
    for event in await door.events():
        assert (event.device, event.os, event.app) == (session.device, session.os, session.app)
        assert event.utm == {"source": "news"}


async def test_73d_without_a_session_events_show_their_client(german: Door) -> None:
    await german.send("POST", "/collect/paid/HOOK", json={}, headers={"user-agent": WINDOWS})
    [event] = await german.events()
    assert event.os == {"name": "Windows", "version": "10"}
    assert event.device["geo"] == GERMANY


async def test_74_a_bot_is_known_by_the_header_alone(door: Door) -> None:
    says_windows = {"browser": {"local": {"browser": {"userAgent": WINDOWS}}}}
    says_bot = {"browser": {"local": {"browser": {"userAgent": GOOGLEBOT}}}}
    assert (await sent(door, {"user-agent": GOOGLEBOT}, context=says_windows)).codes("warnings") == ["bot"]
    assert (await sent(door, {"user-agent": WINDOWS}, context=says_bot)).codes("warnings") == []
    assert len(await door.events(type="page-view")) == 1


async def test_74b_a_source_that_keeps_bots_knows_them(door: Door) -> None:
    await sent(door, {"user-agent": GOOGLEBOT}, source="KEEP")
    assert (await door.session("s1")).app == {"type": "bot", "name": "Googlebot", "version": "2.1", "bot": True}


async def test_75_languages_come_from_the_header_in_the_order_of_their_weights(german: Door) -> None:
    answer = await sent(german, {"accept-language": "en;q=0.5,de-DE"})
    session = await german.session("s1")
    assert (session.context["language"], session.context["language_codes"]) == (["German", "English"], ["de", "en"])
    profile = await german.profile(answer.profile)
    assert profile.data["pii"] == {"language": {"spoken": ["German", "English"]}}
    assert profile.metadata.fields["profile@data.pii.language.spoken"].rule == "enrich"
    markets = value_at(profile.aux, ("geo", "markets"))
    assert isinstance(markets, list)
    assert {"Germany", "Austria", "United Kingdom"} <= set(markets)


async def test_75b_the_address_tells_the_country_and_is_kept_cut(german: Door) -> None:
    answer = await sent(german, {})
    session = await german.session("s1")
    profile = await german.profile(answer.profile)
    assert session.device["geo"] == GERMANY
    assert session.context["ip"] == "5.9.1.0"
    assert profile.data["devices"] == {"last": {"geo": GERMANY}}
    assert profile.aux["geo"] == {"continent": "Europe"}


@pytest.mark.parametrize(("source", "ip"), [("ALL", IN_GERMANY), ("NOTHING", None)])
async def test_75c_a_source_says_how_much_of_an_address_is_kept(german: Door, source: str, ip: str | None) -> None:
    await sent(german, {}, source=source)
    session = await german.session("s1")
    assert session.context.get("ip") == ip
    assert session.device["geo"] == GERMANY


async def test_75d_a_time_zone_tells_the_part_of_the_world_before_a_country_does(german: Door) -> None:
    answer = await sent(german, {}, context={"time": {"tz": "America/Lima"}})
    assert (await german.profile(answer.profile)).aux["geo"] == {"continent": "America"}


async def test_75e_where_a_client_says_it_is_wins_over_its_address(german: Door) -> None:
    answer = await sent(german, {})
    told = {"country": {"name": "Poland", "code": "PL"}, "city": "Wrocław", "latitude": 51.1, "longitude": 17.03}
    await sent(german, {}, context={"location": told})
    assert (await german.session("s1")).device["geo"] == told
    assert (await german.profile(answer.profile)).data["devices"] == {"last": {"geo": told}}


async def test_75f_a_screen_is_a_part_of_the_device(door: Door) -> None:
    screen = {"width": 1920, "height": 1080, "colorDepth": 24, "orientation": "landscape-primary"}
    await sent(door, {}, context={"screen": {"local": screen}})
    assert (await door.session("s1")).device == {
        "resolution": "1920x1080",
        "color_depth": 24,
        "orientation": "landscape-primary",
    }


async def test_75g_the_language_of_the_browser_is_that_of_the_program(door: Door) -> None:
    await sent(door, {"user-agent": WINDOWS}, context={"browser": {"local": {"browser": {"language": "pl-PL"}}}})
    assert (await door.session("s1")).app["language"] == "pl-PL"


async def test_75h_of_a_campaign_the_first_value_of_each_key_wins(door: Door) -> None:
    await sent(door, {}, context={"utm": {"medium": "mail", "term": ""}})
    await sent(door, {}, context={"utm": {"source": "news", "medium": "ad", "term": "shoes", "odd": 1}})
    assert (await door.session("s1")).utm == {"medium": "mail", "source": "news", "term": "shoes"}


async def test_75i_the_address_of_a_page_tells_campaign_and_clicks(door: Door) -> None:
    url = "https://shop.example/?UTM_Source=news&utm_campaign=spring%20sale&gclid=Xy-1&q=1"
    await sent(door, {}, events=[{"type": "page-view", "context": {"page": {"url": url}}}])
    session = await door.session("s1")
    assert session.utm == {"source": "news", "campaign": "spring sale"}
    assert session.aux["click_ids"] == {"gclid": "Xy-1"}


async def test_75j_the_first_page_tells_the_site_that_led_there(door: Door) -> None:
    await sent(door, {}, context={"page": {"referer": {"host": "www.google.de"}}})
    await sent(door, {}, events=[{"type": "page-view", "context": {"page": {"referer": {"host": "pay.example"}}}}])
    assert (await door.session("s1")).aux["referrer"] == {"host": "www.google.de", "engine": "google"}


async def test_75k_a_page_is_the_hit_of_its_event(door: Door) -> None:
    page = {"title": "Shoes", "url": "https://shop.example/shoes", "referer": {"host": "news.example", "query": None}}
    own = {"title": "Boots"}
    await sent(door, {}, context={"page": page}, events=["view", {"type": "view", "context": {"page": own}}])
    first, second = await door.events(type="view")
    assert first.hit == {"name": "Shoes", "url": "https://shop.example/shoes", "referer": "news.example"}
    assert second.hit == {"name": "Boots"}


async def test_75l_a_request_that_tells_nothing_new_changes_no_profile(german: Door) -> None:
    headers = {"user-agent": WINDOWS, "accept-language": "de"}
    page = {"url": "https://shop.example/?gclid=x", "title": "Shop"}
    context = {"time": {"tz": "Europe/Berlin"}, "utm": {"source": "news"}, "page": page}
    first = await sent(german, headers, context=context, events=["a"])
    before = await german.profile(first.profile)
    await sent(german, headers, context=context, events=["b"])
    assert await german.profile(first.profile) == before


async def test_75m_the_session_that_begins_last_tells_the_last_place(german: Door) -> None:
    def is_in(city: str) -> dict[str, Any]:
        return {"location": {"city": city}}

    def at(hours: int) -> list[dict[str, Any]]:
        return [{"type": "view", "time": {"insert": NOON.replace(hour=hours).isoformat()}}]

    first = await sent(german, {}, context=is_in("Köln"), events=at(9))
    await sent(german, {}, session="s2", profile=first.profile, context=is_in("Bonn"), events=at(11))
    await sent(german, {}, session="s3", profile=first.profile, context=is_in("Ulm"), events=at(10))
    assert (await german.profile(first.profile)).data["devices"] == {"last": {"geo": {"city": "Bonn"}}}


async def test_75n_free_mail_is_recognised_anew_whenever_the_address_changes(door: Door) -> None:
    async def moves_to(email: str) -> dict[str, Any]:
        properties = {"contact": {"email": {"main": email}}}
        answer = await sent(door, {}, events=[{"type": "profile-update", "properties": properties}])
        return (await door.profile(answer.profile)).aux

    assert await moves_to("ann@gmail.com") == {"email": {"free": True}}
    assert await moves_to("ann@SHOP.example") == {"email": {"free": False}}


async def test_75o_the_trace_of_an_event_lists_what_it_told_of_the_person(german: Door) -> None:
    answer = await sent(german, {"accept-language": "de"}, events=["view"])
    [event] = await german.events(type="view")
    stored = await german.store.event(event.id)
    assert stored is not None
    changes = [note.detail for note in stored.trace if note.step == "enrich" and isinstance(note.detail, Change)]
    assert {change.field: change.after for change in changes} == {
        "profile@data.pii.language.spoken": ["German"],
        "profile@aux.geo.continent": "Europe",
        "profile@data.devices.last.geo": GERMANY,
    }
    assert answer.codes("warnings") == []


SECRETS = {
    "cookie": "session=secret-1",
    "authorization": "Basic secret-2",
    "x-api-key": "secret-3",
    "proxy-authorization": "secret-4",
    "x-forwarded-for": "203.0.113.9",
}


async def test_81_a_short_list_of_headers_is_kept_and_nothing_else(door: Door) -> None:
    kept = {"user-agent": WINDOWS, "accept-language": "de", "referer": "https://a.example/", "sec-gpc": "1", "dnt": "1"}
    await sent(door, {**SECRETS, **kept}, events=["view"])
    [event] = await door.events(type="view")
    stored = await door.store.event(event.id)
    assert stored is not None
    assert stored.headers == kept
