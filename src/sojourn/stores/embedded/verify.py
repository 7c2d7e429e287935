"""Whether a data folder is whole: every record of the journal, every page of the database, how they fit, what they say.

It only reads, needs no server, and may run beside one: what looks damaged because it is just being written is looked at
once more. SQLite may leave its own empty files `sojourn.db-wal` and `-shm` behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec

from sojourn.stores.embedded.agreement import disagreements
from sojourn.stores.embedded.database import DATABASE, PAGE_BYTES, open_page_check, open_reader, unavailable
from sojourn.stores.embedded.errors import DamagedJournal
from sojourn.stores.embedded.frames import (
    FRAME_HEADER_BYTES,
    SEGMENT_HEADER_BYTES,
    Frame,
    Place,
    body_bytes,
    find_frame,
    read_frame,
)
from sojourn.stores.embedded.materialiser import JOURNAL, read_place
from sojourn.stores.embedded.segments import frames_in, read_header, segments, segments_from
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.wal import damaged_frame

_SECOND_LOOK_S = 0.1
_CACHE_BYTES = 16 << 20
_DAMAGED_RECORD = "a record is damaged"
_DAMAGED_WAL = "a frame is damaged, or was never finished; the next start ignores it and all that follow"
_UNFINISHED = (
    "the last record is damaged, or was never finished; if it was not, nobody was told that it is kept, "
    "and the next start cuts it off"
)


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it should be. `offset` counts the bytes from the beginning of the file."""

    file: str
    offset: int | None
    problem: str


def verify_folder(folder: Path, *, people_max: int = 0) -> list[Finding]:
    """All that is wrong with a data folder; nothing when it is whole.

    Where its bytes are as they were written, what the database says is compared with itself as well, with at most
    `people_max` people; 0 leaves that out.

    Raises NewerFormat when a later version wrote it, UnfitSqlite, and OSError when it cannot be read.
    """
    journal = folder / JOURNAL
    findings = _twice(lambda: _journal_findings(journal))
    findings += _twice(lambda: _page_findings(folder))
    if not findings:
        findings = _twice(lambda: _database_findings(folder))
    if not findings and people_max:
        findings = _disagreements(folder, people_max)
    return findings


def _twice(look: Callable[[], list[Finding]]) -> list[Finding]:
    """What is found again after a moment; a running server writes meanwhile."""
    findings = look()
    if findings:
        time.sleep(_SECOND_LOOK_S)
        again = look()
        findings = [finding for finding in findings if finding in again]
    return findings


def _journal_findings(folder: Path) -> list[Finding]:
    found = segments(folder)
    if not found:
        return [Finding(str(folder), None, "the journal is missing")]
    findings = []
    end: Place | None = None
    for segment in found:
        try:
            begin = read_header(segment).begin
            data = segment.path.read_bytes()
        except FileNotFoundError:  # It was not needed any more.
            continue
        except DamagedJournal as error:
            findings.append(Finding(str(segment.path), error.offset, error.problem))
            end = None
            continue
        if end is not None and begin != end:
            findings.append(
                Finding(str(segment.path), 0, f"the record that ends at position {segment.base} is missing")
            )
        checked = _check_records(data, begin)
        findings += [Finding(str(segment.path), offset, _DAMAGED_RECORD) for offset in checked.damaged]
        if checked.rubbish is not None:
            problem = _UNFINISHED if segment == found[-1] else _DAMAGED_RECORD
            findings.append(Finding(str(segment.path), checked.rubbish, problem))
        end = checked.end
    return findings


class _Checked(NamedTuple):
    """What the records of a segment are like: where they end, the offsets of damaged ones, and of bytes behind all."""

    end: Place
    damaged: list[int]
    rubbish: int | None


def _check_records(data: bytes, begin: Place) -> _Checked:
    end = begin
    offset = SEGMENT_HEADER_BYTES
    damaged = []
    is_behind_damage = False
    while True:
        frame = _frame_at(data, offset, begin.position)
        if frame is not None:
            if frame.link != end.link and not is_behind_damage:
                damaged.append(offset)
            end, offset, is_behind_damage = frame.end, frame.end.position - begin.position, False
            continue
        rest = data[offset:]
        if not rest.strip(b"\0"):
            return _Checked(end, damaged, None)
        intact = find_frame(rest, begin.position + offset)
        if intact is None:
            return _Checked(end, damaged, offset)
        damaged.append(offset)
        offset, is_behind_damage = offset + intact, True


def _frame_at(data: bytes, offset: int, base: int) -> Frame | None:
    body_at = offset + FRAME_HEADER_BYTES
    header = data[offset:body_at]
    return read_frame(header, data[body_at : body_at + body_bytes(header)], base + offset)


def _page_findings(folder: Path) -> list[Finding]:
    """Pages of the database whose checksum does not match, and where its WAL ends too early."""
    database, wal = folder / DATABASE, folder / f"{DATABASE}-wal"
    if not database.exists():
        return [Finding(str(database), None, "the database is missing")]
    is_sound = open_page_check()
    findings = [
        Finding(str(database), offset, "a page is damaged") for offset, page in _pages(database) if not is_sound(page)
    ]
    damaged = damaged_frame(wal, is_sound) if wal.exists() else None
    if damaged is not None:
        findings.append(Finding(str(wal), damaged, _DAMAGED_WAL))
    return findings


def _pages(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb", 1 << 20) as file:
        while page := file.read(PAGE_BYTES):
            yield file.tell() - len(page), page


def _database_findings(folder: Path) -> list[Finding]:
    """What SQLite finds wrong with the structure, and how far the database has come beside the journal."""
    database = folder / DATABASE
    try:
        with closing(open_reader(folder, cache_bytes=_CACHE_BYTES)) as connection:
            place = read_place(connection, statements("state")["place"])
            said = [str(line) for (line,) in connection.execute("PRAGMA integrity_check")]
    except apsw.Error as error:
        return [Finding(str(database), None, str(unavailable(error)))]
    findings = [Finding(str(database), None, line) for line in said if line != "ok"]
    return findings + _place_findings(folder / JOURNAL, place)


def _disagreements(folder: Path, people_max: int) -> list[Finding]:
    database = str(folder / DATABASE)
    try:
        return [Finding(database, None, said) for said in disagreements(folder, people_max)]
    except apsw.Error as error:
        return [Finding(database, None, str(unavailable(error)))]


def _place_findings(journal: Path, place: Place) -> list[Finding]:
    """Whether the journal goes on where the database has come to."""
    held = segments_from(journal, place.position)[:1]
    if not held:
        return [Finding(str(journal), None, f"the records behind position {place.position} are missing")]
    begin = read_header(held[0]).begin
    if place == begin or any(frame.end == place for frame in frames_in(held[0], begin)):
        return []
    return [
        Finding(str(held[0].path), place.position - begin.position, "no record ends where the database has come to")
    ]
