"""What a store runs on: a machine that may die at any moment and start anew, with what it has left."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import apsw

from sojourn.core.limits import KIB, Limits
from sojourn.ports.errors import StoreError, StoreUnavailable
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.stores.embedded.verify import verify_folder
from sojourn.stores.memory import MemoryStore
from sojourn.testing.stores import Store
from tests.simulation.disk import ForgetfulDisk, Plan
from tests.simulation.sqlite_disk import Disks

LIMITS = Limits(journal_segment_bytes=16 * KIB, cached_documents_max=3, disk_reserve_bytes=1)
"""Bounds so small that segments end, and documents are forgotten, all the time."""

_LIFE = "life-"
_PEOPLE_MAX = 1_000
FIRST = f"{_LIFE}0"
"""The folder of a machine's first life."""


class Machine(Protocol):
    """It is started, and then it dies or is stopped; any number of times."""

    async def start(self) -> Store:
        """Open the store on what is left of it."""
        ...

    def is_down(self) -> bool:
        """Whether it has died of itself."""
        ...

    def is_disturbed(self) -> bool:
        """Whether anything has gone wrong with it in this life."""
        ...

    def calm(self) -> None:
        """From the next start on, nothing goes wrong with it any more."""
        ...

    async def die(self) -> None:
        """Let the process end without a word."""
        ...

    async def stop(self) -> list[str]:
        """Close the store in good order; what is wrong with what it leaves."""
        ...


class MemoryMachine:
    """Memory that outlives its process: a commit is there for good, as soon as it was made."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    async def start(self) -> Store:
        return self._store

    def is_down(self) -> bool:
        return False

    def is_disturbed(self) -> bool:
        return False

    def calm(self) -> None:
        """It always is."""

    async def die(self) -> None:
        """The store has nothing to lose: what it does, it does at once."""

    async def stop(self) -> list[str]:
        return []


class DiskMachine:
    """The embedded store on a forgetful disk. Each life has a plan of what goes wrong with its disk."""

    def __init__(self, folder: Path, disks: Disks, chance: random.Random, plans: Callable[[], Plan]) -> None:
        """`folder` is empty, or has the data of an earlier life in `FIRST`; `plans` says what goes wrong next."""
        self._folder = folder
        self._disks = disks
        self._chance = chance
        self._plans = plans
        self._lives = 0
        self._store: EmbeddedStore | None = None
        self._data.mkdir(mode=0o700, exist_ok=True)
        self.disk = ForgetfulDisk(self._data, chance)

    async def start(self) -> Store:
        self.disk.plan = self._plans()
        self.disk.calls = 0
        self._disks.add(self.disk)
        try:
            self._store = await EmbeddedStore.open(self._data, LIMITS, materialise="inline", disk=self.disk.of_journal)
        except apsw.Error as error:
            # A VFS in C would keep to itself what fails while a database is closed.
            raise StoreUnavailable(str(error)) from error
        return self._store

    def is_down(self) -> bool:
        return self.disk.is_off

    def is_disturbed(self) -> bool:
        return self.disk.is_off or self.disk.has_failed

    def calm(self) -> None:
        self._plans = Plan

    async def die(self) -> None:
        self.disk.end(self.disk.plan.end)
        if self._store is not None:
            # Only to let go of threads and files: nothing of it reaches the disk any more.
            with suppress(StoreError, OSError, apsw.Error):
                await self._store.close()
            self._store = None
        self._disks.remove(self.disk)
        self._lives += 1
        self._data.mkdir(mode=0o700)
        self.disk = self.disk.left_in(self._data)

    async def stop(self) -> list[str]:
        assert self._store is not None
        store, self._store = self._store, None
        try:
            await store.close()
        except (StoreError, OSError, apsw.Error):
            if not self.is_disturbed():
                raise
        if self.is_disturbed():
            await self.die()
            return []
        self._disks.remove(self.disk)
        findings = verify_folder(self._data, people_max=_PEOPLE_MAX)
        return [f"verify: {found.file} at {found.offset}: {found.problem}" for found in findings]

    @property
    def _data(self) -> Path:
        return self._folder / f"{_LIFE}{self._lives}"


_claims: tuple[type[Machine], type[Machine]] = (MemoryMachine, DiskMachine)
