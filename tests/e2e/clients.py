"""Clients of a real server: they send ticks, write down what they are told, and send again what was not answered."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec

from sojourn.testing.audit import COUNTING, TICK, Ledger, Promise, findings, kept_by
from tests.e2e.server import Server, add_source

EVENTS_MAX = 20
RESENT_SHARE = 0.3


@dataclass
class Client:
    """Sends ticks in one thread, and remembers what has to be sent again."""

    name: str
    source: str
    chance: random.Random
    ledger: Ledger
    unanswered: list[dict[str, Any]] = field(default_factory=list)
    answered: list[dict[str, Any]] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
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
        self.statuses.add(answer.status_code)
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


@dataclass
class Crowd:
    """Several clients with one ledger."""

    source: str
    ledger: Ledger
    clients: list[Client]

    @classmethod
    def of(cls, server: Server, chance: random.Random, size: int = 8) -> Crowd:
        """Clients of a new source, whose ticks the server counts."""
        source, ledger = _a_counted_source(server), Ledger()
        clients = [Client(f"c{number}", source, random.Random(chance.random()), ledger) for number in range(size)]
        return cls(source, ledger, clients)

    @property
    def statuses(self) -> set[int]:
        """All that was ever answered."""
        return set().union(*(client.statuses for client in self.clients))

    @contextmanager
    def sending(self, server: Server) -> Iterator[None]:
        """All of them send until the end, or until the server is gone."""
        stopped = threading.Event()
        threads = [threading.Thread(target=client.send_until, args=(stopped, server.url)) for client in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopped.set()
            for thread in threads:
                thread.join()

    def audited(self, server: Server) -> list[str]:
        """What the auditor finds."""
        with httpx2.Client(base_url=server.url, headers=server.admin, timeout=60) as api:
            return findings(self.ledger, kept_by(api, self.source))


def _a_counted_source(server: Server) -> str:
    rule = msgspec.to_builtins(COUNTING)
    httpx2.post(f"{server.url}/api/v1/mappings", json=rule, headers=server.admin).raise_for_status()
    return add_source(server)
