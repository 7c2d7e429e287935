"""Hours in minutes: does anything grow that should not? Mixed traffic in waves, clients that behave badly among them.

What is bounded is made to fill up at once: caches hold little, so that a memory that still grows in the last third of
the run grows for another reason. Between two waves everything is brought in, then memory and descriptors are read.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.verdicts import Verdict
from sojourn.bench.processes import descriptors, usage
from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import load_tool, make_source, metrics, real_server
from sojourn.serving import RunningServer

MINUTES = 10.0
GROWTH_MAX = 0.05
DESCRIPTORS_MORE_MAX = 2

_CONNECTIONS = 8
_WAVE = (
    Scenario(connections=_CONNECTIONS, events=1, people="returning"),
    Scenario(connections=_CONNECTIONS, events=20, people="returning"),
    Scenario(connections=_CONNECTIONS, events=1, people="new"),
)
_SEND_S = 1.0
_PAUSE_S = 2.0
_SETTLE_S_MAX = 15.0
_RUDE = 40
_BOUNDS = {
    "SOJOURN_LIMITS_CACHED_DOCUMENTS_MAX": "2000",
    "SOJOURN_LIMITS_RATES_KEYS_MAX": "2000",
    "SOJOURN_LIMITS_LIVE_ENTRIES_MAX": "200",
    "SOJOURN_LIMITS_QUARANTINED_EVENTS_MAX": "1000",
    "SOJOURN_LIMITS_RATE_LOOPBACK": "false",
}
_MIB = 1 << 20


class Look(NamedTuple):
    """How things stood between two waves."""

    minute: float
    memory_mib: float
    descriptors: int
    requests: int


def measure(folder: Path, *, minutes: float, show: Callable[[Look], None]) -> list[Look]:
    """Raises CannotMeasure."""
    looks: list[Look] = []
    draw = random.Random(2026)
    with real_server(folder / "data", **_BOUNDS) as server:
        source = make_source(server)
        with load_tool(server.url, source) as tool:
            begin, requests = time.monotonic(), 0
            while (now := time.monotonic() - begin) < minutes * 60:
                requests += sum(tool.send(scenario, _SEND_S).requests for scenario in _WAVE)
                for _ in range(_RUDE):
                    _behave_badly(server.url, source, draw)
                _settle(server)
                looks.append(Look(now / 60, usage(server.pid).pss_bytes / _MIB, descriptors(server.pid), requests))
                show(looks[-1])
                time.sleep(_PAUSE_S)
    return looks


def verdicts(looks: list[Look]) -> Iterator[Verdict]:
    """The last third of the run beside the second."""
    third = len(looks) // 3
    middle, last = looks[third : 2 * third], looks[2 * third :]
    if not middle:
        yield Verdict("long enough to tell", f"{len(looks)} waves", is_held=False)
        return
    before, after = max(look.memory_mib for look in middle), max(look.memory_mib for look in last)
    yield Verdict(
        f"memory grows by {GROWTH_MAX:.0%} at most",
        f"{before:.0f} to {after:.0f} MiB",
        after <= before * (1 + GROWTH_MAX),
    )
    opened, open_now = max(look.descriptors for look in middle), max(look.descriptors for look in last)
    yield Verdict("descriptors stay", f"{opened} to {open_now}", open_now <= opened + DESCRIPTORS_MORE_MAX)


def _behave_badly(url: str, source: str, draw: random.Random) -> None:
    """Send half a request, or an odd one, and leave."""
    address = urlsplit(url)
    body = b'{"source":{"id":"%b"},"events":[{"type":"odd","properties":{"deep":%b}},5]}' % (
        source.encode(),
        b"[" * 40 + b"]" * 40,
    )
    head = b"POST /track HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    whole = head + body
    sent = draw.choice(
        [whole, whole[: draw.randrange(len(whole))], b"\x16\x03\x01", whole * 3, head + b"\xff" * len(body)]
    )
    with suppress(OSError), socket.create_connection((address.hostname or "", address.port or 80), timeout=5) as client:
        client.sendall(sent)
        if sent.startswith(whole) and draw.random() < 0.5:
            client.recv(65_536)


def _settle(server: RunningServer) -> None:
    begin = time.monotonic()
    while metrics(server)["sojourn_journal_lag_bytes"] and time.monotonic() - begin < _SETTLE_S_MAX:
        time.sleep(0.05)
