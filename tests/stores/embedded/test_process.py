"""The materialiser as a child process: it follows, it is started anew when it dies, and it ends with its server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import uvloop

from sojourn.core.limits import KIB, Limits
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded import followers
from sojourn.stores.embedded.database import DATABASE
from sojourn.stores.embedded.followers import ProcessFollower
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.testing.builders import a_profile, a_tally, an_event
from sojourn.testing.stores import keep

LIMITS = Limits(journal_segment_bytes=64 * KIB, disk_reserve_bytes=1)

KEEPER = """
import asyncio, sys
from pathlib import Path
from sojourn.core.limits import Limits
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.testing.builders import a_profile, a_tally, an_event
from sojourn.testing.stores import keep

async def work():
    limits = Limits(journal_segment_bytes=1 << 16, disk_reserve_bytes=1)
    store = await EmbeddedStore.open(Path(sys.argv[1]), limits)
    for number in range(int(sys.argv[2]), 1_000_000):
        await keep(store, a_profile(f"person-{number}"), an_event(f"view-{number}"), a_tally())
        print(number, flush=True)

asyncio.run(work())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[EmbeddedStore]:
    store = await EmbeddedStore.open(folder, LIMITS)
    yield store
    await store.close()


async def keep_some(store: EmbeddedStore, numbers: range) -> None:
    for number in numbers:
        await keep(store, a_profile(f"person-{number}"), an_event(f"view-{number}"), a_tally())


async def child_of(store: EmbeddedStore, *, but_not: int | None = None) -> int:
    """The process that materialises, another one than that of this number."""
    follower = store._follower
    assert isinstance(follower, ProcessFollower)
    for _ in range(1000):
        process = follower._process if follower._orders is not None else None
        if process is not None and process.pid != but_not:
            return process.pid
        await asyncio.sleep(0.01)
    raise AssertionError("no materialiser was started")


async def test_what_was_committed_can_be_asked_for(store: EmbeddedStore) -> None:
    await keep_some(store, range(20))
    assert len((await store.events(EventQuery(), limit=100)).items) == 20


async def test_the_database_follows_without_being_asked(store: EmbeddedStore) -> None:
    await keep_some(store, range(20))
    assert await store._materialised.reached(store._end, timeout_s=10)
    assert (await store.outcomes()).kept == 20


async def test_it_is_started_anew_when_it_was_killed_and_commits_go_on(store: EmbeddedStore) -> None:
    first = await child_of(store)
    await keep_some(store, range(10))
    os.kill(first, signal.SIGKILL)
    await keep_some(store, range(10, 20))
    assert await child_of(store, but_not=first) != first
    await keep_some(store, range(20, 30))
    assert (await store.outcomes()).kept == 30
    assert len((await store.events(EventQuery(), limit=100)).items) == 30


async def test_it_may_be_killed_in_the_middle_of_its_work_any_number_of_times(store: EmbeddedStore) -> None:
    killed = None
    for number in range(0, 50, 10):
        await keep_some(store, range(number, number + 10))
        killed = await child_of(store, but_not=killed)
        store._announce()
        os.kill(killed, signal.SIGKILL)
        await store.outcomes()
    assert (await store.outcomes()).kept == 50


async def test_the_signals_of_a_terminal_do_not_end_it(store: EmbeddedStore) -> None:
    child = await child_of(store)
    await keep_some(store, range(5))
    await store.outcomes()
    os.kill(child, signal.SIGINT)
    os.kill(child, signal.SIGTERM)
    await keep_some(store, range(5, 10))
    assert (await store.outcomes()).kept == 10
    assert await child_of(store) == child


async def test_the_store_is_broken_when_it_dies_again_and_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "BACKOFF_S", 0.001)
    monkeypatch.setattr(followers, "_MODULE", "sojourn.no_such_module")
    store = await EmbeddedStore.open(folder, LIMITS)
    assert "died" in await store.broken()
    await store.close()


async def test_after_a_close_everything_is_in_the_database_file(folder: Path) -> None:
    store = await EmbeddedStore.open(folder, LIMITS)
    await keep_some(store, range(500))
    await store.close()
    wal = folder / f"{DATABASE}-wal"
    assert not wal.exists() or wal.stat().st_size == 0
    assert len(segments(folder / "journal")) == 1


def test_it_works_under_the_event_loop_of_the_server(folder: Path) -> None:
    async def work() -> int:
        store = await EmbeddedStore.open(folder, LIMITS)
        await keep_some(store, range(10))
        kept = (await store.outcomes()).kept
        await store.close()
        return kept

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(work()) == 10


@pytest.mark.slow
def test_a_server_that_is_killed_loses_nothing_that_it_acknowledged(folder: Path) -> None:
    acknowledged = -1
    for _ in range(5):
        command = [sys.executable, "-c", KEEPER, str(folder), str(acknowledged + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
            assert keeper.stdout is not None
            for _ in range(200):
                acknowledged = int(keeper.stdout.readline())
            keeper.kill()
            acknowledged = max([acknowledged, *(int(line) for line in keeper.stdout.read().split())])
        # The one under way may be there as well, and is done again: the same event, counted once more.
        missing = asyncio.run(missing_of(folder, acknowledged))
        assert missing == []


async def missing_of(folder: Path, acknowledged: int) -> list[int]:
    store = await EmbeddedStore.open(folder, LIMITS)
    try:
        numbers = range(acknowledged + 1)
        people = [number for number in numbers if await store.profile(f"person-{number}") is None]
        events = [number for number in numbers if await store.event(f"view-{number}") is None]
    finally:
        await store.close()
    return people + events


def test_it_ends_when_its_orders_end(folder: Path) -> None:
    asyncio.run(_open_and_close(folder))
    command = [sys.executable, "-P", "-m", "sojourn.stores.embedded.materialiser", str(folder)]
    ended = subprocess.run(command, input=b"", capture_output=True, check=True)
    kind, position, _ = msgspec.json.decode(ended.stdout.splitlines()[0])
    assert (kind, position) == ("progress", 0)


async def _open_and_close(folder: Path) -> None:
    await (await EmbeddedStore.open(folder, LIMITS, materialise="inline")).close()
