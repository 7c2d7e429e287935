"""A first part of what `make simulate` and `make powercut` try; each in a process of its own, for its own SQLite."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.tidy.repository import ROOT

TRIALS = {
    "memory": "--count 400",
    "power": "--count 60",
    "many-power-cuts": "--count 1",
    "torn": "--step 7",
    "eio": "--step 13",
    "enospc": "--step 13",
    "upgrade": "--step 29",
}
CONTROLS = ("unsynced-journal", "unsynced-names", "unsynced-database")


@pytest.mark.slow
@pytest.mark.parametrize("kind", TRIALS)
def test_no_promise_is_broken_in_any_world(kind: str) -> None:
    said = simulate(kind, *TRIALS[kind].split())
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.slow
@pytest.mark.parametrize("control", CONTROLS)
def test_a_sync_that_does_nothing_is_found(control: str) -> None:
    said = simulate(control, "--count", "30")
    assert said.returncode == 0, said.stdout + said.stderr


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
