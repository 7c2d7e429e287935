"""Addresses: whom a request comes from, and what counts as one client.

Whoever sends a request can write anything into `X-Forwarded-For`; proxies only append to it. So it is believed as far
as proxies have written it that the operator trusts: from its end, up to the first address that is none of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv6Address, ip_network

from sojourn.core.addresses import parse_address
from sojourn.http.asgi import Scope

_PEERS_REMEMBERED = 10_000


class TrustedProxies:
    """The proxies that may say for whom they ask."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Trust the proxies of these addresses and networks; without any, a connection speaks for its peer."""
        self._networks = tuple(ip_network(network, strict=False) for network in networks)
        self._is_trusted = lru_cache(_PEERS_REMEMBERED)(self._is_among_them)

    def trust(self, address: str) -> bool:
        """Whether this is the address of a trusted proxy."""
        return bool(self._networks) and self._is_trusted(address)

    def client_of(self, scope: Scope) -> str:
        """The address of the client behind a request; empty where there is none."""
        peer = scope.get("client")
        address = unmapped(peer[0]) if peer else ""
        if self.trust(address):
            for hop in _hops(scope["headers"]):
                if hop is None:
                    break
                address = hop
                if not self.trust(address):
                    break
        return address

    def _is_among_them(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


NO_PROXIES = TrustedProxies()


def unmapped(address: str) -> str:
    """An IPv4 address that came in on an IPv6 socket, as the IPv4 address that it is."""
    return address.removeprefix("::ffff:") if "." in address else address


def is_loopback(address: str) -> bool:
    """Whether a client is on this machine; one without an address is."""
    return address.startswith("127.") or address in ("::1", "")


@lru_cache(_PEERS_REMEMBERED)
def network_of(address: str) -> str:
    """What a rate limit takes for one client: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address


def _hops(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str | None]:
    """The addresses that a request came by, the nearest first; None for what is no address."""
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    for written in reversed(",".join(lines).split(",")):
        parsed = parse_address(_without_port(written.strip()))
        yield None if parsed is None else str(parsed)


def _without_port(written: str) -> str:
    if written.startswith("["):
        return written[1:].partition("]")[0]
    return written.partition(":")[0] if written.count(":") == 1 else written
