"""The process of the flood: whoever starts it ends it."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

import msgspec

from bench.flood import Deluge, Flood, Lone, Target
from sojourn.bench.servers import CannotMeasure


@contextmanager
def flood_tool(url: str, source: str) -> Iterator[FloodTool]:
    """A flood that is turned to a server, and knows people there."""
    command = [sys.executable, "-m", "bench.flood"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None, "it is a pipe"
        assert process.stdout is not None, "it is a pipe"
        tool = FloodTool(process.stdin, process.stdout)
        tool.tell(Target(url, source))
        try:
            yield tool
        finally:
            process.terminate()


class FloodTool:
    """The open loop at work on one server."""

    def __init__(self, jobs: IO[bytes], results: IO[bytes]) -> None:
        self._jobs = jobs
        self._results = results

    def tell(self, job: Target | Lone | Deluge) -> None:
        """Give it a job; of a target, nothing comes back."""
        self._jobs.write(msgspec.json.encode(job) + b"\n")
        self._jobs.flush()

    def ask(self, job: Lone | Deluge, each_s: Callable[[], None] = lambda: None) -> Flood:
        """What came of a job; `each_s` is called about once a second meanwhile. Raises CannotMeasure."""
        self.tell(job)
        while not select.select([self._results], [], [], 1.0)[0]:
            each_s()
        line = self._results.readline()
        if not line:
            raise CannotMeasure("The flood ended; what it said stands above.")
        return msgspec.json.decode(line, type=Flood)
