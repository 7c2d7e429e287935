"""Log lines are for people: nothing that is kept depends on them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
TWO_LINES = """
import structlog
from sojourn.cli.logs import log_to_stderr

log_to_stderr("info", "{form}")
structlog.get_logger().warning("no room for this")
print("went on")
"""


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_that_cannot_be_written_stops_nothing(form: str) -> None:
    with FULL.open("w") as full:
        run = subprocess.run(
            [sys.executable, "-c", TWO_LINES.format(form=form)], check=False, stdout=subprocess.PIPE, stderr=full
        )
    assert run.stdout == b"went on\n"
