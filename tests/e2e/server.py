"""A real `sojourn serve` in a process of its own, for tests that need one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

from sojourn.serving import SERVER_FILE, RunningServer

SOJOURN = Path(sys.executable).with_name("sojourn")

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 20


class Server:
    """One server on one data folder; it may be started, stopped and killed again and again."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self._arguments = arguments
        self._environment = {"SOJOURN_LIMITS_DISK_RESERVE_BYTES": "1048576", **environment}
        self._found: RunningServer | None = None

    @property
    def url(self) -> str:
        assert self._found is not None, "the server is running"
        return self._found.url

    @property
    def admin(self) -> dict[str, str]:
        """Headers with every right."""
        assert self._found is not None, "the server is running"
        return {"Authorization": f"Bearer {self._found.token}"}

    @property
    def output(self) -> str:
        """What it has printed so far, since it was first started."""
        return self._log.read_text()

    def start(self) -> None:
        """Start it and wait until it takes events."""
        self.launch()
        assert self.is_ready(), f"the server ended: {self.output}"

    def launch(self, *, through: tuple[str, ...] = (), **environment: str) -> None:
        """Start it, by another program if one is given, and do not wait; `environment` holds for this time only."""
        (self.folder / SERVER_FILE).unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*through, SOJOURN, "serve", "--port", "0", "--data", self.folder, *self._arguments],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self._environment, **environment},
            )

    def is_ready(self) -> bool:
        """Wait until it takes events, or has ended; whether it does."""
        assert self.process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < deadline, f"the server does not answer: {self.output}"
            try:
                self._found = msgspec.json.decode((self.folder / SERVER_FILE).read_bytes(), type=RunningServer)
                httpx2.get(f"{self._found.url}/readyz").raise_for_status()
            except (OSError, msgspec.MsgspecError, httpx2.HTTPError):
                time.sleep(0.02)
            else:
                return True

    def stop(self) -> int:
        """Ask it to stop and wait; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_S)

    def kill(self) -> None:
        """End it as a power cut would end a process: no word of farewell."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_TIMEOUT_S)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def children(self) -> list[int]:
        """Its child process, the materialiser, where the system can tell which that is."""
        told = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(child) for child in told.read_text().split()] if told.exists() else []

    @property
    def _log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"


@contextmanager
def a_server(folder: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """A server that is stopped at the end, whatever happened."""
    server = Server(folder, *arguments, **environment)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


def add_source(server: Server, **source: object) -> str:
    """Make a source and return its id."""
    made = httpx2.post(f"{server.url}/api/v1/sources", json={"name": "test", **source}, headers=server.admin)
    made.raise_for_status()
    return str(made.json()["id"])
