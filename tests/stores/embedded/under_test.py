"""The embedded store as the contract suites take it: opened, closed, and taken down as a power cut would do it."""

from __future__ import annotations

import shutil
from pathlib import Path

from sojourn.core.limits import KIB, Limits
from sojourn.stores.embedded.followers import ThreadFollower
from sojourn.stores.embedded.frames import SEGMENT_HEADER_BYTES, Place, write_frame
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.testing import CrashableStore

SMALL = Limits(journal_segment_bytes=16 * KIB, cached_documents_max=3, disk_reserve_bytes=1)
"""Bounds so small that segments end, and documents are forgotten, all the time."""


class EmbeddedStoreUnderTest:
    """One folder, and after each crash a copy of it as it stood."""

    def __init__(self, folder: Path, limits: Limits = SMALL) -> None:
        self._parent = folder
        self._limits = limits
        self._crashes = 0
        self._store: EmbeddedStore | None = None

    async def open(self) -> EmbeddedStore:
        self._store = await EmbeddedStore.open(self._folder, self._limits, materialise="inline")
        return self._store

    async def close(self) -> None:
        assert self._store is not None
        await self._store.close()

    async def crash(self) -> EmbeddedStore:
        assert self._store is not None
        await wait_for_materialiser(self._store)
        crashed = self._folder
        self._crashes += 1
        copy_folder(crashed, self._folder)
        tear_a_write(self._folder, self._store)
        await self._store.close()
        shutil.rmtree(crashed)
        return await self.open()

    @property
    def _folder(self) -> Path:
        return self._parent / f"data-{self._crashes}"


async def wait_for_materialiser(store: EmbeddedStore) -> None:
    """Let what is under way end in database and journal, so that a copy of them is one that a power cut could leave."""
    follower = store._follower
    assert isinstance(follower, ThreadFollower)
    if follower._work is not None:
        await follower._work
    if store._removal is not None:
        await store._removal


def copy_folder(folder: Path, copy: Path) -> None:
    """Copy what is on the disk; the index of the WAL is in memory only, and locks belong to processes."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm", "*lock"))


def tear_a_write(folder: Path, store: EmbeddedStore) -> None:
    """Leave the first half of a record behind the last one."""
    end = store._journal.end
    segment = segments(folder / "journal")[-1]
    place = Place(max(end.position, segment.base + SEGMENT_HEADER_BYTES), end.link)
    data, _ = write_frame(b"never acknowledged", place)
    with segment.path.open("r+b") as file:
        file.seek(place.position - segment.base)
        if place.position - segment.base + len(data) <= segment.path.stat().st_size:
            file.write(data[: len(data) // 2])


_claims: type[CrashableStore] = EmbeddedStoreUnderTest
