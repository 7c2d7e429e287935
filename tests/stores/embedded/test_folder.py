"""One data folder belongs to one process, for as long as that lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn.core.limits import KIB, Limits
from sojourn.stores.embedded.errors import FolderInUse
from sojourn.stores.embedded.store import EmbeddedStore

LIMITS = Limits(journal_segment_bytes=64 * KIB, disk_reserve_bytes=1)
HOLDER = """
import asyncio, sys
from pathlib import Path
from sojourn.core.limits import Limits
from sojourn.stores.embedded.store import EmbeddedStore

async def hold():
    await EmbeddedStore.open(Path(sys.argv[1]), Limits(journal_segment_bytes=1 << 16, disk_reserve_bytes=1))
    print("open", flush=True)
    await asyncio.sleep(600)

asyncio.run(hold())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def in_the_way(folder: Path) -> Path:
    """A file where the journal should be."""
    folder.mkdir()
    (folder / "journal").write_text("not a folder")
    return folder / "journal"


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the folder, with a materialiser of its own."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


async def test_a_second_process_is_refused_and_told_who_has_the_folder(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(FolderInUse) as refusal:
        await EmbeddedStore.open(folder, LIMITS)
    assert refusal.value.pid == holder.pid


async def test_a_second_store_in_one_process_is_refused(folder: Path) -> None:
    store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    with pytest.raises(FolderInUse):
        await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    await store.close()


async def test_the_lock_of_a_process_that_was_killed_means_nothing(folder: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert (folder / "lock").read_text().strip() == str(holder.pid)
    store = await EmbeddedStore.open(folder, LIMITS)
    await store.outcomes()
    await store.close()


async def test_a_folder_can_be_opened_again_after_it_was_closed(folder: Path) -> None:
    for _ in range(2):
        store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
        await store.close()


async def test_a_store_that_could_not_be_opened_leaves_the_folder_free(folder: Path, in_the_way: Path) -> None:
    with pytest.raises(OSError, match="exists"):
        await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    os.unlink(in_the_way)  # noqa: PTH108 - a look at the disk is no wait worth a thread
    store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    await store.close()


async def test_nobody_else_may_read_the_folder(folder: Path) -> None:
    store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    await store.close()
    assert mode_of(folder) & 0o077 == 0


def mode_of(path: Path) -> int:
    return path.stat().st_mode
