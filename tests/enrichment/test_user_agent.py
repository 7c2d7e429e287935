"""What user agents and client hints tell, in a table that a person can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.enrichment.user_agent import NOBODY, Hints, read_user_agent
from tests.enrichment.user_agents import (
    CHROME_OS,
    EDGE,
    FIRE_TV,
    FIREFOX_ON_A_PHONE,
    FIREFOX_ON_UBUNTU,
    FROZEN_ANDROID,
    FROZEN_ANDROID_TABLET,
    GALAXY_TAB,
    GOOGLEBOT,
    GOOGLEBOT_ON_A_PHONE,
    IPAD,
    IPHONE,
    MAC,
    OPERA,
    PIXEL,
    PLAYSTATION,
    SHOP_APP_ON_ANDROID,
    SHOP_APP_ON_IOS,
    TELEVISION,
    WINDOWS,
    XBOX,
)


@pytest.mark.parametrize(
    ("text", "system", "program", "device", "kind"),
    [
        (IPHONE, "iOS 17.4.1", "browser Mobile Safari 17.4.1", "iPhone, Apple, iPhone", "mobile"),
        (IPAD, "iOS 16.6", "browser Mobile Safari 16.6", "iPad, Apple, iPad", "tablet"),
        (WINDOWS, "Windows 10", "browser Chrome 124.0.0", "", "pc"),
        (EDGE, "Windows 10", "browser Edge 124.0.2478", "", "pc"),
        (OPERA, "Windows 10", "browser Opera 108.0.0", "", "pc"),
        (MAC, "Mac OS X 10.15.7", "browser Safari 17.4", "Mac, Apple, Mac", "pc"),
        (FIREFOX_ON_UBUNTU, "Ubuntu", "browser Firefox 125.0", "", "pc"),
        (CHROME_OS, "Chrome OS 14541.0.0", "browser Chrome 124.0.0", "", "pc"),
        (PIXEL, "Android 14", "browser Chrome Mobile 124.0.0", "Pixel 8, Google, Pixel 8", "mobile"),
        (FROZEN_ANDROID, "Android 10", "browser Chrome Mobile 124.0.0", "", "mobile"),
        (FROZEN_ANDROID_TABLET, "Android 10", "browser Chrome 124.0.0", "", "tablet"),
        (GALAXY_TAB, "Android 13", "browser Chrome 115.0.0", "Samsung SM-X906C, Samsung, SM-X906C", "tablet"),
        (FIREFOX_ON_A_PHONE, "Android 13", "browser Firefox Mobile 125.0", "", "mobile"),
        (TELEVISION, "Tizen 6.0", "browser Samsung Internet 2.2", "Samsung SMART-TV, Samsung, SMART-TV", "tv"),
        (FIRE_TV, "Android 7.1.2", "browser Chrome Mobile WebView 70.0.3538", "AFTMM, AFTMM", "tv"),
        ("AppleTV11,1/11.1", "ATV OS X", "app AppleTV11,1 11.1", "AppleTV, Apple, AppleTV", "tv"),
        (PLAYSTATION, "", "browser Safari 13.0", "PlayStation 5, Sony, PlayStation 5", "console"),
        (XBOX, "Windows 10", "browser Edge 20.02", "Xbox, Microsoft, Xbox", "console"),
        (SHOP_APP_ON_IOS, "iOS 17.4", "app MyShop 3.2.1", "iPhone, Apple, iPhone", "mobile"),
        (SHOP_APP_ON_ANDROID, "Android 14", "app com.shop.app 5.1", "Pixel 8, Pixel 8", "mobile"),
        ("My Shop/3.2", "", "app My Shop 3.2", "", None),
        ("okhttp/4.12.0", "", "app okhttp 4.12.0", "", None),
        ("python-requests/2.31.0", "", "app Python Requests 2.31", "", None),
    ],
)
def test_a_user_agent_tells_system_program_and_device(
    text: str, system: str, program: str, device: str, kind: str | None
) -> None:
    agent = read_user_agent(text)
    assert told(agent.os, "name", "version") == system
    assert told(agent.app, "type", "name", "version") == program
    assert told(agent.device, "name", "brand", "model", between=", ") == device
    assert agent.device.get("type") == kind


@pytest.mark.parametrize(("text", "is_touched"), [(IPHONE, True), (IPAD, True), (WINDOWS, False), (TELEVISION, False)])
def test_phones_and_tablets_are_touched(text: str, *, is_touched: bool) -> None:
    assert read_user_agent(text).device["touch"] is is_touched


@pytest.mark.parametrize("text", [GOOGLEBOT, GOOGLEBOT_ON_A_PHONE])
def test_a_bot_is_a_program_without_a_device(text: str) -> None:
    agent = read_user_agent(text)
    assert agent.is_bot
    assert agent.app == {"type": "bot", "name": "Googlebot", "version": "2.1", "bot": True}
    assert (agent.os, agent.device) == ({}, {})


@pytest.mark.parametrize("text", ["curl/8.5.0", "python-requests/2.31.0", "Go-http-client/2.0", IPHONE])
def test_people_and_libraries_are_no_bots(text: str) -> None:
    agent = read_user_agent(text)
    assert not agent.is_bot
    assert agent.app["bot"] is False


@pytest.mark.parametrize("text", ["", "junk", "\0", "(((((", "x" * 100_000])
def test_what_tells_nothing_is_nobody(text: str) -> None:
    assert read_user_agent(text) == NOBODY


@given(text=st.text(max_size=80), hints=st.builds(Hints, *[st.text(max_size=40)] * 5))
def test_no_text_is_too_odd_to_be_read(text: str, hints: Hints) -> None:
    agent = read_user_agent(text, hints)
    assert None not in (*agent.app.values(), *agent.os.values(), *agent.device.values())


BY_CHROME = '"Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"'
BY_BRAVE = '"Chromium";v="124", "Brave";v="124", "Not/A)Brand";v="8"'
BY_EDGE = '"Not A;Brand";v="99", "Chromium";v="125", "Microsoft Edge";v="125"'


@pytest.mark.parametrize(
    ("text", "hints", "system", "program"),
    [
        (WINDOWS, Hints(BY_CHROME, '"Windows"', "", "?0"), "Windows 10", "Chrome 124.0.0"),
        (WINDOWS, Hints(BY_CHROME, '"Windows"', '"15.0.0"', "?0"), "Windows 11", "Chrome 124.0.0"),
        (WINDOWS, Hints(BY_CHROME, '"Windows"', '"10.0.0"', "?0"), "Windows 10", "Chrome 124.0.0"),
        (WINDOWS, Hints(BY_BRAVE, '"Windows"', "", "?0"), "Windows 10", "Brave 124"),
        (WINDOWS, Hints(BY_EDGE, '"Windows"', "", "?0"), "Windows 10", "Edge 125"),
        (FROZEN_ANDROID, Hints(BY_CHROME, '"Android"', '"14.0.0"', "?1"), "Android 14", "Chrome Mobile 124.0.0"),
        (MAC, Hints("", '"macOS"', '"14.4.1"', "?0"), "Mac OS X 14.4.1", "Safari 17.4"),
        (FIREFOX_ON_UBUNTU, Hints("", '"Linux"', '"6.5.0"', "?0"), "Ubuntu 6.5", "Firefox 125.0"),
        (WINDOWS, Hints("", '"Android"', "", "?1"), "Android", "Chrome 124.0.0"),
        (WINDOWS, Hints("nonsense", "Unknown", "?", "maybe"), "Windows 10", "Chrome 124.0.0"),
    ],
)
def test_client_hints_win_over_the_text(text: str, hints: Hints, system: str, program: str) -> None:
    agent = read_user_agent(text, hints)
    assert told(agent.os, "name", "version") == system
    assert told(agent.app, "name", "version") == program


@pytest.mark.parametrize(
    ("text", "mobile", "kind"),
    [(WINDOWS, "?0", "pc"), (WINDOWS, "?1", "mobile"), (FROZEN_ANDROID, "?0", "tablet"), (GALAXY_TAB, "?1", "mobile")],
)
def test_a_hint_tells_whether_a_device_is_a_phone(text: str, mobile: str, kind: str) -> None:
    assert read_user_agent(text, Hints(mobile=mobile)).device["type"] == kind


def test_a_hint_tells_the_model_that_the_text_hides() -> None:
    device = read_user_agent(FROZEN_ANDROID, Hints(platform='"Android"', mobile="?1", model='"Pixel 8"')).device
    assert told(device, "name", "model", "type") == "Pixel 8 Pixel 8 mobile"


def test_a_model_that_the_text_knows_keeps_its_brand() -> None:
    assert read_user_agent(PIXEL, Hints(model='"Pixel 8"')).device["brand"] == "Google"


def told(part: dict[str, object], *names: str, between: str = " ") -> str:
    """The fields of those names that are told."""
    return between.join(str(part[name]) for name in names if name in part)
