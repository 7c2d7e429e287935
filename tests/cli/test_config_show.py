"""`sojourn config show`: every value, where it came from, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.config import known_settings
from tests.cli.typing import Terminal


def test_every_setting_is_shown(terminal: Terminal) -> None:
    assert terminal.reads("config", "show").keys() == {setting.key for setting in known_settings()}


def test_each_value_says_where_it_came_from(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("sojourn.toml").write_text("log_format = 'json'")
    monkeypatch.setenv("SOJOURN_PORT", "9000")
    told = terminal.reads("config", "show")
    assert told["data"] == {"value": terminal.folder, "origin": "flag"}
    assert told["port"] == {"value": 9000, "origin": "environment SOJOURN_PORT"}
    assert told["log_format"] == {"value": "json", "origin": "sojourn.toml"}
    assert told["host"] == {"value": "127.0.0.1", "origin": "default"}


def test_people_read_the_same(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_PORT", "9000")
    lines = terminal.types("config", "show").stdout.splitlines()
    assert ["port", "9000", "environment", "SOJOURN_PORT"] in [line.split() for line in lines]


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize("place", ["environment", "file of its own", "sojourn.toml"])
def test_a_secret_is_hidden_wherever_it_came_from(
    place: str, form: tuple[str, ...], terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("token").write_text("a-long-random-text")
    match place:
        case "environment":
            monkeypatch.setenv("SOJOURN_ADMIN_TOKEN", "a-long-random-text")
        case "file of its own":
            monkeypatch.setenv("SOJOURN_ADMIN_TOKEN_FILE", "token")
        case _:
            Path("sojourn.toml").write_text('admin_token = "a-long-random-text"')
    ended = terminal.types("config", "show", *form)
    assert ended.code == 0
    assert "a-long-random-text" not in ended.stdout + ended.stderr
    assert "(hidden)" in ended.stdout


def test_a_secret_that_is_not_set_is_not_hidden(terminal: Terminal) -> None:
    assert terminal.reads("config", "show")["admin_token"] == {"value": None, "origin": "default"}
