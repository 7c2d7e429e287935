"""Whom a request comes from: security.md N39, with proxies that are trusted and with everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits, Rates
from sojourn.http.addresses import NO_PROXIES, TrustedProxies
from sojourn.stores.memory import MemoryStore
from tests.door import a_door, a_payload

INSIDE = ("10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48")
VISITOR = "203.0.113.77"


def client_of(peer: str | None, *lines: str, trusted: tuple[str, ...] = INSIDE) -> str:
    headers = [(b"host", b"x"), *((b"x-forwarded-for", line.encode("latin-1")) for line in lines)]
    return TrustedProxies(trusted).client_of({"client": (peer, 1) if peer else None, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "lines", "client"),
    [
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", (VISITOR,), VISITOR),
        ("192.0.2.1", (VISITOR,), VISITOR),
        ("::ffff:10.0.0.1", (VISITOR,), VISITOR),
        ("2001:db8:1::5", ("2001:db8:9::1",), "2001:db8:9::1"),
        ("10.0.0.1", (f"127.0.0.1, {VISITOR}",), VISITOR),
        ("10.0.0.1", (f"{VISITOR}, 10.0.0.3, 10.0.0.2",), VISITOR),
        ("10.0.0.1", (f"1.1.1.1, {VISITOR}", "10.0.0.2"), VISITOR),
        ("10.0.0.1", (f"{VISITOR}:4711",), VISITOR),
        ("10.0.0.1", ("[2001:db8:9::1]:4711",), "2001:db8:9::1"),
        ("10.0.0.1", ("::ffff:203.0.113.77",), VISITOR),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", (f"{VISITOR}, unknown, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("unknown",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        (None, (VISITOR,), ""),
    ],
)
def test_a_trusted_proxy_says_for_whom_it_asks(peer: str | None, lines: tuple[str, ...], client: str) -> None:
    assert client_of(peer, *lines) == client


@pytest.mark.parametrize("peer", [VISITOR, "127.0.0.1", "192.0.2.2", "2001:db8:2::1", "testclient"])
def test_who_is_no_trusted_proxy_speaks_for_itself(peer: str) -> None:
    twenty = ", ".join(f"198.51.100.{number}" for number in range(20))
    assert client_of(peer, twenty, "127.0.0.1", "junk") == peer


def test_without_trusted_proxies_nobody_speaks_for_others() -> None:
    assert client_of("10.0.0.1", VISITOR, trusted=()) == "10.0.0.1"
    assert not NO_PROXIES.trust("127.0.0.1")


@given(
    peer=st.text(max_size=20) | st.ip_addresses().map(str),
    line=st.text(alphabet="0123456789abcdef.:,[] %", max_size=60),
)
def test_no_header_is_too_odd_to_be_read(peer: str, line: str) -> None:
    assert isinstance(client_of(peer, line), str)


ONE_REQUEST = Limits(rates=Rates(ip_requests_per_s=0.001, ip_requests_burst=1))


async def test_the_limits_hold_for_clients_behind_a_trusted_proxy() -> None:
    async with a_door(MemoryStore(), limits=ONE_REQUEST, client="10.0.0.1", proxies=INSIDE) as door:

        async def status(forwarded: str) -> int:
            headers = {"x-forwarded-for": forwarded}
            return (await door.send("POST", "/track", json=a_payload(), headers=headers)).status

        assert [await status(VISITOR), await status(VISITOR), await status("203.0.113.78")] == [200, 429, 200]
        assert await status(f"203.0.113.78, {VISITOR}") == 429


async def test_an_untrusted_peer_cannot_get_round_its_limit() -> None:
    async with a_door(MemoryStore(), limits=ONE_REQUEST, client=VISITOR, proxies=INSIDE) as door:
        statuses = []
        for number in range(3):
            headers = {"x-forwarded-for": f"198.51.100.{number}, 127.0.0.1"}
            statuses.append((await door.send("POST", "/track", json=a_payload(), headers=headers)).status)
        session = await door.session("s1")
    assert statuses == [200, 429, 429]
    assert session.context["ip"] == "203.0.113.0"
