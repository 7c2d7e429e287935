"""The README and the guides tell people to type only what exists."""

from __future__ import annotations

import shlex

import pytest

from tests.docs.blocks import blocks, commands
from tests.tidy.repository import ROOT, make_targets

README = ROOT / "README.md"
GUIDES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def told(program: str) -> list[str]:
    """The commands of all guides that start with this program, wherever it lies."""
    found = [command for guide in GUIDES for command in commands(guide)]
    return [command for command in found if shlex.split(command)[0].removeprefix(".venv/bin/") == program]


def test_the_readme_gives_the_two_commands_first() -> None:
    assert commands(README)[:2] == ["make run", "make test"]


def test_every_command_of_the_guides_is_one_of_ours() -> None:
    programs = {shlex.split(command)[0] for guide in GUIDES for command in commands(guide)}
    assert programs <= {"make", "sojourn", ".venv/bin/sojourn"}


@pytest.mark.parametrize("command", sorted(set(told("make"))))
def test_every_make_target_of_the_guides_exists(command: str) -> None:
    words = [word for word in shlex.split(command)[1:] if "=" not in word]
    assert set(words) <= set(make_targets())


@pytest.mark.parametrize("command", sorted(set(told("sojourn"))))
def test_every_sojourn_command_of_the_guides_parses(command: str) -> None:
    from sojourn.cli import app

    app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)


def test_the_readme_shows_a_request_to_paste() -> None:
    [request] = [block for block in blocks(README, "bash") if "curl" in block]
    assert "/track" in request


def test_the_figures_of_the_readme_stand_between_their_marks() -> None:
    text = README.read_text()
    start, end = text.index("<!-- bench:start -->"), text.index("<!-- bench:end -->")
    assert start < end
    assert "sojourn bench" in text[end:]
