"""A disk that forgets: what was written and not synced is lost, in part or in whole, when the power is cut.

Files lie in a real folder, as a page cache would show them. Beside that, the disk knows what each of them would hold
after a power cut: what was synced, and of what was written since, any part. Names behave alike: a file that was made,
renamed or removed is so for good once its folder was synced; until then, any number of those changes are lost, the
latest ones first, as file systems that keep a log of them do it.

The journal reaches it through its seam `Disk`, SQLite through the VFS in `sqlite_disk`. Every call that changes
something is counted, so that a plan can name the call at which the power fails, or an error comes back instead.
"""

from __future__ import annotations

import errno
import os
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from sojourn.stores.embedded.segments import Disk, open_file

SECTOR_BYTES = 512
"""What a disk writes whole or not at all."""


class End(Enum):
    """How a life of the machine ends."""

    POWER_CUT = "power-cut"
    """What was not synced is lost."""
    KILL = "kill"
    """The process is gone; what it wrote is there, and still not synced."""


class Unsynced(Enum):
    """What a sync can do nothing for; each is a control, in which something must be found."""

    JOURNAL = "journal"
    NAMES = "names"
    DATABASE = "database"


class Plan(NamedTuple):
    """What goes wrong, and at which call; calls are counted from 1."""

    ends_at: int | None = None
    end: End = End.POWER_CUT
    error_at: int | None = None
    error: int = errno.EIO
    errors: int = 1
    """How many calls in a row fail."""
    tears_last_write: bool = False
    """Whether everything but the write under way survives the power cut, and that only in part."""
    unsynced: Unsynced | None = None
    """What a sync does nothing for, though it says so."""


class Loss(NamedTuple):
    """How much of what was not synced survives: this share of the writes, in sectors or in whole; and of names."""

    of_writes: float
    of_names: float


LOSSES = (Loss(0, 0), Loss(1, 1), Loss(1, 0), Loss(0, 1), Loss(0.5, 0.5))
"""From all to nothing."""


class _Write(NamedTuple):
    offset: int
    data: bytes


class _Truncation(NamedTuple):
    size_bytes: int


class _File:
    """What is on the disk of one file, and what was asked for since its last sync."""

    def __init__(self, durable: bytes = b"") -> None:
        self.durable = bytearray(durable)
        self.pending: list[_Write | _Truncation] = []

    def sync(self) -> None:
        for change in self.pending:
            _apply(self.durable, change)
        self.pending.clear()


class _NameChange(NamedTuple):
    """Names that lead elsewhere from now on; None: nowhere."""

    leads: dict[Path, _File | None]


