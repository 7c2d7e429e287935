"""Mapping rules and event types from the command line, on a folder and through a running server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.typing import Terminal

RULE = """\
name = "Favourite tea"
event_type = "{event_type}"

[[operations]]
op = "set"
target = "profile@traits.leaf"
value = "event@properties.leaf"
"""


@pytest.fixture
def source(either: Terminal) -> str:
    made: str = either.reads("sources", "add", "Shop", "--id", f"shop-{uuid4()}")["id"]
    return made


@pytest.fixture
def event_type() -> str:
    """A type of this test's own."""
    return f"tea-{uuid4()}"


@pytest.fixture
def file(tmp_path: Path, event_type: str) -> Path:
    """A rule, as TOML."""
    path = tmp_path / "rule.toml"
    path.write_text(RULE.format(event_type=event_type))
    return path


@pytest.fixture
def rule(either: Terminal, source: str, file: Path) -> dict[str, Any]:
    made: dict[str, Any] = either.reads("mappings", "add", str(file))
    return made


def brewed(terminal: Terminal, source: str, event_type: str, leaf: str) -> dict[str, str]:
    """Send an event; its id, and whose it became."""
    event_id = f"event-{uuid4()}"
    answer = terminal.reads("track", event_type, f"leaf={leaf}", "--source", source, "--id", event_id)
    return {"id": event_id, "profile": answer["profile"]["id"]}


def test_a_rule_is_made_shown_listed_and_removed(either: Terminal, rule: dict[str, Any], event_type: str) -> None:
    assert either.reads("mappings", "show", rule["id"]) == rule
    assert either.reads("mappings", "list", "--type", event_type) == [rule]
    assert either.types("mappings", "remove", rule["id"]).code == 0
    shown = either.types("mappings", "show", rule["id"])
    assert (shown.code, shown.stdout) == (1, "")
    assert "sojourn mappings list" in shown.stderr


def test_a_rule_may_be_written_as_json(either: Terminal, source: str, file: Path, event_type: str) -> None:
    operation = {"op": "increment", "target": "profile@stats.counters.tea"}
    told = {"id": event_type, "name": "Tea", "event_type": event_type, "operations": [operation]}
    path = file.with_suffix(".json")
    path.write_text(json.dumps(told))
    assert either.reads("mappings", "add", str(path))["id"] == event_type


def test_a_rule_takes_the_place_of_another_only_when_it_is_told_to(
    either: Terminal, rule: dict[str, Any], file: Path
) -> None:
    file.write_text(f'id = "{rule["id"]}"\n{file.read_text().replace("Favourite", "Latest")}')
    refused = either.types("mappings", "add", str(file))
    assert (refused.code, "Choose another id" in refused.stderr) == (1, True)
    replaced = either.reads("mappings", "add", str(file), "--replace")
    assert (replaced["name"], replaced["version"]) == ("Latest tea", 2)
    history = either.reads("mappings", "history", rule["id"])
    assert [version["rule"]["name"] for version in history] == ["Latest tea", "Favourite tea"]
    assert "set profile@traits.leaf" in either.types("mappings", "history", rule["id"]).stdout


def test_a_rule_maps_the_next_event_and_the_trace_tells_it(
    either: Terminal, source: str, rule: dict[str, Any], event_type: str
) -> None:
    event = brewed(either, source, event_type, "assam")
    assert either.reads("profile", event["profile"])["traits"] == {"leaf": "assam"}
    told = f"profile@traits.leaf: - -> assam ({rule['id']})"
    assert told in either.types("trace", event["id"]).stdout


def test_a_profile_shows_who_wrote_its_fields_when_it_is_asked(
    either: Terminal, source: str, rule: dict[str, Any], event_type: str
) -> None:
    event = brewed(either, source, event_type, "assam")
    told = either.types("profile", event["profile"], "--provenance").stdout
    [line] = [line for line in told.splitlines() if line.startswith("traits.leaf")]
    assert line.split()[2:] == [rule["id"], event["id"]]
    fields = either.reads("profile", event["profile"], "--provenance")["metadata"]["fields"]
    assert fields["traits.leaf"]["rule"] == rule["id"]
    assert event["id"] not in either.types("profile", event["profile"]).stdout


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(
    either: Terminal, source: str, file: Path, event_type: str
) -> None:
    event = brewed(either, source, event_type, "assam")
    ended = either.types("mappings", "dry-run", str(file))
    assert ended.code == 0
    assert "profile@traits.leaf: - -> assam" in ended.stdout
    assert "Of 1 events, 1 are meant and 1 would change something." in ended.stderr
    assert either.reads("profile", event["profile"])["traits"] == {}
    assert either.reads("mappings", "dry-run", str(file), "--limit", "5")["changed"] == 1


def test_a_dry_run_over_no_events_prints_no_data(either: Terminal, source: str, file: Path) -> None:
    ended = either.types("mappings", "dry-run", str(file))
    assert (ended.code, ended.stdout) == (0, "")
    assert "Of 0 events" in ended.stderr


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("rule.json", "{", "is no JSON"),
        ("rule.toml", "name =", "is no TOML"),
        ("rule", "[]", "holds no object"),
        ("rule.json", '{"name": "x"}', "event_type: This field is required."),
        ("rule.json", None, "cannot be read: No such file or directory."),
    ],
)
@pytest.mark.parametrize("command", ["add", "dry-run"])
def test_a_file_that_holds_no_rule_is_told(
    terminal: Terminal, tmp_path: Path, command: str, name: str, content: str | None, told: str
) -> None:
    terminal.reads("sources", "add", "Shop")
    if content is not None:
        (tmp_path / name).write_text(content)
    ended = terminal.types("mappings", command, str(tmp_path / name))
    assert (ended.code, ended.stdout) == (1, "")
    assert told in ended.stderr


def test_types_are_listed_and_shown(either: Terminal, source: str) -> None:
    identity = either.reads("types", "list", "--family", "identity")
    assert "sign-up" in [event_type["id"] for event_type in identity]
    assert "sign-up" in either.types("types", "list").stdout
    assert either.reads("types", "show", "sign-up")["built_in"]


def test_a_type_that_there_is_not_is_told(either: Terminal, source: str) -> None:
    ended = either.types("types", "show", "nothing")
    assert (ended.code, ended.stdout) == (1, "")
    assert "sojourn types list" in ended.stderr
