"""200 means kept: what was acknowledged survives kill -9, and nothing is there twice.

Clients keep a journal of their own of what they sent and what was acknowledged; they resend what was not, with the same
ids. After every kill the server starts again on the same folder. At the end, the server is asked for everything.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from tests.e2e.server import Server, a_server, add_source

CYCLES = 20
CLIENTS = 4
RESENT_SHARE = 0.3


@dataclass
class Client:
    """Sends events and remembers what it was promised."""

    number: int
    source: str
    chance: random.Random
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Event id to the profile that was answered."""
    unanswered: list[dict[str, Any]] = field(default_factory=list)
    sessions: dict[str, set[str]] = field(default_factory=dict)
    """Session id to the profiles that were answered for it."""
    refused: Counter[int] = field(default_factory=Counter)

    def send_until(self, stopped: threading.Event, url: str) -> None:
        with httpx2.Client(base_url=url, timeout=5) as http:
            while not stopped.is_set():
                try:
                    self._send(http, self._next_payload())
                except httpx2.HTTPError:
                    return  # the server was killed

    def _next_payload(self) -> dict[str, Any]:
        if self.unanswered:
            return self.unanswered[0]
        if self.acknowledged and self.chance.random() < RESENT_SHARE:
            session = self.chance.choice(list(self.sessions))
        else:
            session = f"{self.number}-{uuid4()}"
        events = [{"type": "tick", "id": str(uuid4())} for _ in range(self.chance.randint(1, 20))]
        payload: dict[str, Any] = {"source": {"id": self.source}, "session": {"id": session}, "events": events}
        self.unanswered.append(payload)
        return payload

    def _send(self, http: httpx2.Client, payload: dict[str, Any]) -> None:
        answer = http.post("/track", json=payload)
        if answer.status_code != 200:
            self.refused[answer.status_code] += 1
            time.sleep(0.01)
            return
        profile = answer.json()["profile"]["id"]
        self.sessions.setdefault(payload["session"]["id"], set()).add(profile)
        self.acknowledged.update({event["id"]: profile for event in payload["events"]})
        if self.chance.random() >= RESENT_SHARE:
            self.unanswered.remove(payload)


def test_nothing_acknowledged_is_lost_and_nothing_is_kept_twice(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    with a_server(tmp_path / "data") as server:
        source = add_source(server)
        clients = [Client(number, source, random.Random(chance.random())) for number in range(CLIENTS)]
        for _ in range(CYCLES):
            _run_and_kill(server, clients, after_s=chance.uniform(0.005, 0.4))
        stored = _all_ticks(server, source)
        outcomes = httpx2.get(f"{server.url}/api/v1/outcomes", params={"source": source}, headers=server.admin).json()
    promised = {event: profile for client in clients for event, profile in client.acknowledged.items()}
    times_kept = Counter(event["id"] for event in stored)
    kept_under = {event["id"]: event["profile"]["id"] for event in stored}
    assert promised, "the clients got something through"
    assert set(promised) - set(times_kept) == set(), "acknowledged and lost"
    assert {event for event, times in times_kept.items() if times > 1} == set(), "kept twice"
    assert {event for event, profile in promised.items() if kept_under[event] != profile} == set(), "another's event"
    assert all(len(profiles) == 1 for client in clients for profiles in client.sessions.values()), "a session split"
    assert outcomes["kept"] == len(stored), "every kept event is counted once"
    assert sum((client.refused for client in clients), Counter()) == Counter(), "nothing was refused"


def _run_and_kill(server: Server, clients: list[Client], *, after_s: float) -> None:
    stopped = threading.Event()
    threads = [threading.Thread(target=client.send_until, args=(stopped, server.url)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(after_s)
    server.kill()
    stopped.set()
    for thread in threads:
        thread.join()
    server.start()


def _all_ticks(server: Server, source: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = httpx2.get(
            f"{server.url}/api/v1/events",
            params={"source": source, "type": "tick", "limit": 1000, **({"cursor": cursor} if cursor else {})},
            headers=server.admin,
            timeout=30,
        )
        page.raise_for_status()
        found += page.json()["items"]
        cursor = page.json()["next"]
        if not cursor:
            return found
