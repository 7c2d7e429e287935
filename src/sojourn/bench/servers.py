"""The processes of a measurement: the real server, the floor, and the load tool. Whoever starts one ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from sojourn.bench import load
from sojourn.bench.scenarios import Scenario
from sojourn.serving import RunningServer, running_server

START_S_MAX = 20
STOP_S_MAX = 20
PEOPLE = 4_000
"""People who are met before anything is measured, so that they can return."""
PLAIN_PEOPLE = 1_000
"""Further ones, of whom no browser tells."""

_HTTP_S_MAX = 10
Result = TypeVar("Result", load.Met, load.Answers)


class CannotMeasure(Exception):
    """Something that the measurement needs did not work; the text says what."""


class LoadTool:
    """The load tool at work on one server."""

    def __init__(self, requests: IO[bytes], results: IO[bytes]) -> None:
        self._requests = requests
        self._results = results

    def meet(self, url: str, source: str, *, people: int = PEOPLE, plain_people: int = PLAIN_PEOPLE) -> None:
        """Turn to a server, and meet people there. Raises CannotMeasure."""
        met = self._turn_to(url, load.Target(host="", port=0, source=source, people=people, plain_people=plain_people))
        wanted = people + plain_people
        if met.people < wanted:
            others = f"{met.refused or 'none'} answered otherwise, {met.broken} not at all"
            raise CannotMeasure(f"Only {met.people} of {wanted} first requests were answered with 200; {others}.")

    def know(self, url: str, source: str, prepared: int) -> None:
        """Turn to a server whose folder was prepared with so many people. Raises CannotMeasure."""
        self._turn_to(url, load.Target(host="", port=0, source=source, people=0, prepared=prepared))

    def send(self, scenario: Scenario, seconds: float) -> load.Answers:
        """Send for some seconds. Raises CannotMeasure."""
        return self._ask(load.Round(scenario=scenario, seconds=seconds), load.Answers)

    def _turn_to(self, url: str, target: load.Target) -> load.Met:
        address = urlsplit(url)
        return self._ask(replace(target, host=address.hostname or "", port=address.port or 80), load.Met)

    def _ask(self, job: load.Target | load.Round, result: type[Result]) -> Result:
        self._requests.write(msgspec.json.encode(job) + b"\n")
        self._requests.flush()
        line = self._results.readline()
        if not line:
            raise CannotMeasure("The load tool ended; what it said stands above.")
        return msgspec.json.decode(line, type=result)


@contextmanager
def load_tool(url: str, source: str) -> Iterator[LoadTool]:
    """A load tool that has met people on a server. Raises CannotMeasure."""
    with idle_load_tool() as tool:
        tool.meet(url, source)
        yield tool


@contextmanager
def idle_load_tool() -> Iterator[LoadTool]:
    """A load tool that knows nobody yet."""
    command = [sys.executable, "-P", "-m", "sojourn.bench.load"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin is not None, "it is a pipe"
        assert process.stdout is not None, "it is a pipe"
        yield LoadTool(process.stdin, process.stdout)
    finally:
        _stop(process)


@contextmanager
def real_server(folder: Path, *, under: Sequence[str] = (), **environment: str) -> Iterator[RunningServer]:
    """`sojourn serve` on a data folder; `under` are arguments of Python that come first. Raises CannotMeasure.

    `environment` is set beside what this process was given.
    """
    log = folder.with_suffix(".log")
    # -P keeps whatever lies in the working folder from being taken for the program.
    command = [sys.executable, "-P", *under, "-m", "sojourn", "serve", "--port", "0", "--data", str(folder)]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, **environment}
        )
    try:
        yield _announced(folder, process, log)
    finally:
        _stop(process)


@contextmanager
def floor_server() -> Iterator[tuple[str, int]]:
    """The URL and the process id of the floor. Raises CannotMeasure."""
    process = subprocess.Popen([sys.executable, "-P", "-m", "sojourn.bench.floor"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None, "it is a pipe"
        url = process.stdout.readline().decode().strip()
        if not url:
            raise CannotMeasure("The floor did not start; what it said stands above.")
        yield url, process.pid
    finally:
        _stop(process)


def make_source(server: RunningServer) -> str:
    """The id of a new source that takes events at `/track`."""
    body = msgspec.json.encode({"name": "bench"})
    return str(msgspec.json.decode(_http(server, "/api/v1/sources", body))["id"])


def metrics(server: RunningServer) -> dict[str, float]:
    """Those metrics of a server that have no labels, by their names."""
    lines = _http(server, "/metrics").decode().splitlines()
    pairs = (line.split(" ") for line in lines if line and not line.startswith("#") and "{" not in line)
    return {name: float(value) for name, value, *_ in pairs}


def _http(server: RunningServer, path: str, body: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=_HTTP_S_MAX) as answer:
        return bytes(answer.read())


def _announced(folder: Path, process: subprocess.Popen[bytes], log: Path) -> RunningServer:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        server = running_server(folder)
        # One that was killed has left what it announced behind.
        if server is not None and server.pid == process.pid:
            return server
        time.sleep(0.02)
    raise CannotMeasure(f"The server did not start. It said:\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    process.terminate()
    try:
        process.wait(STOP_S_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
