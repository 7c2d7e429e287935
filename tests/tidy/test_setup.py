"""`make setup` says what goes on, wherever its words go."""

from __future__ import annotations

import threading

import pytest

from tools.setup import tell


class AfterOnePause(threading.Event):
    """Something that is done when one has waited for it once."""

    def wait(self, timeout: float | None = None) -> bool:
        was_done = self.is_set()
        self.set()
        return was_done


def test_progress_is_visible_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell(["Collecting one\n", "Collecting another\n"], AfterOnePause(), 5)
    [line] = capsys.readouterr().err.splitlines()
    assert line.split() == ["0", "s", "Collecting", "another"]
