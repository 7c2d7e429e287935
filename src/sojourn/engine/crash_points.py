"""Points at which a server can be told to end without a word, so that tests reach the moments where a crash hurts most.

`SOJOURN_CRASH_AT=after-sync:17` ends it at the seventeenth sync of the journal. The points are seams that stand there
anyhow, and a trap is a wrapper around one of them: where no crash is asked for there is no trap, and nothing costs
anything.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class CrashPoint(StrEnum):
    """Where a server can end."""

    AFTER_WRITE = "after-write"
    """The journal was written, and not synced."""
    AFTER_SYNC = "after-sync"
    """The journal is synced, and nobody was told."""
    AFTER_RENAME = "after-rename"
    """A new segment of the journal has its name, which is not synced."""
    AFTER_REMOVE = "after-remove"
    """A segment that is not needed any more was removed, and perhaps not all of them."""
    BEFORE_REPLY = "before-reply"
    """A batch is committed, and its first answer is not sent."""
    MID_TRANSACTION = "mid-transaction"
    """The materialiser has written everything of a transaction but its end."""
    AFTER_TRANSACTION = "after-transaction"
    """The materialiser has brought in records, and told nobody."""


class Crash(NamedTuple):
    """At which point, and at the how manieth time that it is passed."""

    point: CrashPoint
    time: int = 1

    def __str__(self) -> str:
        """As it is written in the setting."""
        return f"{self.point}:{self.time}"


def read_crash(text: str) -> Crash:
    """The crash that a text like `after-sync:17` asks for. Raises ValueError where it asks for none that there is."""
    point, _, time = text.partition(":")
    crash = Crash(CrashPoint(point), int(time or 1))
    if crash.time < 1:
        raise ValueError(f"{crash.time} is no number of times")
    return crash


class Trap:
    """Springs when its point is passed for the given time."""

    def __init__(self, crash: Crash, end: Callable[[], None]) -> None:
        self._point = crash.point
        self._left = crash.time
        self._end = end

    def passed(self, point: CrashPoint) -> None:
        """Say that a point was passed."""
        if point is self._point:
            self._left -= 1
            if self._left == 0:
                self._end()


def trapped(call: Callable[Given, Result], point: CrashPoint, crash: Crash) -> Callable[Given, Result]:
    """A function with a trap in front of it: this process may end where it would be called."""
    trap = Trap(crash, end_this_process)

    def pass_and_call(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        trap.passed(point)
        return call(*args, **kwargs)

    return pass_and_call


def end_this_process() -> None:
    """End as `kill -9` ends a process."""
    os.kill(os.getpid(), signal.SIGKILL)


def end_with_parent() -> None:
    """End this process and the one that started it, as `kill -9` would."""
    os.kill(os.getppid(), signal.SIGKILL)
    end_this_process()
