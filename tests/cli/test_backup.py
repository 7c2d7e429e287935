"""`sojourn backup` and `sojourn restore` from the command line: where they refuse, and what they advise."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.cli.typing import Terminal


def test_a_backup_is_taken_and_restored_with_and_without_a_server(either: Terminal, tmp_path: Path) -> None:
    source = either.reads("sources", "add", "Shop", "--id", f"shop-{uuid4()}")["id"]
    either.reads("track", "page-view", "--source", source)
    taken = either.reads("backup", str(tmp_path / "backup"))
    assert taken["has_identity_key"]
    again = either.on(tmp_path / "again")
    done = again.reads("restore", str(tmp_path / "backup"), "--verify")
    assert (done["backup"], done["erased_again"]) == (taken, 0)
    assert source in {each["id"] for each in again.reads("sources", "list")}


def test_a_backup_takes_the_place_of_nothing(terminal: Terminal, tmp_path: Path) -> None:
    terminal.reads("sources", "add", "Shop")
    terminal.reads("backup", str(tmp_path / "backup"))
    for words in (("backup", str(tmp_path / "backup")), ("restore", str(tmp_path / "backup"))):
        ended = terminal.types(*words)
        assert (ended.code, ended.stdout) == (2, "")
        assert "A backup takes the place of nothing." in ended.stderr


def test_what_an_attempt_has_left_is_told(terminal: Terminal, tmp_path: Path) -> None:
    terminal.reads("sources", "add", "Shop")
    (tmp_path / "backup.unfinished").mkdir()
    ended = terminal.types("backup", str(tmp_path / "backup"))
    assert ended.code == 2
    assert "Remove it." in ended.stderr


def test_where_nobody_tells_who_was_erased_the_restore_says_so(terminal: Terminal, tmp_path: Path) -> None:
    terminal.reads("sources", "add", "Shop")
    terminal.reads("backup", str(tmp_path / "backup"))
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    ended = terminal.on(tmp_path / "again").types("restore", str(tmp_path / "backup"))
    assert ended.code == 0
    assert "--erasures" in ended.stderr


def test_a_folder_that_is_still_there_tells_that_nobody_was_erased(terminal: Terminal, tmp_path: Path) -> None:
    terminal.reads("sources", "add", "Shop")
    terminal.reads("backup", str(tmp_path / "backup"))
    assert "--erasures" not in terminal.on(tmp_path / "again").types("restore", str(tmp_path / "backup")).stderr


def test_a_register_that_is_not_there_is_told(terminal: Terminal, tmp_path: Path) -> None:
    terminal.reads("sources", "add", "Shop")
    terminal.reads("backup", str(tmp_path / "backup"))
    ended = terminal.on(tmp_path / "again").types(
        "restore", str(tmp_path / "backup"), "--erasures", str(tmp_path / "none")
    )
    assert (ended.code, ended.stdout) == (2, "")


def test_a_folder_that_is_no_backup_is_told(terminal: Terminal, tmp_path: Path) -> None:
    terminal.reads("sources", "add", "Shop")
    ended = terminal.on(tmp_path / "again").types("restore", str(tmp_path / "data"))
    assert ended.code == 1
    assert "is no backup" in ended.stderr
