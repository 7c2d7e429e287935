"""SQLite on a disk that forgets: a VFS under the one with the checksums, which tells the disk of every change.

`install` must come before anything of Sojourn opens a database, because the VFS with the checksums takes as its floor
whatever is the default when it is loaded. So programs use it, and no test in the process of other tests.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path

import apsw

from tests.simulation.disk import ForgetfulDisk

NAME = "forgetful"

_NEW_LOGS = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class Disks(apsw.VFS):
    """The disks that SQLite may meet, each by its folder; every other folder is as it always was."""

    def __init__(self) -> None:
        self._disks: dict[Path, ForgetfulDisk] = {}
        super().__init__(NAME, "unix", makedefault=True)

    def add(self, disk: ForgetfulDisk) -> None:
        """From now on the databases of this folder are on this disk."""
        self._disks[disk.folder] = disk

    def remove(self, disk: ForgetfulDisk) -> None:
        """Forget a disk whose databases are closed."""
        del self._disks[disk.folder]

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "")
        disk = self._disks.get(path.parent)
        if disk is None:
            return _File("unix", name, flags)
        is_new_log = not path.exists() and bool(flags[0] & _NEW_LOGS)
        return _FileOnDisk(disk, path, name, flags, is_new_log=is_new_log)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        path = Path(filename)
        disk = self._disks.get(path.parent)
        if disk is not None and path.exists():
            _told(lambda: disk.removed(path, is_synced=syncdir), apsw.SQLITE_IOERR_DELETE)
        super().xDelete(filename, syncdir)


class _File(apsw.VFSFile):
    """A file as it always was."""

    def xLock(self, level: int) -> None:  # noqa: N802
        try:
            super().xLock(level)
        except apsw.IOError as error:
            # Who only reads cannot lock for writing. SQLite tries that when the last connection is closed, and passes
            # over it; what a VFS in Python raises would come out of the closing.
            raise apsw.BusyError from error


class _FileOnDisk(_File):
    """A file of SQLite whose changes the disk hears of before they are made."""

    def __init__(
        self,
        disk: ForgetfulDisk,
        path: Path,
        name: str | apsw.URIFilename | None,
        flags: list[int],
        *,
        is_new_log: bool,
    ) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk
        self._folder = path.parent
        self._file = disk.opened(path)
        self._has_a_new_name = is_new_log

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        _told(lambda: self._disk.written(self._file, offset, data), apsw.SQLITE_IOERR_WRITE)
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        _told(lambda: self._disk.truncated(self._file, newsize), apsw.SQLITE_IOERR_TRUNCATE)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        folder = self._folder if self._has_a_new_name else None
        _told(lambda: self._disk.synced(self._file, with_name_in=folder), apsw.SQLITE_IOERR_FSYNC)
        self._has_a_new_name = False
        # The files themselves need no sync: the disk knows what is durable.


def install() -> Disks:
    """Put the disks under SQLite."""
    # What fails while SQLite tidies up after a failure can be told to nobody.
    sys.unraisablehook = lambda _: None
    return Disks()


def _told(tell: Callable[[], None], code: int) -> None:
    try:
        tell()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise apsw.FullError from error
        failure = apsw.IOError()
        failure.extendedresult = code  # type: ignore[attr-defined] # It is how APSW is told which of its errors.
        raise failure from error
