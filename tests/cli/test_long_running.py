"""The commands that run until somebody ends them, as real processes."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.cli.serve import request_to_paste
from tests.cli.typing import Terminal
from tests.e2e.server import SOJOURN, Server, a_server, add_source

WAIT_S = 30
BREWED = {
    "name": "How often",
    "event_type": "tea-brewed",
    "operations": [{"op": "increment", "target": "profile@traits.brewed"}],
}


@contextmanager
def running(*words: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A command under way, ended at the latest with the test."""
    # A suite that runs in the background ignores Ctrl-C, and hands that on; a person's terminal does not.
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "preexec_fn": _hear_ctrl_c}
    with subprocess.Popen([SOJOURN, *words], **options) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def watching(folder: Path | str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A `tail` that sees what comes from now on."""
    with running("tail", "--data", folder, *options) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "Watching. Ctrl-C ends it.\n"
        yield process


@pytest.fixture
def on_server(server: Server, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(str(server.folder), capsys)


@pytest.fixture
def source(on_server: Terminal) -> str:
    made: str = on_server.reads("sources", "add", "Shop")["id"]
    return made


def track(terminal: Terminal, source: str, type: str) -> str:
    """Send an event; its id."""
    return terminal.types("track", type, "--source", source).stdout.split()[1]


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_tail_shows_an_event_with_its_outcome(on_server: Terminal, source: str) -> None:
    with watching(on_server.folder, "--source", source) as tail:
        track(on_server, source, "purchase")
        words = line_of(tail).split()
    assert (words[2], words[-1]) == ("purchase", "kept")


def test_tail_shows_a_refused_request_with_its_reason(on_server: Terminal) -> None:
    with watching(on_server.folder) as tail:
        on_server.types("track", "purchase", "--source", "nobody")
        words = line_of(tail).split()
    assert words[-2:] == ["refused", "source"]


def test_tail_says_how_many_events_a_refused_request_had(server: Server, on_server: Terminal) -> None:
    payload = {"source": {"id": "nobody"}, "events": [{"type": "purchase"}] * 3}
    with watching(on_server.folder) as tail:
        httpx2.post(f"{server.url}/track", json=payload)
        assert line_of(tail).rstrip().endswith("source (3 events)")


def test_tail_tells_a_program_each_request_in_a_line(on_server: Terminal, source: str) -> None:
    with watching(on_server.folder, "--source", source, "--json") as tail:
        event = track(on_server, source, "purchase")
        told = json.loads(line_of(tail))
    assert (told["status"], told["outcomes"][0]["id"]) == (200, event)


def test_tail_passes_over_what_was_not_asked_for(on_server: Terminal, source: str) -> None:
    with watching(on_server.folder, "--type", "wanted", "--json") as tail:
        track(on_server, source, "unwanted")
        event = track(on_server, source, "wanted")
        assert json.loads(line_of(tail))["outcomes"][0]["id"] == event


def test_ctrl_c_ends_tail_without_a_word(on_server: Terminal) -> None:
    with watching(on_server.folder) as tail:
        tail.send_signal(signal.SIGINT)
        stdout, stderr = tail.communicate(timeout=WAIT_S)
    assert (tail.returncode, stdout, stderr) == (130, "", "")


def test_a_reader_that_has_seen_enough_ends_tail_without_a_word(on_server: Terminal, source: str) -> None:
    with watching(on_server.folder) as tail:
        assert tail.stdout is not None
        tail.stdout.close()
        track(on_server, source, "seen-by-nobody")
        assert tail.stderr is not None
        said = tail.stderr.read()
        tail.wait(WAIT_S)
    assert (tail.returncode, said) == (0, "")


def test_tail_goes_on_when_its_server_is_restarted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_server(tmp_path / "data") as server, watching(server.folder, "--json") as tail:
        terminal, source = Terminal(str(server.folder), capsys), add_source(server)
        for event_type in ("before", "after"):
            event = track(terminal, source, event_type)
            assert json.loads(line_of(tail))["outcomes"][0]["id"] == event
            server.stop()
            server.start()
        tail.send_signal(signal.SIGINT)
        _, stderr = tail.communicate(timeout=WAIT_S)
    assert "The server has ended the feed." in stderr
    assert "Some requests were missed." in stderr


def test_tail_ends_with_its_server(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server, watching(server.folder) as tail:
        server.stop()
        _, stderr = tail.communicate(timeout=WAIT_S)
    assert tail.returncode == 0
    assert "The server has ended the feed." in stderr


def test_ctrl_c_cancels_a_rebuild(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server, httpx2.Client(base_url=server.url, headers=server.admin) as client:
        source = add_source(server)
        for _ in range(500):
            client.post("/track", json={"source": {"id": source}, "events": [{"type": "tea-brewed"}]})
        client.post("/api/v1/mappings", json=BREWED).raise_for_status()
        with running("rebuild", "--data", server.folder) as rebuild:
            while not (jobs := client.get("/api/v1/jobs").json()["items"]):
                assert rebuild.poll() is None, "the command begins a job"
            rebuild.send_signal(signal.SIGINT)
            _, said = rebuild.communicate(timeout=WAIT_S)
        job = client.get(f"/api/v1/jobs/{jobs[0]['id']}").json()
    assert (rebuild.returncode, job["state"]) == (130, "cancelled")
    assert "Cancelled." in said


def test_serve_greets_on_stderr_and_leaves_stdout_to_data(tmp_path: Path) -> None:
    with running("serve", "--port", "0", "--data", tmp_path / "data") as server:
        assert server.stderr is not None
        greeting = "".join(iter(server.stderr.readline, "Ctrl-C stops the server.\n"))
        server.send_signal(signal.SIGINT)
        stdout, _ = server.communicate(timeout=WAIT_S)
    assert (server.returncode, stdout) == (0, "")
    assert "listens on http://127.0.0.1:" in greeting
    assert f"tail --data {tmp_path / 'data'}" in greeting


@given(st.text(min_size=1))
def test_the_request_to_paste_survives_any_source_id(source: str) -> None:
    *_, body = shlex.split(request_to_paste("http://127.0.0.1:8686", source))
    assert json.loads(body)["source"] == {"id": source}


def test_serve_on_a_port_that_is_taken_says_so_and_ends_with_1(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ended = terminal.types("serve", "--port", str(listening.getsockname()[1]))
    assert (ended.code, ended.stdout) == (1, "")
    assert "Choose another port with --port." in ended.stderr


def test_serve_with_a_setting_that_cannot_be_accepted_ends_with_2(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOJOURN_PROT", "8686")
    ended = terminal.types("serve")
    assert (ended.code, ended.stdout) == (2, "")
    assert "Did you mean `SOJOURN_PORT`?" in ended.stderr
    assert not Path(terminal.folder).exists()


def test_the_openapi_document_needs_no_folder_and_leaves_none(terminal: Terminal) -> None:
    ended = terminal.types_bare("openapi")
    assert ended.code == 0
    assert ended.document["openapi"].startswith("3.1")
    assert list(Path.cwd().iterdir()) == []
