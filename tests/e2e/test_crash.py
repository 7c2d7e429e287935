"""200 means kept: what was acknowledged survives kill -9 at any moment, and nothing is there twice.

Clients write down in a ledger what they sent and what they were told, and send again, under the same ids, what was not
answered and some of what was. The server is killed after a random time, while it starts, or at a named point of the
code, and starts again on the same folder. The auditor compares the ledger with what the server says, and `sojourn
verify` looks at every byte of the folder. `make crash CYCLES=200 SEED=1` runs as many cycles as one likes.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from sojourn.core.limits import KIB
from sojourn.engine.crash_points import Crash, CrashPoint
from sojourn.stores.embedded.verify import verify_folder
from tests.e2e.clients import Crowd
from tests.e2e.server import Server, a_server

CYCLES_BETWEEN_AUDITS = 50
SEGMENT_BYTES = 64 * KIB
"""So small that segments of the journal end all the time."""
REACHED_TIME = 2
"""At the how manieth time that a server passes its point it ends: at the first one it may not be ready yet."""
REACHED_SOME_DAY_S = 60
PEOPLE_FOLDED = 1_000
REACHED_WITHIN_S = 1.5
"""Seconds after which a server that has not come to its named point is killed."""


def test_nothing_acknowledged_is_lost_and_nothing_is_kept_twice(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cycles, given = pytestconfig.getoption("cycles"), pytestconfig.getoption("seed")
    seed = random.randrange(2**32) if given is None else given
    print(f"{cycles} cycles from seed {seed}")
    chance = random.Random(seed)
    ended: Counter[str] = Counter()
    with a_server(tmp_path / "data", SOJOURN_LIMITS_JOURNAL_SEGMENT_BYTES=str(SEGMENT_BYTES)) as server:
        crowd = Crowd.of(server, chance)
        for cycle in range(1, cycles + 1):
            server.kill()
            ended[_live_and_die(server, crowd, chance)] += 1
            server.kill()
            if cycle % CYCLES_BETWEEN_AUDITS == 0 or cycle == cycles:
                server.start()
                assert crowd.audited(server) == [], f"after {cycle} cycles from seed {seed}"
                print(f"{cycle} cycles: {len(crowd.ledger.promises)} events acknowledged, 0 lost, 0 twice")
        assert crowd.ledger.promises, "the clients got something through"
        assert server.stop() == 0
    print("ended:", ", ".join(f"{times} {how}" for how, times in sorted(ended.items())))
    assert verify_folder(server.folder, people_max=PEOPLE_FOLDED) == []


@pytest.mark.parametrize("point", CrashPoint)
def test_a_server_ends_at_each_named_point_and_loses_nothing(tmp_path: Path, point: CrashPoint) -> None:
    with a_server(tmp_path / "data", SOJOURN_LIMITS_JOURNAL_SEGMENT_BYTES=str(SEGMENT_BYTES)) as server:
        crowd = Crowd.of(server, random.Random(str(point)))
        assert server.stop() == 0
        server.launch(SOJOURN_CRASH_AT=str(Crash(point, REACHED_TIME)))
        assert server.is_ready()
        assert server.process is not None
        with crowd.sending(server):
            assert server.process.wait(REACHED_SOME_DAY_S) == -signal.SIGKILL
        server.start()
        assert crowd.audited(server) == []


def _live_and_die(server: Server, crowd: Crowd, chance: random.Random) -> str:
    """One cycle: a start, load, and an end of some kind; which."""
    kind = chance.choice(("at a point", "at a point", "at any moment", "with its child", "while it starts"))
    if kind == "while it starts":
        server.launch()
        time.sleep(chance.uniform(0, 1))
        return kind
    if kind == "at a point":
        crash = Crash(chance.choice([*CrashPoint]), chance.randint(1, 30))
        server.launch(SOJOURN_CRASH_AT=str(crash))
        if server.is_ready():
            with crowd.sending(server):
                return str(crash.point) if _ends_by_itself(server) else f"short of {crash.point}"
        return f"{crash.point} while it starts"
    server.start()
    with crowd.sending(server):
        time.sleep(chance.uniform(0.005, 0.4))
        if kind == "with its child":
            for child in server.children:
                os.kill(child, signal.SIGKILL)
        server.kill()
    return kind


def _ends_by_itself(server: Server) -> bool:
    """Whether it comes to its point in time; killed, if it does not."""
    assert server.process is not None
    try:
        server.process.wait(REACHED_WITHIN_S)
    except subprocess.TimeoutExpired:
        server.kill()
        return False
    return True
