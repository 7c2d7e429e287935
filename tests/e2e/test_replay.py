"""A quarantined event is replayed once, whoever asks how often, and whenever the server is killed."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.server import Server, a_server, add_source

pytestmark = pytest.mark.slow

EVENTS = 30
CYCLES = 5
MENDED = {"event": {"type": "tick", "properties": {"mended": True}}}


def test_every_event_is_replayed_once_across_kills_and_at_the_same_moment(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        source = add_source(server)
        httpx2.post(
            f"{server.url}/track",
            json={"source": {"id": source}, "session": {"id": "s"}, "events": [{"type": " "}] * EVENTS},
        )
        waiting = [item["id"] for item in _items(server, "quarantine", source=source)]
        assert len(waiting) == EVENTS
        told: Counter[int] = Counter()
        for _ in range(CYCLES):
            _replay_and_kill(server, waiting, told)
        for id in waiting:
            told[_replay(server, id)] += 1
        kept = _items(server, "events", source=source, type="tick")
        assert len(kept) == EVENTS, "each of them once"
        assert all(event["properties"] == {"mended": True} for event in kept)
        assert told[200] <= EVENTS
        assert set(told) <= {200, 409}, "nothing else was answered"
        assert _items(server, "quarantine", source=source) == []
        assert [_replay(server, id) for id in waiting] == [409] * EVENTS


def _replay_and_kill(server: Server, ids: list[str], told: Counter[int]) -> None:
    """Two at a time ask for the same events in the same order, until the server is killed."""

    def ask() -> None:
        for id in ids:
            try:
                told[_replay(server, id)] += 1
            except httpx2.HTTPError:
                return

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.005, 0.1))
    server.kill()
    for thread in threads:
        thread.join()
    server.start()


def _replay(server: Server, id: str) -> int:
    url = f"{server.url}/api/v1/quarantine/{id}/replay"
    return httpx2.post(url, json=MENDED, headers=server.admin, timeout=30).status_code


def _items(server: Server, noun: str, **query: str) -> list[dict[str, Any]]:
    answer = httpx2.get(
        f"{server.url}/api/v1/{noun}", params={**query, "limit": "1000"}, headers=server.admin, timeout=30
    )
    answer.raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
