"""What the store does when the disk fails, when callers go away, when the database lags, and when people are erased."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from sojourn.core.changes import PutAside
from sojourn.core.erasures import ErasureOrder
from sojourn.core.facts import EventKey, Facts, Keys
from sojourn.core.limits import KIB, MIB, Limits
from sojourn.ports.errors import NotSettled, StaleFacts, StoreBroken, StoreUnavailable
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded import store as embedded_store
from sojourn.stores.embedded.lock import FileLock
from sojourn.stores.embedded.questions import ErasurePlan, Questions
from sojourn.stores.embedded.segments import Disk, segments
from sojourn.stores.embedded.store import PLANS_MAX, EmbeddedStore
from sojourn.testing.builders import (
    Record,
    a_known_event,
    a_profile,
    a_quarantined,
    a_session,
    a_source,
    a_submission_record,
    a_tally,
    an_edge,
    an_event,
    some_changes,
)
from sojourn.testing.erasure import BOB
from sojourn.testing.stores import keep

LIMITS = Limits(journal_segment_bytes=16 * KIB, settle_timeout_s=0.2, disk_reserve_bytes=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@asynccontextmanager
async def opened(folder: Path, limits: Limits = LIMITS, disk: Disk | None = None) -> AsyncIterator[EmbeddedStore]:
    store = await EmbeddedStore.open(folder, limits, materialise="inline", disk=disk)
    try:
        yield store
    finally:
        await store.close()


class FailingSync:
    """A sync that succeeds until it is told to fail."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, descriptor: int) -> None:
        if self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fdatasync(descriptor)


