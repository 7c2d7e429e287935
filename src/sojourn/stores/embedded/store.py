"""The embedded store: the journal is the commit, memory is the newest, the database follows behind.

Commits and erasures take turns. Each is one record of the journal, written and synced in a thread, and then taken into
memory on the event loop. So memory never holds what is not durable, and misses nothing that is. What an erasure has to
remove is found out before its turn.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal, Self, TypeVar

import structlog
from msgspec.structs import replace

from sojourn.core.changes import Changes
from sojourn.core.erasures import ErasureOrder
from sojourn.core.facts import Facts, Keys
from sojourn.core.limits import Limits, reserve_bytes_of
from sojourn.engine.crash_points import Crash, Trap, end_this_process
from sojourn.ports.catalog import Catalog
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import NotSettled, StaleFacts, StoreBroken, StoreUnavailable
from sojourn.ports.health import StoreHealth
from sojourn.ports.records import Erased, Records
from sojourn.stores.embedded.catalog import EmbeddedCatalog
from sojourn.stores.embedded.crashing import trapped_disk
from sojourn.stores.embedded.database import DATABASE, UNREADABLE, unavailable
from sojourn.stores.embedded.followers import Follower, Hear, ProcessFollower, ThreadFollower
from sojourn.stores.embedded.materialiser import JOURNAL, TRANSACTION_BYTES_MAX
from sojourn.stores.embedded.messages import Failure, Message, Progress, Trouble
from sojourn.stores.embedded.opening import Opened, open_folder
from sojourn.stores.embedded.questions import ErasurePlan
from sojourn.stores.embedded.reads import Reads
from sojourn.stores.embedded.register import register
from sojourn.stores.embedded.rows import Erasure, encode_record
from sojourn.stores.embedded.segments import Disk, place_in_files, segments
from sojourn.stores.embedded.thread import DiskThread
from sojourn.stores.embedded.turns import Turns
from sojourn.stores.embedded.watch import Watch
from sojourn.stores.embedded.watermark import Watermark

PACE_S = 2.0
"""Seconds after a commit at which the materialiser hears of it, and of all that came meanwhile; sooner when a
transaction is full.

