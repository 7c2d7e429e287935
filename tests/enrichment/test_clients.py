"""Who sent a request: headers and address together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.client import UNKNOWN
from sojourn.core.sources import KeptAddress
from sojourn.enrichment.clients import ClientReader
from tests.enrichment.user_agents import GOOGLEBOT, IPHONE, WINDOWS

READER = ClientReader()
BROWSER = {b"user-agent": WINDOWS.encode(), b"accept-language": b"de-DE,en;q=0.5"}
GERMANY = {"country": {"name": "Germany", "code": "DE"}}


def test_headers_and_address_tell_a_client() -> None:
    client = READER.read(BROWSER, "5.9.1.2", keeps="truncate")
    assert client.os == {"name": "Windows", "version": "10"}
    assert client.app == {"type": "browser", "name": "Chrome", "version": "124.0.0", "bot": False}
    assert client.device == {"type": "pc", "touch": False}
    assert client.geo == GERMANY
    assert (client.languages.codes, client.languages.names) == (["de", "en"], ["German", "English"])
    assert client.ip == "5.9.1.0"
    assert not client.is_bot


def test_a_request_without_anything_is_of_nobody() -> None:
    assert READER.read({}, "", keeps="truncate") == UNKNOWN


@pytest.mark.parametrize(
    ("address", "keeps", "ip"),
    [
        ("203.0.113.77", "truncate", "203.0.113.0"),
        ("203.0.113.77", "full", "203.0.113.77"),
        ("203.0.113.77", "none", ""),
        ("2001:db8:1234:5678::9", "truncate", "2001:db8:1234::"),
        ("2001:db8:1234:5678::9", "full", "2001:db8:1234:5678::9"),
        ("::ffff:203.0.113.77", "truncate", "203.0.113.0"),
        ("127.0.0.1", "truncate", "127.0.0.0"),
        ("fe80::1%eth0", "truncate", "fe80::"),
        ("testclient", "truncate", ""),
        ("testclient", "full", ""),
    ],
)
def test_an_address_is_kept_as_far_as_its_source_says(address: str, keeps: KeptAddress, ip: str) -> None:
    assert READER.read({}, address, keeps=keeps).ip == ip


def test_the_place_is_known_of_an_address_that_is_not_kept() -> None:
    assert READER.read({}, "5.9.1.2", keeps="none").geo == GERMANY


def test_what_the_body_calls_its_browser_never_beats_the_header() -> None:
    assert READER.read(BROWSER, "", keeps="none", told_agent=GOOGLEBOT).is_bot is False
    assert READER.read({b"user-agent": GOOGLEBOT.encode()}, "", keeps="none", told_agent=WINDOWS).is_bot is True


def test_what_the_body_calls_its_browser_counts_where_the_request_calls_it_nothing() -> None:
    assert READER.read({}, "", keeps="none", told_agent=IPHONE).os["name"] == "iOS"


def test_client_hints_are_read() -> None:
    client = READER.read({**BROWSER, b"sec-ch-ua-mobile": b"?1", b"sec-ch-ua-model": b'"X1"'}, "", keeps="none")
    assert (client.device["type"], client.device["model"]) == ("mobile", "X1")


def test_who_writes_as_googlebot_is_a_bot() -> None:
    assert READER.read({**BROWSER, b"from": b"googlebot(at)googlebot.com"}, "", keeps="none").is_bot


def test_long_headers_fill_no_memory() -> None:
    reader = ClientReader()
    for number in range(3):
        end = b"x" * 4_000 + str(number).encode()
        headers = {b"user-agent": WINDOWS.encode() + end, b"accept-language": b"de" + end, b"sec-ch-ua": end}
        assert reader.read(headers, "", keeps="none").os["name"] == "Windows"
    assert (reader._agent.cache_info().currsize, reader._languages.cache_info().currsize) == (1, 1)


NAMES = (b"user-agent", b"accept-language", b"sec-ch-ua", b"sec-ch-ua-platform", b"sec-ch-ua-model", b"from")


@given(
    headers=st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=60)),
    address=st.text(max_size=40) | st.ip_addresses().map(str),
    keeps=st.sampled_from(["truncate", "full", "none"]),
    told=st.text(max_size=60),
)
def test_no_request_is_too_odd_to_be_read(
    headers: dict[bytes, bytes], address: str, keeps: KeptAddress, told: str
) -> None:
    assert isinstance(READER.read(headers, address, keeps=keeps, told_agent=told).ip, str)