class ForgetfulDisk:
    """One folder, with all that would happen to it at a power cut."""

    def __init__(self, folder: Path, chance: random.Random, *, losses: Sequence[Loss] = LOSSES) -> None:
        """Everything that is in the folder now is durable; `losses` are those that a power cut may bring."""
        self.folder = folder
        self.plan = Plan()
        self.calls = 0
        self.is_off = False
        self.has_failed = False
        self._chance = chance
        self._losses = losses
        self._lock = threading.RLock()
        self._names: dict[Path, _File] = {}
        self._durable_names: dict[Path, _File] = {}
        self._name_changes: dict[Path, list[_NameChange]] = defaultdict(list)
        self._open: dict[int, _File] = {}
        for path in folder.rglob("*"):
            if path.is_file():
                self._names[path] = self._durable_names[path] = _File(path.read_bytes())

    @property
    def of_journal(self) -> Disk:
        """The seam of the journal."""
        return Disk(self.open, self.write, self.sync, self.rename, self.remove, self.sync_folder)

    def open(self, path: Path, flags: int) -> int:
        with self._lock:
            self._call()
            descriptor = open_file(path, flags)
            self._open[descriptor] = self.opened(path, is_truncated=bool(flags & os.O_TRUNC))
            return descriptor

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        with self._lock:
            self.written(self._open[descriptor], offset, data)
            return os.pwrite(descriptor, data, offset)

    def sync(self, descriptor: int) -> None:
        with self._lock:
            self._call_of_sync(self._open[descriptor])
            if self.plan.unsynced is not Unsynced.JOURNAL:
                self._open[descriptor].sync()

    def rename(self, path: Path, target: Path) -> None:
        with self._lock:
            self._call()
            path.rename(target)
            file = self._names.pop(path)
            self._names[target] = file
            self._name_changes[path.parent].append(_NameChange({path: None, target: file}))

    def remove(self, path: Path) -> None:
        with self._lock:
            self._call()
            path.unlink()
            self._names.pop(path, None)
            self._name_changes[path.parent].append(_NameChange({path: None}))

    def sync_folder(self, folder: Path) -> None:
        with self._lock:
            self._call()
            self._sync_names(folder)

    def opened(self, path: Path, *, is_truncated: bool = False) -> _File:
        """The file of a name that was opened just now, made if there was none."""
        with self._lock:
            file = self._names.get(path)
            if file is None:
                file = self._names[path] = _File()
                self._name_changes[path.parent].append(_NameChange({path: file}))
            if is_truncated:
                file.pending.append(_Truncation(0))
            return file

    def written(self, file: _File, offset: int, data: bytes) -> None:
        """Take note of a write that is under way: a power cut in the middle of it may leave any part."""
        with self._lock:
            change = _Write(offset, bytes(data))
            self._call(lambda: self._leave_under_way(file, change))
            file.pending.append(change)

    def truncated(self, file: _File, size_bytes: int) -> None:
        """Take note of a file that is cut."""
        with self._lock:
            self._call()
            file.pending.append(_Truncation(size_bytes))

    def synced(self, file: _File, *, with_name_in: Path | None = None) -> None:
        """Take note of a sync, which SQLite extends to the name of a log that it has just made."""
        with self._lock:
            self._call_of_sync(file)
            if self.plan.unsynced is not Unsynced.DATABASE:
                file.sync()
            if with_name_in is not None:
                self._sync_names(with_name_in)

    def removed(self, path: Path, *, is_synced: bool) -> None:
        """Take note of a file that is removed."""
        with self._lock:
            self._call()
            self._names.pop(path, None)
            self._name_changes[path.parent].append(_NameChange({path: None}))
            if is_synced:
                self._sync_names(path.parent)

    def end(self, end: End) -> None:
        """From now on nothing reaches the disk any more, and every call fails."""
        with self._lock:
            if not self.is_off:
                self.plan = self.plan._replace(end=end)
                self.is_off = True

    def left_in(self, folder: Path) -> ForgetfulDisk:
        """The disk as it is found after the end, in another folder, which is empty."""
        assert self.is_off, "it is still at work"
        if self.plan.end is End.KILL:
            return self._found_after_kill(folder)
        loss = Loss(1, 1) if self.plan.tears_last_write else self._chance.choice(self._losses)
        names: dict[Path, _File | None] = dict(self._durable_names)
        for changes in self._name_changes.values():
            surviving = self._chance.randint(0, len(changes)) if 0 < loss.of_names < 1 else loss.of_names * len(changes)
            for change in changes[: int(surviving)]:
                names.update(change.leads)
        for path, file in names.items():
            if file is not None:
                self._write_in(folder, path, self._left_of(file, loss.of_writes))
        return ForgetfulDisk(folder, self._chance, losses=self._losses)

    def _found_after_kill(self, folder: Path) -> ForgetfulDisk:
        for path in self._names:
            self._write_in(folder, path, path.read_bytes())
        found = ForgetfulDisk(folder, self._chance, losses=self._losses)

        def moved(path: Path) -> Path:
            return folder / path.relative_to(self.folder)

        found._names = {moved(path): file for path, file in self._names.items()}
        found._durable_names = {moved(path): file for path, file in self._durable_names.items()}
        for parent, changes in self._name_changes.items():
            found._name_changes[moved(parent)] = [
                _NameChange({moved(path): file for path, file in change.leads.items()}) for change in changes
            ]
        return found

    def _write_in(self, folder: Path, path: Path, content: bytes) -> None:
        target = folder / path.relative_to(self.folder)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(content)

    def _leave_under_way(self, file: _File, change: _Write) -> None:
        if self.plan.end is End.POWER_CUT:
            file.pending.append(self._torn(change) if self.plan.tears_last_write else change)

    def _left_of(self, file: _File, share: float) -> bytes:
        left = bytearray(file.durable)
        for change in file.pending:
            if self._chance.random() < share:
                _apply(left, self._torn(change) if self._chance.random() < share / 4 else change)
        return bytes(left)

    def _torn(self, change: _Write | _Truncation) -> _Write | _Truncation:
        if isinstance(change, _Truncation):
            return change
        first = -change.offset % SECTOR_BYTES
        cuts = range(first, len(change.data), SECTOR_BYTES)
        cut = self._chance.choice(cuts) if cuts else 0
        if self._chance.random() < 0.5:
            return _Write(change.offset, change.data[:cut])
        return _Write(change.offset + cut, change.data[cut:])

    def _sync_names(self, folder: Path) -> None:
        if self.plan.unsynced is Unsynced.NAMES:
            return
        for change in self._name_changes.pop(folder, ()):
            for path, file in change.leads.items():
                if file is None:
                    self._durable_names.pop(path, None)
                else:
                    self._durable_names[path] = file

    def _call_of_sync(self, file: _File) -> None:
        try:
            self._call()
        except OSError:
            # After a sync that failed, the system takes what it could not write for written: no later sync writes it.
            if not self.is_off:
                file.pending.clear()
            raise

    def _call(self, before_the_end: Callable[[], None] = lambda: None) -> None:
        """Count a call; fail it where the plan says so."""
        if self.is_off:
            raise OSError(errno.EIO, "the machine is off")
        self.calls += 1
        if self.calls == self.plan.ends_at:
            before_the_end()
            self.is_off = True
            raise OSError(errno.EIO, "the machine is off")
        first = self.plan.error_at
        if first is not None and first <= self.calls < first + self.plan.errors:
            self.has_failed = True
            raise OSError(self.plan.error, os.strerror(self.plan.error))


def _apply(content: bytearray, change: _Write | _Truncation) -> None:
    if isinstance(change, _Truncation):
        del content[change.size_bytes :]
        content.extend(bytes(change.size_bytes - len(content)))
        return
    content.extend(bytes(max(0, change.offset - len(content))))
    content[change.offset : change.offset + len(change.data)] = change.data
