"""A change of what people are recognised by is tried, and applied to all that was recorded, from the command line."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.cli.typing import Terminal

CHANGE = """\
[[points]]
id = "{type}"
name = "Card"
event_type = "{type}"

[[points.identifiers]]
property = "card"
kind = "external-id"
"""


def two_receipts(terminal: Terminal, folder: Path) -> Path:
    """Two devices that showed one card; a file with the change that would have recognised it."""
    event_type = f"receipt-{uuid4().hex[:8]}"
    source = terminal.reads("sources", "add", "Shop")["id"]
    for _ in range(2):
        terminal.reads("track", event_type, f"card={event_type}", "--source", source)
    file = folder / "change.toml"
    file.write_text(CHANGE.format(type=event_type))
    return file


def test_a_change_is_tried_applied_and_then_leaves_nothing_to_do(either: Terminal, tmp_path: Path) -> None:
    file = two_receipts(either, tmp_path)
    tried = either.reads("identity", "try", str(file))
    assert (tried["joined"]["count"], tried["split"]["count"]) == (1, 0)
    assert either.reads("identity", "try", str(file), "--apply") == tried
    assert either.reads("identity", "try")["joined"]["count"] == 0


def test_a_trial_is_told_in_plain_words(either: Terminal, tmp_path: Path) -> None:
    told = either.types("identity", "try", str(two_receipts(either, tmp_path)))
    assert told.code == 0
    assert "Joined: 1" in told.stdout
    assert "external-id  r***" in told.stdout
    assert "Nothing was changed." in told.stderr


def test_of_a_kind_that_there_is_what_changes_is_enough(either: Terminal, tmp_path: Path) -> None:
    two_receipts(either, tmp_path)
    file = tmp_path / "kind.json"
    file.write_text('{"kinds": [{"id": "login", "enabled": false}]}')
    either.reads("identity", "try", str(file), "--apply")
    login = either.reads("identity", "kinds", "show", "login")
    assert (login["enabled"], login["switches"]) == (False, True)
    either.reads("identity", "kinds", "enable", "login")


def test_a_file_that_holds_no_change_is_refused(either: Terminal, tmp_path: Path) -> None:
    two_receipts(either, tmp_path)
    file = tmp_path / "odd.json"
    file.write_text('{"kind": "login"}')
    ended = either.types("identity", "try", str(file))
    assert (ended.code, ended.stdout) == (1, "")
    assert "The file holds no change." in ended.stderr
