"""The flood sends when it is time, and tells what it got."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.test_load import CountingServer
from tests.tidy.repository import ROOT


@pytest.mark.slow
async def test_what_was_answered_is_told_by_status() -> None:
    server = CountingServer(lambda number: 503 if number > 500 and number % 10 == 0 else 200)  # 500 are met first
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.flood", stdin=pipe, stdout=pipe, cwd=ROOT
    )
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    jobs = [
        {"type": "target", "url": url, "source": "S"},
        {"type": "lone", "times": 20},
        {"type": "deluge", "requests_per_s": 200, "seconds": 0.5},
    ]
    out, _ = await asyncio.wait_for(process.communicate("".join(json.dumps(job) + "\n" for job in jobs).encode()), 60)
    listening.close()
    lone, deluge = (json.loads(line) for line in out.splitlines())
    assert lone["statuses"] == {"200": 18, "503": 2}
    assert deluge["statuses"] == {"200": 90, "503": 10}
    assert (deluge["broken"], deluge["unsent"], deluge["untimed"]) == (0, 0, 10)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "overload", "--where", str(tmp_path / "missing")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("bench: The folder cannot be used: ")
    assert "Traceback" not in ended.stderr
