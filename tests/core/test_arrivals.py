"""How somebody came: what the address of a page tells, and which sites are search engines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.arrivals import NOTHING, arrival_at, referrer_of

SHOP = "https://shop.example/"


@pytest.mark.parametrize(
    ("url", "utm"),
    [
        ("?utm_source=news&utm_medium=mail", {"source": "news", "medium": "mail"}),
        ("?q=1&UTM_Campaign=spring%20sale#top", {"campaign": "spring sale"}),
        ("?utm_source=&utm_term=shoes", {"term": "shoes"}),
        ("?utm_source=one&utm_source=two", {"source": "one"}),
        ("?utm_id=5", {}),
        ("#?utm_source=news", {}),
        ("?my_utm_source=news", {}),
    ],
)
def test_an_address_tells_a_campaign(url: str, utm: dict[str, str]) -> None:
    assert arrival_at({"url": SHOP + url}).utm == utm


@pytest.mark.parametrize("name", ["gclid", "fbclid", "msclkid", "ttclid", "li_fat_id"])
def test_an_address_tells_the_click_on_an_advertisement(name: str) -> None:
    assert arrival_at({"url": f"{SHOP}?{name}=Xy-1"}).click_ids == {name: "Xy-1"}


@pytest.mark.parametrize("url", [None, 5, "", SHOP, f"{SHOP}?q=utm_source", {}])
def test_what_is_no_address_with_a_campaign_tells_nothing(url: object) -> None:
    assert arrival_at({"url": url}) is NOTHING
    assert arrival_at(url) is NOTHING


@pytest.mark.parametrize(
    ("host", "engine"),
    [
        ("www.google.de", "google"),
        ("google.co.uk", "google"),
        ("Google.com.br:443", "google"),
        ("de.search.yahoo.com", "yahoo"),
        ("search.brave.com", "brave"),
        ("duckduckgo.com", "duckduckgo"),
        ("yandex.ru", "yandex"),
        ("mail.google.com", None),
        ("evilgoogle.com", None),
        ("google.evil.example", None),
        ("brave.com", None),
        ("news.example", None),
    ],
)
def test_a_referring_host_may_be_a_search_engine(host: str, engine: str | None) -> None:
    told = {"host": host.lower()} | ({"engine": engine} if engine else {})
    assert referrer_of({"referer": {"host": host}}) == told


def test_an_address_that_breaks_off_tells_nothing() -> None:
    assert arrival_at({"url": "https://[?utm_source=a"}) == NOTHING


@pytest.mark.parametrize(
    "page", [None, {}, {"referer": "a.example"}, {"referer": {"host": " "}}, {"referer": {"host": 5}}]
)
def test_a_page_without_a_host_has_no_referrer(page: object) -> None:
    assert referrer_of(page) == {}


@given(st.text(alphabet="htps:/?&=#%[]utm_source.gclid0", max_size=80))
def test_no_address_is_too_odd_to_be_read(url: str) -> None:
    arrival = arrival_at({"url": url})
    assert all(isinstance(value, str) and value for value in (*arrival.utm.values(), *arrival.click_ids.values()))
