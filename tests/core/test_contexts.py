"""What contexts tell where they have the expected form, and that they tell nothing elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.contexts import (
    TEXT_CHARS_MAX,
    Context,
    browser_language_of,
    device_of,
    hit_of,
    location_of,
    screen_of,
    time_zone_of,
    user_agent_of,
    utm_of,
)

LONG = "x" * (TEXT_CHARS_MAX + 1)


def test_the_browser_tells_its_name_and_its_language() -> None:
    context: Context = {"browser": {"local": {"browser": {"userAgent": " Firefox ", "language": "pl-PL"}}}}
    assert (user_agent_of(context), browser_language_of(context)) == ("Firefox", "pl-PL")
    assert (user_agent_of({}), browser_language_of({})) == ("", None)


@pytest.mark.parametrize(
    ("time", "zone"),
    [({"tz": "Europe/Oslo"}, "Europe/Oslo"), ({"tz": " "}, None), ({"tz": 5}, None), ({}, None), ("noon", None)],
)
def test_a_time_zone_is_a_name(time: object, zone: str | None) -> None:
    assert time_zone_of({"time": time}) == zone


def test_a_device_has_texts() -> None:
    told = {"name": "Till 3", "brand": "", "model": 3310, "type": ["kiosk"], "gpu": {"vendor": "x"}}
    assert device_of({"device": told}) == {"name": "Till 3", "model": "3310"}
    assert device_of({"device": {"name": LONG, "brand": True}}) == {}


@pytest.mark.parametrize(
    ("screen", "told"),
    [
        ({"width": 390, "height": 844.0}, {"resolution": "390x844"}),
        ({"width": 390}, {}),
        ({"width": "390", "height": 844}, {}),
        ({"width": 0, "height": -1, "colorDepth": True}, {}),
        ({"width": 10**9, "height": 10**9, "colorDepth": 24}, {"color_depth": 24}),
        ({"orientation": {"type": "portrait"}}, {}),
        ("390x844", {}),
    ],
)
def test_a_screen_has_sizes(screen: object, told: dict[str, object]) -> None:
    assert screen_of({"screen": {"local": screen}}) == told


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ({"country": {"name": "Poland", "code": "PL", "x": 1}}, {"country": {"name": "Poland", "code": "PL"}}),
        ({"country": "Poland", "city": "Wrocław", "postal": 50101}, {"city": "Wrocław", "postal": "50101"}),
        ({"latitude": 51, "longitude": 17.03}, {"latitude": 51, "longitude": 17.03}),
        ({"latitude": 51}, {}),
        ({"latitude": 91, "longitude": 0}, {}),
        ({"latitude": True, "longitude": "0"}, {}),
        ([51, 17], {}),
    ],
)
def test_a_location_is_a_place_on_earth(location: object, told: dict[str, object]) -> None:
    assert location_of({"location": location}) == told


def test_a_campaign_has_five_texts() -> None:
    utm: Context = {"source": "news", "medium": None, "campaign": 2024, "term": " shoes ", "content": {}, "id": "x"}
    assert utm_of({"utm": utm}) == {"source": "news", "campaign": "2024", "term": "shoes"}
    assert utm_of({"utm": "news"}) == {}


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ({"title": "Shoes", "url": "/shoes", "referer": {"host": "a.example"}},
         {"name": "Shoes", "url": "/shoes", "referer": "a.example"}),
        ({"title": None, "url": "x" * 5_000, "referer": "a.example"}, {}),
        ({"url": "x" * 4_000}, {"url": "x" * 4_000}),
        ("/shoes", {}),
    ],
)  # fmt: skip
def test_a_page_is_a_hit(page: object, told: dict[str, object]) -> None:
    assert hit_of(page) == told


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_nothing_is_too_odd_to_be_looked_at(value: object) -> None:
    context = dict.fromkeys(("browser", "time", "device", "screen", "location", "utm"), value)
    assert user_agent_of(context) == ""
    assert hit_of(value) is not None
    for told in (device_of, screen_of, location_of, utm_of):
        assert isinstance(told(context), dict)
