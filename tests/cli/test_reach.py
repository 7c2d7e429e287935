"""Folders that are not there, that somebody else has, and servers that do not answer."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sojourn.serving import SERVER_FILE, RunningServer
from sojourn.stores.embedded.lock import FileLock
from tests.cli.typing import Terminal
from tests.e2e.server import Server, a_server

READS = [
    ("keys", "list"),
    ("mappings", "history", "x"),
    ("mappings", "list"),
    ("mappings", "show", "x"),
    ("profile", "x"),
    ("redirects", "list"),
    ("redirects", "show", "x"),
    ("sources", "list"),
    ("sources", "show", "x"),
    ("trace", "x"),
    ("track", "x"),
    ("types", "list"),
    ("types", "show", "x"),
    ("verify",),
]


def words(command: tuple[str, ...]) -> str:
    return " ".join(command)


@pytest.mark.parametrize("command", READS, ids=words)
def test_a_folder_that_is_not_there_is_told_and_not_made(command: tuple[str, ...], terminal: Terminal) -> None:
    ended = terminal.types(*command)
    assert (ended.code, ended.stdout) == (1, "")
    assert f"There is no data folder at {terminal.folder}." in ended.stderr
    assert not Path(terminal.folder).exists()


def test_a_folder_of_something_else_does_not_become_a_data_folder(terminal: Terminal) -> None:
    Path(terminal.folder).mkdir()
    assert terminal.types("sources", "list").code == 1
    assert list(Path(terminal.folder).iterdir()) == []


def test_plain_sojourn_says_that_there_is_no_data_and_makes_none(terminal: Terminal) -> None:
    assert terminal.reads()["data"] is None
    assert not Path(terminal.folder).exists()


@pytest.mark.parametrize("command", [("sources", "add", "Shop"), ("keys", "add", "x", "--scope", "read")], ids=words)
def test_what_comes_before_the_first_start_makes_the_folder(command: tuple[str, ...], terminal: Terminal) -> None:
    assert terminal.types(*command).code == 0
    assert Path(terminal.folder).is_dir()


def test_track_takes_the_only_source_that_it_could_come_from(terminal: Terminal) -> None:
    terminal.reads("sources", "add", "Off", "--no-enabled")
    terminal.reads("sources", "add", "Hook", "--type", "webhook")
    terminal.reads("sources", "add", "Shop", "--id", "shop")
    event = terminal.types("track", "x").stdout.split()[1]
    assert terminal.reads("trace", event)["source"] == "shop"


def test_track_asks_which_of_several_sources_is_meant(terminal: Terminal) -> None:
    for name in ("one", "two"):
        terminal.reads("sources", "add", name, "--id", name)
    ended = terminal.types("track", "x")
    assert (ended.code, ended.stdout) == (2, "")
    assert "--source: one, two" in ended.stderr


def test_track_without_any_source_says_how_to_make_one(terminal: Terminal) -> None:
    terminal.reads("keys", "add", "x", "--scope", "read")
    ended = terminal.types("track", "x")
    assert (ended.code, ended.stdout) == (1, "")
    assert "sojourn sources add NAME" in ended.stderr


def test_what_was_told_to_the_folder_is_there_for_the_next_command(terminal: Terminal) -> None:
    terminal.reads("sources", "add", "Shop", "--id", "shop")
    answer = terminal.reads("track", "x", "--session", "s")
    assert terminal.reads("profile", answer["profile"]["id"])["metadata"]["time"]["visit"]["count"] == 1


def test_a_folder_that_another_process_works_with_is_told(terminal: Terminal) -> None:
    terminal.reads("sources", "add", "Shop")
    lock = FileLock.of_folder(Path(terminal.folder))
    ended = terminal.types("sources", "list")
    lock.release()
    assert (ended.code, ended.stdout) == (1, "")
    assert "is in use by process" in ended.stderr


@pytest.mark.parametrize("command", [("tail",), ("tail", "--json")], ids=words)
def test_tail_needs_a_server(command: tuple[str, ...], terminal: Terminal) -> None:
    terminal.reads("sources", "add", "Shop")
    ended = terminal.types(*command)
    assert (ended.code, ended.stdout) == (1, "")
    assert "There is no running server to watch." in ended.stderr
    assert "sojourn serve" in ended.stderr


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Server]:
    """A server that holds its folder and does not answer."""
    with a_server(tmp_path / "data") as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        yield server
        server.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("command", [("sources", "list"), ("tail",)], ids=words)
def test_a_server_that_does_not_answer_is_told_with_its_process(
    command: tuple[str, ...], terminal: Terminal, frozen: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sojourn.cli.connection.TIMEOUT_S", 0.5)
    monkeypatch.setenv("SOJOURN_LIMITS_LIVE_HEARTBEAT_S", "0.1")
    ended = terminal.types(*command)
    assert (ended.code, ended.stdout) == (1, "")
    assert frozen.process is not None
    assert f"A server (process {frozen.process.pid}) holds the data folder, and does not answer" in ended.stderr


def test_a_server_that_was_killed_leaves_the_folder_to_commands(terminal: Terminal, tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        server.kill()
    assert len(terminal.reads("sources", "list")) == 1


def test_an_address_that_nobody_listens_at_any_more_means_nothing(terminal: Terminal) -> None:
    terminal.reads("sources", "add", "Shop")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    # The number of the process that is gone may be that of another one by now, such as this.
    left_behind = RunningServer(url=url, token="x", pid=os.getpid())
    (Path(terminal.folder) / SERVER_FILE).write_bytes(msgspec.json.encode(left_behind))
    assert len(terminal.reads("sources", "list")) == 1


def test_the_server_that_is_asked_is_that_of_the_folder(server: Server, terminal: Terminal) -> None:
    terminal.reads("sources", "add", "Mine", "--id", "mine")
    listed = json.loads(terminal.types_bare("sources", "list", "--json", "--data", str(server.folder)).stdout)
    assert "mine" not in [source["id"] for source in listed]