class SlowSync:
    """A sync that waits until it may go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, descriptor: int) -> None:
        self.begun.set()
        self.may_end.wait()
        os.fdatasync(descriptor)


async def test_after_a_failed_sync_nothing_is_acknowledged_any_more(folder: Path) -> None:
    sync = FailingSync()
    async with opened(folder, disk=Disk(sync=sync)) as store:
        await keep(store, a_profile("ann"))
        sync.fails = True
        with pytest.raises(StoreBroken):
            await keep(store, a_profile("bob"))
        sync.fails = False
        with pytest.raises(StoreBroken):
            await keep(store, a_profile("cid"))
        assert await store.broken() == store.failure()
    async with opened(folder) as store:
        assert await store.profile("ann") == a_profile("ann")
        assert await store.profile("cid") is None


async def test_a_commit_whose_sync_failed_is_not_seen_by_anybody(folder: Path) -> None:
    sync = FailingSync()
    async with opened(folder, disk=Disk(sync=sync)) as store:
        sync.fails = True
        with pytest.raises(StoreBroken):
            await keep(store, a_profile("ann"))
        assert await store.profile("ann") is None


async def test_a_failed_write_leaves_nothing_and_the_next_commit_may_succeed(folder: Path) -> None:
    full = False

    def write(descriptor: int, data: bytes, offset: int) -> int:
        if full and any(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(descriptor, data, offset)

    async with opened(folder, disk=Disk(write=write)) as store:
        full = True
        with pytest.raises(StoreUnavailable, match="No space left"):
            await keep(store, a_profile("ann"), a_tally())
        assert await store.profile("ann") is None
        full = False
        await keep(store, a_profile("ann"), a_tally())
        assert (await store.outcomes()).kept == 1


async def test_a_commit_goes_to_its_end_when_its_caller_is_gone(folder: Path) -> None:
    sync = SlowSync()
    async with opened(folder, disk=Disk(sync=sync)) as store:
        sync.begun.clear()
        sync.may_end.clear()
        commit = asyncio.create_task(keep(store, a_profile("ann")))
        await asyncio.to_thread(sync.begun.wait)
        commit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await commit
        sync.may_end.set()
        await keep(store, a_profile("bob"))
        assert await store.profile("ann") == a_profile("ann")
    async with opened(folder) as store:
        assert await store.profile("ann") == a_profile("ann")


async def test_commits_take_turns_and_the_later_one_sees_what_the_earlier_one_did(folder: Path) -> None:
    async with opened(folder) as store:
        facts = await store.load(Keys(profiles=frozenset(("ann",))))
        first = store.commit(some_changes(a_profile("ann", traits={"by": "first"})), facts)
        second = store.commit(some_changes(a_profile("ann", traits={"by": "second"})), facts)
        results = await asyncio.gather(first, second, return_exceptions=True)
        assert results[0] is None
        assert isinstance(results[1], StaleFacts)
        profile = await store.profile("ann")
        assert profile is not None
        assert profile.traits == {"by": "first"}


async def test_facts_stay_true_when_only_others_have_changed(folder: Path) -> None:
    async with opened(folder) as store:
        facts = await store.load(Keys(profiles=frozenset(("ann",))))
        await keep(store, a_profile("bob"))
        await store.commit(some_changes(a_profile("ann")), facts)
        assert await store.profile("ann") == a_profile("ann")


async def test_facts_that_somebody_made_up_are_stale(folder: Path) -> None:
    async with opened(folder) as store:
        keys = Keys(profiles=frozenset(("ann",)))
        made_up = Facts(keys=keys, profiles={"ann": a_profile("ann")})
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_profile("ann", version=2)), made_up)


async def test_a_reader_is_told_when_the_database_cannot_follow(folder: Path) -> None:
    async with opened(folder) as store:
        other = FileLock.of_materialiser(folder)
        await keep(store, a_profile("ann"), a_tally())
        with pytest.raises(NotSettled):
            await store.outcomes()
        assert await store.profile("ann") == a_profile("ann")
        other.release()
    async with opened(folder) as store:
        assert (await store.outcomes()).kept == 1


async def test_without_progress_of_the_database_there_is_no_room_for_more(folder: Path) -> None:
    async with opened(folder, Limits(journal_lag_bytes_max=100, settle_timeout_s=0.1, disk_reserve_bytes=1)) as store:
        other = FileLock.of_materialiser(folder)
        await store.room()
        await keep(store, a_profile("ann"))
        with pytest.raises(StoreUnavailable, match="wait to be materialised"):
            await store.room()
        assert store.failure() is not None
        assert store.lag_bytes() > 100
        other.release()
        await store.outcomes()
        await store.room()
        assert store.failure() is None


async def test_what_fills_a_transaction_is_brought_in_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_store, "PACE_S", 3_600)
    monkeypatch.setattr(embedded_store, "TRANSACTION_BYTES_MAX", 1)
    async with opened(folder) as store:
        await keep(store, a_profile())
        for _ in range(1_000):
            if not store.lag_bytes():
                break
            await asyncio.sleep(0.01)
        assert store.lag_bytes() == 0


async def test_segments_that_are_in_the_database_are_removed(folder: Path) -> None:
    async with opened(folder) as store:
        for number in range(200):
            await keep(store, a_profile(f"person-{number}"), an_event(f"view-{number}"))
    assert len(segments(folder / "journal")) == 1
    async with opened(folder) as store:
        assert len((await store.events(EventQuery(), limit=1000)).items) == 200


async def test_an_erased_person_is_in_no_file_any_more(folder: Path) -> None:
    canary = "canary-7f3a"
    async with opened(folder, Limits(journal_segment_bytes=16 * KIB, disk_reserve_bytes=1)) as store:
        await keep(
            store,
            a_profile(canary, traits={"mail": canary}),
            a_session(f"{canary}-visit", profile=canary, context={"mail": canary}),
            an_event("view", profile=canary, session=f"{canary}-visit", properties={"mail": canary}),
            a_submission_record("request", headers={"mail": canary}),
            an_edge(f"{canary}-crm", canary),
            a_known_event("view", profile=canary, session=f"{canary}-visit"),
            a_known_event("unsaved", profile=canary, session=None),
            a_known_event("visited", profile=None, session=f"{canary}-visit"),
            an_event("quiet", profile=None, session=f"{canary}-visit", properties={"mail": canary}),
            PutAside(a_quarantined("odd", raw=canary), canary, f"{canary}-visit"),
        )
        await keep(store, a_profile("bob"))
        await store.outcomes()
        assert canary.encode() in everything_in(folder)
        await store.erase(canary)
    assert canary.encode() not in everything_in(folder)
    async with opened(folder) as store:
        assert await store.profile("bob") == a_profile("bob")


async def test_the_journal_forgets_an_erased_person_even_if_the_database_was_quicker(folder: Path) -> None:
    async with opened(folder) as store:
        await keep(store, a_profile("canary-7f3a"))
        rotate = store._journal.rotate

        def rotate_later() -> None:
            while store._checkpointed < store._end:
                threading.Event().wait(0.01)
            rotate()

        store._journal.rotate = rotate_later  # type: ignore[method-assign]
        await store.erase("canary-7f3a")
        assert store._removal is not None
        await store._removal
        assert b"canary-7f3a" not in everything_in(folder)


async def test_a_commit_decided_on_an_erased_person_is_stale(folder: Path) -> None:
    async with opened(folder) as store:
        await keep(store, a_profile("ann"), an_edge("crm-1", "ann"))
        facts = await store.load(Keys(profiles=frozenset(("crm-1",))))
        await store.erase("ann")
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_profile("ann", version=2)), facts)


async def test_an_erasure_waits_for_nobody_who_asks(folder: Path) -> None:
    async with opened(folder) as store:
        await keep(store, a_profile("ann"))
        with busy(store._asking):
            assert await store.erase("ann") is not None


OVERTAKING: dict[str, Record] = {
    "an event": an_event("later", profile="ann", session=None),
    "an event of nobody in a session": an_event("later", profile=None, session="visit"),
    "a session": a_session("later", profile="ann"),
    "a link": an_edge("crm-2", "ann"),
    "an event key": a_known_event("later", profile="ann", session=None),
    "an event that was put aside": PutAside(a_quarantined("later"), "ann", None),
}


@pytest.mark.parametrize("record", OVERTAKING.values(), ids=OVERTAKING.keys())
async def test_an_erasure_removes_what_overtook_its_plan(folder: Path, record: Record) -> None:
    async with opened(folder) as store:
        await keep(store, a_profile("ann"), a_session("visit", profile="ann"))
        store._plans = plans = OvertakenPlans(store, lambda number: keep(store, record), times=1)
        await store.erase("ann")
        assert plans.made == 2
        assert (await store.events(EventQuery(), limit=10)).items == ()
        assert (await store.quarantined(limit=10)).items == ()
        asked = Keys(profiles=frozenset(("crm-2",)), sessions=frozenset(("later",)))
        facts = await store.load(replace(asked, events=frozenset((EventKey("shop", "later"),))))
        assert (facts.sessions, facts.aliases) == ({}, {})
        assert {known.profile for known in facts.events.values()} <= {None}


async def test_what_others_commit_neither_waits_for_the_plan_of_an_erasure_nor_overtakes_it(folder: Path) -> None:
    async with opened(folder) as store:
        await keep(store, a_profile("ann"), a_session("visit", profile="ann"))
        store._plans = plans = OvertakenPlans(store, lambda number: keep(store, *BOB), times=1)
        await store.erase("ann")
        assert plans.made == 1
        assert await store.event("look") is not None


async def test_somebody_who_never_rests_can_be_erased(folder: Path) -> None:
    async with opened(folder) as store:
        await keep(store, a_profile("ann"))

        async def act(number: int) -> None:
            await keep(store, an_event(f"view-{number}", profile="ann", session=None))

        store._plans = plans = OvertakenPlans(store, act, times=PLANS_MAX)
        erased = await store.erase("ann")
        assert erased is not None
        assert (plans.made, erased.events) == (PLANS_MAX + 1, PLANS_MAX)
        assert (await store.events(EventQuery(), limit=10)).items == ()


COMMIT_S_MAX = 30
"""Seconds after which a commit is taken to wait for the plan, which would be for ever."""


class OvertakenPlans(Questions):
    """Plans erasures, and lets something be committed between a plan and its turn, so many times."""

    def __init__(
        self, store: EmbeddedStore, commit: Callable[[int], Coroutine[object, object, None]], times: int
    ) -> None:
        super().__init__(store._plans._database)
        self.made = 0
        self._commit = commit
        self._times = times
        self._loop = asyncio.get_running_loop()

    def erasure_of(self, current_id: str, order: ErasureOrder | None) -> ErasurePlan:
        plan = super().erasure_of(current_id, order)
        self.made += 1
        if self.made <= self._times:
            asyncio.run_coroutine_threadsafe(self._commit(self.made), self._loop).result(COMMIT_S_MAX)
        return plan


@contextmanager
def busy(thread: ThreadPoolExecutor) -> Iterator[None]:
    """Let a thread do nothing but wait."""
    may_end = threading.Event()
    waiting = thread.submit(may_end.wait)
    try:
        yield
    finally:
        may_end.set()
        waiting.result()


async def test_what_was_configured_is_in_force_even_if_nobody_waits_for_it(folder: Path) -> None:
    async with opened(folder) as store:
        adding = asyncio.create_task(store.catalog.add_source(a_source()))
        await asyncio.sleep(0)
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        await store.catalog.put_source(a_source(name="Another name"))
        assert store.catalog.source("shop") == a_source(name="Another name")
    async with opened(folder) as store:
        assert store.catalog.source("shop") == a_source(name="Another name")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill_disk(disk: Path, *, but_bytes: int) -> Path:
    """Take all of a disk but so much."""
    space = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(bytes(space.f_bavail * space.f_frsize - but_bytes))
    return filler


async def test_a_full_disk_stops_commits_and_loses_nothing(small_disk: Path) -> None:
    limits = Limits(journal_segment_bytes=128 * KIB, disk_reserve_bytes=1, settle_timeout_s=0.5)
    kept: list[str] = []
    async with opened(small_disk / "data", limits) as store:
        filler = fill_disk(small_disk, but_bytes=MIB)
        with pytest.raises(StoreUnavailable):
            await keep_many(store, kept)
        refused = f"person-{len(kept)}"
        assert await store.profile(refused) is None
        assert await store.profile(kept[0]) is not None
        filler.unlink()
        await keep(store, a_profile("later"))
    async with opened(small_disk / "data", limits) as store:
        assert [id for id in kept if await store.profile(id) is None] == []
        assert await store.profile("later") == a_profile("later")
        assert await store.profile(refused) is None


async def keep_many(store: EmbeddedStore, kept: list[str]) -> None:
    """Keep people until that fails, and note who was."""
    for number in range(1000):
        await keep(store, a_profile(f"person-{number}", traits={"long": "x" * 10_000}))
        kept.append(f"person-{number}")


async def test_a_reserve_of_the_disk_is_kept_free(small_disk: Path) -> None:
    async with opened(small_disk / "data", Limits(journal_segment_bytes=128 * KIB)) as store:
        fill_disk(small_disk, but_bytes=100 * KIB)
        with pytest.raises(StoreUnavailable, match="kept free"):
            await store.room()
        assert "kept free" in (store.failure() or "")


async def test_a_reserve_that_was_set_is_kept_free_however_large_the_disk(folder: Path) -> None:
    async with opened(folder, Limits(disk_reserve_bytes=1 << 60)) as store:
        with pytest.raises(StoreUnavailable, match=f"{1 << 60} are kept free"):
            await store.room()


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
