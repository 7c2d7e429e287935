"""`sojourn rebuild` applies rules to the past, on a folder and through a server."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.typing import Terminal

RULE = {
    "name": "Last leaf",
    "operations": [{"op": "set", "target": "profile@traits.leaf", "value": "event@properties.leaf"}],
}


def test_a_new_rule_is_applied_to_the_past_of_one_person(either: Terminal, tmp_path: Path) -> None:
    profile = somebody(either, "one-brewed")
    add_rule(either, tmp_path, "one-brewed")
    assert either.reads("rebuild", "--profile", profile) == {"people": 1, "changed": 1, "busy": 0}
    assert either.reads("profile", profile)["traits"] == {"leaf": "assam"}


def test_everybody_is_rebuilt(either: Terminal, tmp_path: Path) -> None:
    profile = somebody(either, "all-brewed")
    add_rule(either, tmp_path, "all-brewed")
    ended = either.types("rebuild")
    assert ended.code == 0
    assert dict(line.split() for line in ended.stdout.splitlines())["changed"] == "1"
    assert either.reads("profile", profile)["traits"] == {"leaf": "assam"}


def test_nobody_cannot_be_rebuilt(either: Terminal) -> None:
    somebody(either, "some-brewed")
    ended = either.types("rebuild", "--profile", "nobody")
    assert (ended.code, ended.stdout) == (1, "")
    assert "There is no profile of this id." in ended.stderr


def somebody(terminal: Terminal, event_type: str) -> str:
    """Somebody who made tea before there was a rule for it."""
    source = terminal.reads("sources", "add", "Kitchen")["id"]
    profile: str = terminal.reads("track", event_type, "leaf=assam", "--source", source)["profile"]["id"]
    return profile


def add_rule(terminal: Terminal, folder: Path, event_type: str) -> None:
    file = folder / "rule.json"
    file.write_text(json.dumps({**RULE, "event_type": event_type}))
    assert terminal.types("mappings", "add", str(file)).code == 0
