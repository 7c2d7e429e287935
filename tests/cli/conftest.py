"""A working directory of its own for every command, and a data folder with or without a server on it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from sojourn.config import PREFIX
from tests.cli.typing import Terminal
from tests.e2e.server import Server, a_server


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    # What commands need free of a test machine's disk must not depend on that machine.
    monkeypatch.setenv("SOJOURN_LIMITS_DISK_RESERVE_BYTES", "1048576")
    yield
    # A command sets up logging for its process, which here goes on.
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with a_server(tmp_path_factory.mktemp("cli") / "data") as started:
        yield started


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """On a folder that does not exist yet."""
    return Terminal(str(tmp_path / "data"), capsys)


@pytest.fixture(params=["folder", "server"])
def either(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """On a folder without a server, and on one with a running server."""
    if request.param == "folder":
        return Terminal(str(tmp_path / "data"), capsys)
    running: Server = request.getfixturevalue("server")
    return Terminal(str(running.folder), capsys)
