"""A real server that is halted, told to stop, out of disk, or on a disk that fails keeps every promise all the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from sojourn.core.limits import KIB, MIB
from tests.e2e.clients import Crowd
from tests.e2e.server import Server, a_server, add_source

WITHIN_S = 20
"""Seconds after which what should come is taken not to come."""


def test_a_server_that_is_halted_for_a_while_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    chance = random.Random(1)
    with a_server(tmp_path / "data") as server:
        crowd = Crowd.of(server, chance)
        with crowd.sending(server):
            for _ in range(4):
                time.sleep(chance.uniform(0.05, 0.3))
                halted = chance.choice(([server.pid], server.children, [server.pid, *server.children]))
                send_signal(halted, signal.SIGSTOP)
                time.sleep(0.3)
                send_signal(halted, signal.SIGCONT)
        assert crowd.ledger.promises
        assert crowd.audited(server) == []


def test_a_server_that_is_stopped_under_load_ends_well_and_keeps_what_it_answered(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        crowd = Crowd.of(server, random.Random(2))
        for _ in range(3):
            with crowd.sending(server):
                time.sleep(0.3)
                assert server.stop() == 0
            server.start()
        assert crowd.ledger.promises
        assert crowd.statuses <= {200, 503}
        assert crowd.audited(server) == []


def test_an_event_whose_answer_was_lost_is_kept_once(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        source = add_source(server)
        payload = {"source": {"id": source}, "session": {"id": "s"}, "events": [{"type": "tick", "id": "e1"}]}
        with httpx2.Client(base_url=server.url, headers=server.admin) as api:
            with pytest.raises(httpx2.ReadTimeout):
                # The request is sent, and nobody waits for what comes of it.
                api.post("/track", json=payload, timeout=httpx2.Timeout(5, read=1e-6))
            assert soon(lambda: api.get("/api/v1/events/e1").status_code == 200)
            server.kill()
            server.start()
        with httpx2.Client(base_url=server.url, headers=server.admin) as api:
            again = [api.post("/track", json=payload) for _ in range(3)]
            assert {answer.status_code for answer in again} == {200}
            counts = api.get("/api/v1/outcomes", params={"source": source}).json()
        assert (counts["kept"], counts["duplicate"]) == (1, 3)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("left_bytes", [12 * MIB, 0])
def test_a_full_disk_is_told_and_goes_away_without_a_restart(small_disk: Path, left_bytes: int) -> None:
    limits = {
        "SOJOURN_LIMITS_JOURNAL_SEGMENT_BYTES": str(256 * KIB),
        "SOJOURN_LIMITS_DISK_RESERVE_BYTES": str(16 * MIB),
    }
    with a_server(small_disk / "data", **limits) as server:
        crowd = Crowd.of(server, random.Random(3), size=4)
        person = a_person_of_another_source(server)
        with httpx2.Client(base_url=server.url, headers=server.admin, timeout=WITHIN_S) as api:
            with kept_full(small_disk, but_bytes=left_bytes):
                with crowd.sending(server):
                    assert soon(lambda: 503 in crowd.statuses)
                assert soon(lambda: api.get("/readyz").status_code == 503)
                refused = api.post("/track", json=a_payload(crowd.source))
                assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
                assert api.get(f"/api/v1/profiles/{person}").status_code == 200
                if left_bytes:
                    # On a busy machine a read may have to be asked for again until it is settled.
                    assert soon(lambda: api.delete(f"/api/v1/profiles/{person}").status_code == 204)
                    assert api.get(f"/api/v1/profiles/{person}").status_code == 404
            assert soon(lambda: api.get("/readyz").status_code == 200)
        with crowd.sending(server):
            time.sleep(0.3)
        assert server.process is not None
        assert server.process.poll() is None
        assert crowd.audited(server) == []


def test_on_a_slow_disk_answers_come_late_or_say_busy_and_none_is_false(tmp_path: Path) -> None:
    tracer = a_tracer()
    with a_server(tmp_path / "data", SOJOURN_LIMITS_QUEUE_REQUESTS_MAX="2") as server:
        crowd = Crowd.of(server, random.Random(5))
        assert server.stop() == 0
        server.launch(through=(*tracer, "-e", "inject=fdatasync:delay_exit=400000"))
        assert server.is_ready()
        with crowd.sending(server):
            assert soon(lambda: 503 in crowd.statuses and bool(crowd.ledger.promises))
        assert server.process is not None
        send_signal(server.children, signal.SIGKILL)  # Of the tracer, which ends with it: the server.
        server.process.wait(WITHIN_S)
        server.start()
        assert crowd.statuses == {200, 503}
        assert crowd.audited(server) == []


def test_a_sync_that_fails_ends_the_server_and_loses_nothing(tmp_path: Path) -> None:
    tracer = a_tracer()
    with a_server(tmp_path / "data") as server:
        crowd = Crowd.of(server, random.Random(4))
        assert server.stop() == 0
        server.launch(through=(*tracer, "-e", "inject=fdatasync:error=EIO:when=40+"))
        assert server.is_ready()
        assert server.process is not None
        with crowd.sending(server):
            assert server.process.wait(WITHIN_S) == 1
        assert "cannot be synced" in server.output
        assert crowd.ledger.promises
        server.start()
        # What was under way when the sync failed may be there: a 503 promises nothing then.
        assert [found for found in crowd.audited(server) if not found.startswith("I5")] == []


def a_tracer() -> tuple[str, ...]:
    """The program that does something to the syncs of another."""
    tracer = ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fdatasync", "-e", "signal=none")
    if shutil.which("strace") is None or subprocess.run([*tracer, "true"], check=False).returncode != 0:
        pytest.skip("needs strace, and the right to trace")
    return tracer


def send_signal(processes: list[int], signum: signal.Signals) -> None:
    for process in processes:
        os.kill(process, signum)


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something comes true while one waits for it."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def a_payload(source: str) -> dict[str, object]:
    return {"source": {"id": source}, "session": {"id": "odd"}, "events": [{"type": "odd"}]}


def a_person_of_another_source(server: Server) -> str:
    """A person of another source."""
    answer = httpx2.post(f"{server.url}/track", json=a_payload(add_source(server)))
    return str(answer.raise_for_status().json()["profile"]["id"])


@contextmanager
def kept_full(disk: Path, *, but_bytes: int) -> Iterator[None]:
    """Take all of a disk but so much, and what the server gives back, too; at the end, give everything back."""
    over = threading.Event()
    filler = disk / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            while not over.wait(0.002):
                with suppress(OSError):
                    while (space := os.statvfs(disk)).f_bavail * space.f_frsize > but_bytes:
                        file.write(bytes(64 * KIB))

    filling = threading.Thread(target=fill)
    filling.start()
    try:
        yield
    finally:
        over.set()
        filling.join()
        filler.unlink()