The fewer its transactions, the more changes share a page that is written: of 4 MiB each instead of 16, they cost 1.4
times as much and write 1.7 times as much. Who reads what was just kept waits no longer: it is brought in at once.
"""
PLANS_MAX = 3
"""How often an erasure is planned before its turn, while commits overtake the plan."""
DISK_CHECK_S = 0.1
"""Seconds for which the free space of the disk is believed to be what it was: some megabytes, at full load."""
MATERIALISED_PER_BYTE = 3
"""Bytes of the disk that a byte of the journal may need until it is materialised: in the WAL, then in rows."""

Answer = TypeVar("Answer")

log = structlog.get_logger()


class EmbeddedStore(Reads):
    """All that one server keeps, in one folder."""

    def __init__(self, folder: Path, limits: Limits, opened: Opened, follow: Callable[[Hear], Follower]) -> None:
        """Go to work on an open folder. Use `open`."""
        super().__init__(opened.state, opened.questions)
        self.catalog = opened.catalog
        self.observations = opened.observations
        self._folder = folder
        self._limits = limits
        self._lock = opened.lock
        self._journal = opened.journal
        self._plans = opened.erasures
        self._turns = Turns()
        # One erasure at a time: each may leave its mark on what another one plans.
        self._erasures = Turns()
        self._watch: Watch | None = None
        self._appending = DiskThread("sojourn-commit")
        self._asking = ThreadPoolExecutor(1, "sojourn-questions")
        self._planning = ThreadPoolExecutor(1, "sojourn-erasures")
        self._loop = asyncio.get_running_loop()
        self._end = opened.tail.end.position
        self._erased_to = opened.erased_to
        self._materialised = Watermark(opened.materialised)
        self._checkpointed = 0
        self._trouble: str | None = None
        self._breakage: asyncio.Future[str] = self._loop.create_future()
        self._announcement: asyncio.TimerHandle | None = None
        self._announced = self._end
        self._removal: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._disk_checked_at = float("-inf")
        self._disk_shortage: str | None = None
        self._follower = follow(self._hear)
        if self._end > opened.materialised or self._forgotten_to() < self._erased_to:
            self._follower.advance_to(self._end)

    @classmethod
    async def open(
        cls,
        folder: Path,
        limits: Limits,
        *,
        materialise: Literal["process", "inline"] = "process",
        disk: Disk | None = None,
        crash: Crash | None = None,
    ) -> Self:
        """Open a data folder, or make a new one.

        `materialise` says who follows the journal: a child process, or a thread of this one. `disk` is the system's
        unless a test has another, and `crash` is where a test wants the server to end. Raises FolderInUse,
        UnreadableFolder when it cannot be read as it is, and StoreUnavailable, StoreBroken and OSError when the disk
        does not allow it.
        """
        disk = disk or Disk()
        if crash is not None:
            disk = trapped_disk(disk, Trap(crash, end_this_process))
        opened = await asyncio.to_thread(open_folder, folder, limits, disk)
        if opened.tail.cut_bytes:
            file, offset = place_in_files(folder / JOURNAL, opened.tail.end.position)
            log.warning("unfinished write cut off", file=str(file), offset=offset, bytes=opened.tail.cut_bytes)
        if opened.ignored_frame is not None:
            wal = folder / f"{DATABASE}-wal"
            log.warning("unfinished or damaged frames ignored", file=str(wal), offset=opened.ignored_frame)
        inline, child = partial(ThreadFollower, folder), partial(ProcessFollower, folder, crash=crash)
        store = cls(folder, limits, opened, inline if materialise == "inline" else child)
        await store._leave_what_was_erased()
        return store

    async def close(self) -> None:
        """Bring everything into the database, make it durable there, and let others have the folder."""
        await self._erasures.take(lambda: self._turns.take(self._close))

    async def load(self, keys: Keys) -> Facts:
        return self._state.facts(keys, self._mark)

    async def commit(self, changes: Changes, facts: Facts) -> None:
        async def commit() -> None:
            if facts.as_of != self._mark and replace(self._state.facts(facts.keys, 0), as_of=facts.as_of) != facts:
                raise StaleFacts("What the changes were decided on has changed since it was loaded.")
            rows = self._state.rows_of(changes)
            position = await self._append(encode_record(rows))
            self._state.apply(changes, rows, position)
            if self._watch is not None:
                self._watch.see(rows)
            self._come_to(position)

        await self._turns.take(commit)

    async def room(self) -> None:
        if shortage := self._why_no_room_on_disk():
            raise StoreUnavailable(shortage)
        bound = self._end - self._limits.journal_lag_bytes_max
        if self._materialised.position < bound:
            self._follower.advance_to(self._end)
            if not await self._materialised.reached(bound, self._limits.settle_timeout_s):
                raise StoreUnavailable(self._why_lagging())

    def failure(self) -> str | None:
        if self._breakage.done():
            return self._breakage.result()
        if self.lag_bytes() > self._limits.journal_lag_bytes_max:
            return self._why_lagging()
        return self._why_no_room_on_disk()

    def lag_bytes(self) -> int:
        return max(0, self._end - self._materialised.position)

    async def broken(self) -> str:
        return await asyncio.shield(self._breakage)

    async def erase(self, any_id: str, order: ErasureOrder | None = None) -> Erased | None:
        erased = await self._erasures.take(lambda: self._erase(any_id, order))
        # It is durable. That the rows are gone already is better, but nothing that could still fail.
        self._follower.advance_to(self._end)
        await self._materialised.reached(self._end, self._limits.settle_timeout_s)
        return erased

    def _forgotten_to(self) -> int:
        return segments(self._folder / JOURNAL)[0].base

    @property
    def _mark(self) -> int:
        """The moment of facts: it changes with every commit and every erasure, and is never 0."""
        return self._end + 1

    async def _erase(self, any_id: str, order: ErasureOrder | None) -> Erased | None:
        for _ in range(PLANS_MAX):
            self._watch = watch = Watch()
            try:
                plan = await self._plan(any_id, order)
                if plan is None:
                    return None
                if await self._turns.take(partial(self._carry_out, plan, watch)):
                    return plan.erased
            finally:
                self._watch = None
        # Somebody so busy is planned for in the turn, where nothing can overtake the plan.
        return await self._turns.take(partial(self._plan_and_carry_out, any_id, order))

    async def _plan_and_carry_out(self, any_id: str, order: ErasureOrder | None) -> Erased | None:
        plan = await self._plan(any_id, order)
        if plan is None:
            return None
        await self._carry_out(plan, Watch())
        return plan.erased

    async def _plan(self, any_id: str, order: ErasureOrder | None) -> ErasurePlan | None:
        """What erasing a person removes, as it stood at some moment since the call; None: unknown."""
        await self._settle()
        profile = self._state.profile(any_id)
        if profile is None:
            return None
        return await self._ask(lambda: self._plans.erasure_of(profile.id, order), self._planning)

    async def _carry_out(self, plan: ErasurePlan, watch: Watch) -> bool:
        """Erase, unless commits have overtaken the plan; whether it was done."""
        if watch.has_seen(plan.erasure):
            return False
        position = await self._append(encode_record(plan.erasure))
        self._state.erase(plan.erasure, position)
        self._come_to(position)
        self._erased_to = position
        await self._register(plan.erasure)
        await self._leave_segment()
        return True

    async def _register(self, erasure: Erasure) -> None:
        if (receipt := erasure.receipt) is None:
            return
        try:
            await self._appending.run(lambda: register(self._folder, [receipt.doc]))
        except OSError as error:
            log.warning("erasure not registered, the next start does it", reason=error.strerror)

    async def _leave_what_was_erased(self) -> None:
        """Go on in a new segment where an erasure was not followed by that, be it for a crash or for a full disk."""

        async def leave() -> None:
            if self._journal.begin < self._erased_to:
                await self._leave_segment()

        if self._journal.begin < self._erased_to:
            await self._turns.take(leave)

    async def _append(self, payload: bytes) -> int:
        if self._breakage.done():
            raise StoreBroken(self._breakage.result())
        try:
            end = await self._appending.run(lambda: self._journal.append(payload))
        except StoreBroken as error:
            self._break(str(error))
            raise
        return end.position

    async def _leave_segment(self) -> None:
        """Go on in a new segment: the journal forgets what was erased when the one in use can be removed."""
        try:
            await self._appending.run(self._journal.rotate)
        except StoreUnavailable as error:
            log.warning("journal still holds what was erased", reason=str(error))
        except StoreBroken as error:
            self._break(str(error))
            raise
        # The database may have come this far before there was a new segment.
        self._follower.advance_to(self._end)
        self._begin_removal()

    def _come_to(self, position: int) -> None:
        self._end = position
        if position - self._announced >= TRANSACTION_BYTES_MAX:
            self._announce()
        elif self._announcement is None:
            self._announcement = self._loop.call_later(PACE_S, self._announce)

    def _announce(self) -> None:
        if self._announcement is not None:
            self._announcement.cancel()
            self._announcement = None
        self._announced = self._end
        self._follower.advance_to(self._end)
        if self._journal.begin < self._erased_to:
            self._leaving = asyncio.create_task(self._leave_what_was_erased())

    def _hear(self, message: Message) -> None:
        match message:
            case Progress(position, checkpointed):
                self._trouble = None
                self._state.settle(position)
                self._materialised.rise(position)
                if checkpointed > self._checkpointed:
                    self._checkpointed = checkpointed
                    self._begin_removal()
            case Trouble(reason):
                log.warning("materialiser in trouble", reason=reason)
                self._trouble = reason
            case Failure(reason):
                self._break(reason)

    def _begin_removal(self) -> None:
        self._removal = asyncio.create_task(self._remove_segments(self._removal))

    async def _remove_segments(self, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await earlier
        try:
            await asyncio.to_thread(self._journal.remove_before, self._checkpointed)
        except OSError as error:
            log.warning("segments not removed", reason=error.strerror)

    def _break(self, reason: str) -> None:
        if not self._breakage.done():
            log.error("store broken", reason=reason)
            self._breakage.set_result(reason)

    async def _settle(self) -> None:
        """Wait until the database has everything that was committed before the call. Raises NotSettled."""
        end = self._end
        if self._materialised.position < end:
            self._follower.advance_to(end)
            if not await self._materialised.reached(end, self._limits.settle_timeout_s):
                raise NotSettled(self._why_lagging())

    async def _ask(self, question: Callable[[], Answer], thread: ThreadPoolExecutor | None = None) -> Answer:
        try:
            return await self._loop.run_in_executor(thread or self._asking, question)
        except UNREADABLE as error:
            raise unavailable(error) from error

    def _why_lagging(self) -> str:
        return self._trouble or f"{self.lag_bytes()} bytes of the journal wait to be materialised."

    def _why_no_room_on_disk(self) -> str | None:
        now = self._loop.time()
        if now - self._disk_checked_at >= DISK_CHECK_S:
            self._disk_checked_at = now
            disk = os.statvfs(self._folder)
            reserve_bytes = reserve_bytes_of(self._limits.disk_reserve_bytes, disk.f_blocks * disk.f_frsize)
            reserve_bytes += self.lag_bytes() * MATERIALISED_PER_BYTE
            free_bytes = disk.f_bavail * disk.f_frsize
            short = free_bytes < reserve_bytes
            self._disk_shortage = (
                f"The disk has {free_bytes} bytes left, {reserve_bytes} are kept free." if short else None
            )
        return self._disk_shortage

    async def _close(self) -> None:
        if self._announcement is not None:
            self._announcement.cancel()
        self._follower.advance_to(self._end)
        self._erased_to = 0  # What is left to do is done by the next start.
        try:
            await self._follower.finish()
            if self._removal is not None:
                await self._removal
        finally:
            self._appending.end()
            self._asking.shutdown()
            self._planning.shutdown()
            self._journal.close()
            self._questions.close()
            self._plans.close()
            self._state.close()
            self.observations.close()
            await self.catalog.close()
            self._lock.release()


_claims: tuple[type[CollectorStore], type[Records], type[StoreHealth]] = (EmbeddedStore, EmbeddedStore, EmbeddedStore)
_catalog_claims: type[Catalog] = EmbeddedCatalog
