"""Commands as a person types them, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cyclopts import App

from sojourn.cli import app
from sojourn.cli.program import run
from tools.reference import commands


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """Its data, as JSON."""
        return json.loads(self.stdout)


class Terminal:
    """Runs commands inside this process, on one data folder."""

    def __init__(self, folder: str, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def on(self, folder: Path) -> Terminal:
        """The same one, on another folder."""
        return Terminal(str(folder), self._capture)

    def types(self, *words: str) -> Ended:
        """Run a command on the folder, whatever it comes to."""
        return self.types_bare(*words, "--data", self.folder)

    def types_bare(self, *words: str) -> Ended:
        """Run a command without naming the folder."""
        self._capture.readouterr()
        code = run(words)
        return Ended(code, *self._capture.readouterr())

    def reads(self, *words: str) -> Any:
        """The data of a command that must succeed."""
        ended = self.types(*words, "--json")
        assert ended.code == 0, ended.stderr
        return ended.document


COMMANDS = dict(commands(app))
"""Every command by its words, with the part of the program that it is."""


def groups(of: App = app, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every word that only leads to commands."""
    for name in of:
        if not name.startswith("-") and of[name].default_command is None:
            yield (*path, name)
