"""Who may work with a data folder: one process, which holds a lock on a file in it.

The kernel drops the lock with the process that holds it, however that ends, so that a file that was left behind means
nothing. Python opens files so that child processes do not inherit them, and with them not the lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from sojourn.stores.embedded.errors import FolderInUse

_LOCK = "lock"
MATERIALISER_LOCK = "materialiser.lock"
_PATIENCE = 100
_PAUSE_S = 0.02


class FileLock:
    """A lock that is held until it is released, or until the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Take the folder for this process, whose number is written into the lock. Raises FolderInUse, OSError.

        May take a moment when the process that held it has just been killed: a child that it was about to start holds
        the lock, too, until that runs its own program.
        """
        descriptor = _open(folder / _LOCK)
        holder: int | None = None
        for _ in range(_PATIENCE):
            if _is_taken(descriptor):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
                return cls(descriptor)
            holder = _number_in(descriptor)
            if holder is not None and _is_alive(holder):
                break
            time.sleep(_PAUSE_S)
        os.close(descriptor)
        raise FolderInUse(folder, holder)

    @staticmethod
    def is_held(folder: Path) -> bool:
        """Whether a process has the folder at the moment. Takes nothing, changes nothing."""
        try:
            descriptor = os.open(folder / _LOCK, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    @classmethod
    def of_materialiser(cls, folder: Path) -> Self:
        """Wait until no other process materialises here, such as one whose server was killed. Raises OSError."""
        descriptor = _open(folder / MATERIALISER_LOCK)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return cls(descriptor)

    def release(self) -> None:
        """Let others have it. The file stays: removing it could take the lock of who has just opened it."""
        os.close(self._descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number_in(descriptor: int) -> int | None:
    """The process that the lock names; None while that is being written."""
    written = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    return int(written) if written.isdigit() else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True
