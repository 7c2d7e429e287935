"""200 means kept: what was acknowledged survives kill -9 at any moment, and nothing is there twice.

Clients write down in a ledger what they sent and what they were told, and send again, under the same ids, what was not
answered and some of what was. The server is killed after a random time, while it starts, or at a named point of the
code, and starts again on the same folder. The auditor compares the ledger with what the server says, and `sojourn
verify` looks at every byte of the folder. `make crash CYCLES=200 SEED=1` runs as many cycles as one likes.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from sojourn.core.limits import KIB
from sojourn.engine.crash_points import Crash, CrashPoint
from sojourn.stores.embedded.verify import verify_folder
from sojourn.testing.audit import COUNTING, TICK, Ledger, Promise, findings, kept_by
from tests.e2e.server import Server, a_server, add_source

CLIENTS = 8
EVENTS_MAX = 20
RESENT_SHARE = 0.3
CYCLES_BETWEEN_AUDITS = 50
SEGMENT_BYTES = 64 * KIB
"""So small that segments of the journal end all the time."""
REACHED_WITHIN_S = 1.5
"""Seconds after which a server that has not come to its named point is killed."""


@dataclass
class Client:
    """Sends ticks in one thread, and remembers what has to be sent again."""

    name: str
    source: str
    chance: random.Random
    ledger: Ledger
    unanswered: list[dict[str, Any]] = field(default_factory=list)
    answered: list[dict[str, Any]] = field(default_factory=list)
    _sent: int = 0

    def send_until(self, stopped: threading.Event, url: str) -> None:
        with httpx2.Client(base_url=url, timeout=10) as http:
            while not stopped.is_set():
                try:
                    self._send(http, self._next())
                except httpx2.HTTPError:
                    return  # the server was killed

    def _next(self) -> dict[str, Any]:
        if self.unanswered:
            return self.unanswered[0]
        if self.answered and self.chance.random() < RESENT_SHARE:
            return self.chance.choice(self.answered)
        self._sent += 1
        visit = self._sent // 3
        ids = [f"{self.name}-{self._sent}-{number}" for number in range(self.chance.randint(1, EVENTS_MAX))]
        made = {
            "source": {"id": self.source},
            "session": {"id": f"{self.name}-visit-{visit}"},
            "events": [{"type": TICK, "id": id} for id in ids],
        }
        self.unanswered.append(made)
        return made

    def _send(self, http: httpx2.Client, payload: dict[str, Any]) -> None:
        ids = [event["id"] for event in payload["events"]]
        self.ledger.send(ids)
        answer = http.post("/track", json=payload)
        if answer.status_code != httpx2.codes.OK:
            self.ledger.refuse(ids)
            time.sleep(0.01)
            return
        told = answer.json()
        assert told["errors"] == []
        self.ledger.acknowledge(ids, Promise(told["profile"]["id"], told["session"]["id"]))
        if payload in self.unanswered:
            self.unanswered.remove(payload)
            self.answered.append(payload)


def test_nothing_acknowledged_is_lost_and_nothing_is_kept_twice(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cycles, given = pytestconfig.getoption("cycles"), pytestconfig.getoption("seed")
    seed = random.randrange(2**32) if given is None else given
    print(f"{cycles} cycles from seed {seed}")
    chance = random.Random(seed)
    ledger = Ledger()
    ended: Counter[str] = Counter()
    with a_server(tmp_path / "data", SOJOURN_LIMITS_JOURNAL_SEGMENT_BYTES=str(SEGMENT_BYTES)) as server:
        source = _a_counted_source(server)
        clients = [Client(f"c{n}", source, random.Random(chance.random()), ledger) for n in range(CLIENTS)]
        for cycle in range(1, cycles + 1):
            server.kill()
            ended[_live_and_die(server, clients, chance)] += 1
            server.kill()
            if cycle % CYCLES_BETWEEN_AUDITS == 0 or cycle == cycles:
                server.start()
                assert _audited(server, ledger, source) == [], f"after {cycle} cycles from seed {seed}"
                print(f"{cycle} cycles: {len(ledger.promises)} events acknowledged, 0 lost, 0 twice")
        assert ledger.promises, "the clients got something through"
        assert server.stop() == 0
    print("ended:", ", ".join(f"{times} {how}" for how, times in sorted(ended.items())))
    assert verify_folder(server.folder) == []


def _a_counted_source(server: Server) -> str:
    rule = msgspec.to_builtins(COUNTING)
    rule.pop("version", None)
    made = httpx2.post(f"{server.url}/api/v1/mappings", json=rule, headers=server.admin)
    made.raise_for_status()
    return add_source(server)


def _audited(server: Server, ledger: Ledger, source: str) -> list[str]:
    with httpx2.Client(base_url=server.url, headers=server.admin, timeout=60) as api:
        return findings(ledger, kept_by(api, source))


def _live_and_die(server: Server, clients: list[Client], chance: random.Random) -> str:
    """One cycle: a start, load, and an end of some kind; which."""
    kind = chance.choice(("at a point", "at a point", "at any moment", "with its child", "while it starts"))
    if kind == "while it starts":
        server.launch()
        time.sleep(chance.uniform(0, 1))
        return kind
    if kind == "at a point":
        crash = Crash(chance.choice([*CrashPoint]), chance.randint(1, 30))
        server.launch(SOJOURN_CRASH_AT=str(crash))
        if server.is_ready():
            with _sending(server, clients):
                return str(crash.point) if _ends_by_itself(server) else f"short of {crash.point}"
        return f"{crash.point} while it starts"
    server.start()
    with _sending(server, clients):
        time.sleep(chance.uniform(0.005, 0.4))
        if kind == "with its child":
            server.kill_materialiser()
        server.kill()
    return kind


@contextmanager
def _sending(server: Server, clients: list[Client]) -> Iterator[None]:
    stopped = threading.Event()
    threads = [threading.Thread(target=client.send_until, args=(stopped, server.url)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _ends_by_itself(server: Server) -> bool:
    """Whether it comes to its point in time; killed, if it does not."""
    assert server.process is not None
    try:
        server.process.wait(REACHED_WITHIN_S)
    except subprocess.TimeoutExpired:
        server.kill()
        return False
    return True
