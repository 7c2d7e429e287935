"""A backup: a data folder as it was at one position of the journal, taken while a server works on it or none does.

The database is copied from one moment of it, and while that is held, no later record can leave the journal. So what the
database does not have yet is copied from there and brought into the copy, whose journal then begins, empty, at the
position that the backup is of. Whatever was acknowledged before the beginning is in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from sojourn.stores.embedded.database import copy_database, open_reader
from sojourn.stores.embedded.errors import DamagedJournal, UnreadableFolder
from sojourn.stores.embedded.frames import SEGMENT_HEADER_BYTES, Place
from sojourn.stores.embedded.identity_key import KEY_FILE
from sojourn.stores.embedded.materialiser import JOURNAL, read_place
from sojourn.stores.embedded.opening import settle_folder
from sojourn.stores.embedded.recovery import unfinished_bytes
from sojourn.stores.embedded.segments import Disk, Segment, frames_in, segments_from, sync_folder
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.verify import verify_folder

BACKUP_FILE = "backup.json"

_CACHE_BYTES = 4 << 20


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself."""

    at: datetime
    """When it was begun."""
    version: str
    """Of Sojourn."""
    folder: str
    """The data folder that it is of."""
    position: int
    """Of the journal: everything before it is in the backup, and nothing behind it."""
    size_bytes: int
    has_identity_key: bool
    """Without it, the secret of the ids is told by a setting, and must be told where the backup is restored."""


def back_up(folder: Path, target: Path, *, at: datetime, version: str) -> Backup:
    """Back a data folder up into a new folder, and read everything of it back.

    Raises UnreadableFolder when it cannot be read as it is, apsw.Error, and OSError where the target cannot be written.
    """
    with finished(target) as unfinished:
        _copy_at_one_moment(folder, unfinished)
        place = settle_folder(unfinished, Disk())
        has_identity_key = (folder / KEY_FILE).exists()
        if has_identity_key:
            shutil.copy2(folder / KEY_FILE, unfinished / KEY_FILE)
        findings = verify_folder(unfinished)
        if findings:
            raise UnreadableFolder(f"{findings[0].file} is not as it was written: {findings[0].problem}.")
        size_bytes = sum(path.stat().st_size for path in unfinished.rglob("*") if path.is_file())
        backup = Backup(
            at=at,
            version=version,
            folder=str(folder.resolve()),
            position=place.position,
            size_bytes=size_bytes,
            has_identity_key=has_identity_key,
        )
        (unfinished / BACKUP_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(backup)) + b"\n")
    return backup


def read_backup(path: Path) -> Backup:
    """What a backup says of itself. Raises UnreadableFolder when it is none, OSError."""
    try:
        return msgspec.json.decode((path / BACKUP_FILE).read_bytes(), type=Backup)
    except FileNotFoundError as error:
        raise UnreadableFolder(f"{path} is no backup: it has no {BACKUP_FILE}.") from error
    except msgspec.MsgspecError as error:
        raise UnreadableFolder(f"{path / BACKUP_FILE} is damaged: {error}.") from error


@contextmanager
def finished(target: Path) -> Iterator[Path]:
    """A folder that gets its name when everything in it is whole and durable; where that fails, nothing of it stays.

    Raises FileExistsError when the target is there already and is not an empty folder, or when an attempt that ended
    early has left something.
    """
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(f"{target} exists already.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    if unfinished.exists():
        raise FileExistsError(f"{unfinished} is left of an attempt that ended early. Remove it.")
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        yield unfinished
        for path in (unfinished, *unfinished.rglob("*")):
            _sync(path)
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(target.parent)


def _copy_at_one_moment(folder: Path, copy: Path) -> None:
    with closing(open_reader(folder, cache_bytes=_CACHE_BYTES)) as database:
        database.execute("BEGIN")
        place = read_place(database, statements("state")["place"])  # From here on it is that moment which is read.
        _copy_journal(folder / JOURNAL, copy / JOURNAL, place)
        copy_database(database, copy)
        database.execute("ROLLBACK")


def _copy_journal(journal: Path, copy: Path, after: Place) -> None:
    """Copy every record behind a place, as far as they go now. What is written meanwhile comes too late."""
    copy.mkdir(mode=0o700)
    end = _copy_records(journal, copy, after)
    held = segments_from(journal, end.position)
    if _goes_on_behind(held, end) and _end_of_records(held[0], end) == end:
        raise DamagedJournal(held[0].path, end.position - held[0].base, "a record is damaged, and later ones are there")


def _copy_records(journal: Path, copy: Path, after: Place) -> Place:
    place = after
    for segment in segments_from(journal, after.position):
        if segment.base > place.position:
            break
        place = _end_of_records(segment, place)
        with segment.path.open("rb") as source, (copy / segment.path.name).open("xb") as target:
            target.write(source.read(max(place.position - segment.base, SEGMENT_HEADER_BYTES)))
    return place


def _end_of_records(segment: Segment, after: Place) -> Place:
    end = after
    for frame in frames_in(segment, after):
        end = frame.end
    return end


def _goes_on_behind(held: list[Segment], end: Place) -> bool:
    """Whether later records are there, which may have come since."""
    if len(held) > 1:
        return held[1].base != end.position
    try:
        unfinished_bytes(held[0], end)
    except DamagedJournal:
        return True
    return False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
