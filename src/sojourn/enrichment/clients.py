"""Who sent a request, read from its headers and its address. Never fails: what cannot be read is not known (R-11).

Reading a user agent anew takes some hundred microseconds, so each part is remembered by what it was read from. That is
cut first, so that long headers fill no memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from sojourn.core.addresses import kept, parse_address
from sojourn.core.client import Client, Languages
from sojourn.core.sources import KeptAddress
from sojourn.enrichment.geoip import CityFile, place_of
from sojourn.enrichment.languages import HEADER_CHARS_MAX, UNTOLD, read_accept_language
from sojourn.enrichment.user_agent import AGENT_CHARS_MAX, NOBODY, Agent, Hints, parser, read_user_agent

AGENTS_REMEMBERED = 10_000
LANGUAGES_REMEMBERED = 5_000
ADDRESSES_REMEMBERED = 50_000

_HINTS = (
    b"sec-ch-ua",
    b"sec-ch-ua-platform",
    b"sec-ch-ua-platform-version",
    b"sec-ch-ua-mobile",
    b"sec-ch-ua-model",
)
_HINT_BYTES_MAX = 256
_GOOGLEBOT = b"googlebot(at)googlebot.com"


class Whereabouts(NamedTuple):
    """What an address tells, and as much of it as may be kept."""

    geo: dict[str, object]
    ip: str


class ClientReader:
    """Reads clients, and remembers what it has read."""

    def __init__(self, cities: CityFile | None = None) -> None:
        """Compile the patterns now, rather than while the first request waits."""
        parser()
        self._cities = cities
        self._agent = lru_cache(AGENTS_REMEMBERED)(_agent)
        self._languages = lru_cache(LANGUAGES_REMEMBERED)(_languages)
        self._whereabouts = lru_cache(ADDRESSES_REMEMBERED)(self._find)

    def read(self, headers: Mapping[bytes, bytes], address: str, *, keeps: KeptAddress, told_agent: str = "") -> Client:
        """The client behind a request: `headers` by their names in lower case, `address` as its source `keeps` it.

        `told_agent` is what the body calls its user agent; it counts only where the request has none of its own.
        """
        text = headers.get(b"user-agent") or told_agent.encode("latin-1", "replace")
        hints = [headers[name][:_HINT_BYTES_MAX] if name in headers else b"" for name in _HINTS]
        agent = self._agent(text[:AGENT_CHARS_MAX], *hints)
        wanted = headers.get(b"accept-language", b"")[:HEADER_CHARS_MAX]
        geo, ip = self._whereabouts(address, keeps)
        return Client(
            device=agent.device,
            os=agent.os,
            app=agent.app,
            geo=geo,
            languages=self._languages(wanted) if wanted else UNTOLD,
            ip=ip,
            is_bot=agent.is_bot or headers.get(b"from") == _GOOGLEBOT,
        )

    def _find(self, address: str, keeps: KeptAddress) -> Whereabouts:
        parsed = parse_address(address)
        if parsed is None:
            return Whereabouts({}, "")
        return Whereabouts(place_of(parsed, self._cities), kept(parsed, keeps))


def _agent(text: bytes, *hints: bytes) -> Agent:
    if not text and not any(hints):
        return NOBODY
    return read_user_agent(_readable(text), Hints(*map(_readable, hints)))


def _languages(header: bytes) -> Languages:
    return read_accept_language(_readable(header))


def _readable(header: bytes) -> str:
    return header.decode("latin-1").strip()
