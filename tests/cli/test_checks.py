"""`sojourn doctor` and `sojourn verify` find what is wrong, and say where."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn.cli.doctor import Verdict, look_at_space
from tests.cli.typing import Terminal


@pytest.fixture
def folder(terminal: Terminal) -> Path:
    """A data folder with an event in it."""
    terminal.reads("sources", "add", "Shop")
    terminal.reads("track", "x")
    return Path(terminal.folder)


@pytest.fixture(autouse=True)
def any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_PORT", "0")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def verdict(terminal: Terminal, at: str) -> str:
    looks = terminal.types("doctor", "--json").document
    found: str = next(look["verdict"] for look in looks if look["at"] == at)
    return found


def test_the_doctor_looks_at_a_folder_that_is_still_to_be_made_without_making_it(terminal: Terminal) -> None:
    ended = terminal.types("doctor")
    assert ended.code == 0
    assert "no data folder yet" in ended.stdout
    assert not Path(terminal.folder).exists()


def test_the_doctor_finds_a_file_where_the_folder_should_be(terminal: Terminal) -> None:
    Path(terminal.folder).touch()
    assert terminal.types("doctor").code == 1
    assert verdict(terminal, "folder") == "bad"


@pytest.mark.parametrize(
    ("free_mib", "total_mib", "verdict"),
    [
        (100, 1_000_000, Verdict.BAD),
        (511, 1_000_000, Verdict.BAD),
        (600, 1_000_000, Verdict.NOTE),
        (5_000, 1_000_000, Verdict.GOOD),
        (49, 1_000, Verdict.BAD),
        (60, 1_000, Verdict.NOTE),
        (500, 1_000, Verdict.GOOD),
    ],
)
def test_the_doctor_judges_space_by_the_reserve(free_mib: int, total_mib: int, verdict: Verdict) -> None:
    assert look_at_space(free_mib << 20, total_mib << 20, 0).verdict is verdict


def test_the_doctor_judges_space_by_a_reserve_that_was_set() -> None:
    assert look_at_space(1 << 40, 1 << 41, 1 << 50).verdict is Verdict.BAD


def test_the_doctor_finds_a_port_that_is_taken(
    terminal: Terminal, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOJOURN_PORT", str(taken_port))
    ended = terminal.types("doctor", "--json")
    assert ended.code == 1
    assert str(taken_port) in next(look["said"] for look in ended.document if look["at"] == "server")


def test_the_doctor_finds_a_clock_that_was_set_back(terminal: Terminal, folder: Path) -> None:
    ahead_s = 4_000_000_000
    os.utime(folder / "sojourn.db", (ahead_s, ahead_s))
    assert terminal.types("doctor").code == 1
    assert verdict(terminal, "clock") == "bad"


def test_the_doctor_looks_after_the_secret_of_ids(terminal: Terminal, folder: Path) -> None:
    found = [verdict(terminal, "ids")]
    (folder / "identity.key").chmod(0o644)
    found.append(verdict(terminal, "ids"))
    (folder / "identity.key").write_text("short")
    found.append(verdict(terminal, "ids"))
    assert found == ["good", "note", "bad"]


def test_verify_names_the_file_and_the_place_of_the_damage(terminal: Terminal, folder: Path) -> None:
    journal = next((folder / "journal").iterdir())
    content = bytearray(journal.read_bytes())
    content[150] ^= 1
    journal.write_bytes(content)
    ended = terminal.types("verify", "--json")
    assert ended.code == 1
    [finding] = ended.document
    assert finding["file"] == str(journal)
    assert isinstance(finding["offset"], int)
    assert journal.name in terminal.types("verify").stdout
