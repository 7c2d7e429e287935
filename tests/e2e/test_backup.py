"""A backup of a real server under load holds what was acknowledged, and a restore brings nobody back who was erased."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.e2e.server import SOJOURN, Server, a_server, add_source

pytestmark = pytest.mark.slow

CANARY = "canary-7f3a"
CLIENTS = 4


def run(*words: str | Path) -> Any:
    """What a command says as JSON."""
    ended = subprocess.run([SOJOURN, *words, "--json"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) if ended.stdout else None


def send(server: Server, source: str, session: str, event: dict[str, Any]) -> str:
    """Send one event; the id of the person."""
    payload = {"source": {"id": source}, "session": {"id": session}, "events": [event]}
    answer = httpx2.post(f"{server.url}/track", json=payload)
    answer.raise_for_status()
    return str(answer.json()["profile"]["id"])


@contextmanager
def load(server: Server, source: str, acknowledged: list[str]) -> Iterator[None]:
    """Clients that send until the end, and write down the events that were acknowledged."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            id = str(uuid4())
            send(server, source, f"session-{id[:2]}", {"id": id, "type": "tick"})
            acknowledged.append(id)

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()


def status(server: Server, path: str) -> int:
    return httpx2.get(f"{server.url}/api/v1/{path}", headers=server.admin).status_code


def files_with(text: str, folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_what_was_acknowledged_before_a_backup_is_in_it(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with a_server(tmp_path / "data") as server:
        source = add_source(server)
        with load(server, source, acknowledged):
            while len(acknowledged) < 200:
                pass
            before = tuple(acknowledged)
            run("backup", tmp_path / "backup", "--data", server.folder)
        server.kill()
    assert run("verify", "--data", tmp_path / "backup") == []
    run("restore", tmp_path / "backup", "--data", tmp_path / "again", "--verify")
    with a_server(tmp_path / "again") as again:
        assert [id for id in before if status(again, f"events/{id}") != 200] == []
        assert send(again, source, "new", {"type": "tick"})


def test_who_was_erased_after_a_backup_is_not_in_what_it_is_restored_to(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        source = add_source(server)
        sign_in = {"type": "sign-in", "properties": {"email": {"main": f"{CANARY}@mail.example"}, "name": CANARY}}
        person = send(server, source, f"{CANARY}-visit", sign_in)
        other = send(server, source, "other-visit", {"type": "tick"})
        run("backup", tmp_path / "backup", "--data", server.folder)
        assert run("erase", person, "--data", server.folder)["state"] == "done"
        assert files_with(CANARY, server.folder) == []
        assert files_with(person, server.folder) == []
    assert files_with(CANARY, tmp_path / "backup") != []
    done = run("restore", tmp_path / "backup", "--data", tmp_path / "again", "--verify")
    assert done["erased_again"] == 1
    assert files_with(CANARY, tmp_path / "again") == []
    assert files_with(person, tmp_path / "again") == []
    with a_server(tmp_path / "again") as again:
        assert (status(again, f"profiles/{person}"), status(again, f"profiles/{other}")) == (404, 200)
        [receipt] = httpx2.get(f"{again.url}/api/v1/erasures", headers=again.admin).json()["items"]
        assert (receipt["actor"], receipt["removed"]["profiles"]) == ("administrator", 1)


def test_a_register_that_was_kept_elsewhere_tells_who_was_erased(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        person = send(server, add_source(server), "visit", {"type": "tick"})
        run("backup", tmp_path / "here" / "backup", "--data", server.folder)
        run("erase", person, "--data", server.folder)
    kept = tmp_path / "kept"
    (server.folder / "erasures.jsonl").rename(kept)
    done = run("restore", tmp_path / "here" / "backup", "--data", tmp_path / "again", "--erasures", kept)
    assert done["erased_again"] == 1
