"""The embedded store with a trap in it: what stands around journal and materialiser when a test wants them to crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from sojourn.engine.crash_points import CrashPoint, Trap
from sojourn.stores.embedded.messages import Message, Progress
from sojourn.stores.embedded.segments import Disk


def trapped_disk(disk: Disk, trap: Trap) -> Disk:
    """The disk of a journal; the trap hears of each call that has come to its end."""

    def write(descriptor: int, data: bytes, offset: int) -> int:
        written = disk.write(descriptor, data, offset)
        trap.passed(CrashPoint.AFTER_WRITE)
        return written

    def sync(descriptor: int) -> None:
        disk.sync(descriptor)
        trap.passed(CrashPoint.AFTER_SYNC)

    def rename(path: Path, target: Path) -> None:
        disk.rename(path, target)
        trap.passed(CrashPoint.AFTER_RENAME)

    def remove(path: Path) -> None:
        disk.remove(path)
        trap.passed(CrashPoint.AFTER_REMOVE)

    return disk._replace(write=write, sync=sync, rename=rename, remove=remove)


def set_trap_in_transactions(database: apsw.Connection, trap: Trap) -> None:
    """Let the trap hear of each transaction that is about to be committed."""

    def committing() -> bool:
        trap.passed(CrashPoint.MID_TRANSACTION)
        return False  # Go on.

    database.set_commit_hook(committing)


def trapped_tell(tell: Callable[[Message], None], trap: Trap) -> Callable[[Message], None]:
    """What a materialiser tells its server by; the trap hears of progress before the server does."""

    def tell_unless_trapped(message: Message) -> None:
        if isinstance(message, Progress):
            trap.passed(CrashPoint.AFTER_TRANSACTION)
        tell(message)

    return tell_unless_trapped
