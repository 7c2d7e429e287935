"""Kinds of id and identification points from the command line, on a folder and through a running server."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.typing import Terminal

KIND = """\
id = "{id}"
name = "Member number"
form = "exact"
"""
POINT = """\
id = "{id}"
name = "Members' card"
event_type = "card-shown"

[[identifiers]]
property = "card.number"
kind = "{kind}"
"""


@pytest.fixture
def kind(either: Terminal, tmp_path: Path) -> str:
    """The id of a kind of this test's own."""
    either.reads("sources", "add", "Shop")  # a first command that writes makes the folder
    id = f"member-{uuid4().hex[:12]}"
    file = tmp_path / "kind.toml"
    file.write_text(KIND.format(id=id))
    made: str = either.reads("identity", "kinds", "add", str(file))["id"]
    return made


@pytest.fixture
def point(either: Terminal, kind: str, tmp_path: Path) -> Path:
    """A file with a point that names the kind, which has the same id."""
    file = tmp_path / "point.toml"
    file.write_text(POINT.format(id=kind, kind=kind))
    return file


def test_a_noun_alone_lists_what_there_is(either: Terminal, kind: str) -> None:
    listed = either.reads("identity", "kinds", "list")
    assert either.reads("identity") == either.reads("identity", "kinds") == listed
    assert {"email-main", kind} <= {each["id"] for each in listed}
    assert kind in either.types("identity", "kinds").stdout


def test_a_kind_is_shown_changed_switched_off_and_on(either: Terminal, kind: str, tmp_path: Path) -> None:
    change = tmp_path / "change.json"
    change.write_text('{"blocked": ["0815"]}')
    assert either.reads("identity", "kinds", "change", kind, str(change))["blocked"] == ["0815"]
    assert not either.reads("identity", "kinds", "disable", kind)["enabled"]
    assert either.reads("identity", "kinds", "enable", kind)["enabled"]
    assert either.reads("identity", "kinds", "show", kind)["version"] == 4


def test_a_removed_kind_keeps_its_history(either: Terminal, kind: str) -> None:
    assert either.types("identity", "kinds", "remove", kind).code == 0
    [version] = either.reads("identity", "kinds", "history", kind)
    assert version["kind"]["name"] == "Member number"
    assert "Member number" in either.types("identity", "kinds", "history", kind).stdout


def test_a_point_is_made_listed_replaced_and_removed(either: Terminal, point: Path, kind: str) -> None:
    made = either.reads("identity", "points", "add", str(point))
    assert either.reads("identity", "points", "show", kind) == made
    assert made in either.reads("identity", "points", "list", "--type", "card-shown")
    point.write_text(point.read_text().replace("card.number", "number"))
    assert either.reads("identity", "points", "add", str(point), "--replace")["version"] == 2
    assert f"number ({kind})" in either.types("identity", "points", "history", kind).stdout
    assert either.types("identity", "points", "remove", kind).code == 0
    assert len(either.reads("identity", "points", "history", kind)) == 2


def test_a_point_is_made_once(either: Terminal, point: Path) -> None:
    either.reads("identity", "points", "add", str(point))
    assert either.types("identity", "points", "add", str(point)).code == 1
