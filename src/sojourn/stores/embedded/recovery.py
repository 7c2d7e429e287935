"""The end of the journal after a start: replay what is whole, cut off a write that never ended, refuse anything else.

A record is written only after the one before it was synced. So bytes behind the last whole record that no intact record
follows are a write that never ended, and was never acknowledged. Where an intact record follows, they are damage.

The last whole record may be one whose sync never came, or failed: it is read back, and a power cut would still take it.
It counts as kept from now on, so it is made durable before anything is built on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from sojourn.stores.embedded.errors import DamagedJournal
from sojourn.stores.embedded.frames import SEGMENT_HEADER_BYTES, START, Frame, Place, find_frame, write_frame
from sojourn.stores.embedded.segments import (
    Disk,
    Segment,
    first_nonzero,
    frames_in,
    read_header,
    segments,
    segments_from,
    write_all,
    write_zeros,
)


class _Written(NamedTuple):
    """A record, and where it stands."""

    segment: Segment
    begin: Place
    payload: bytes


class Tail(msgspec.Struct, frozen=True):
    """How the journal ends, and how many bytes of an unfinished write were cut off there."""

    end: Place
    cut_bytes: int = 0


def mend_tail(folder: Path, after: Place, replay: Callable[[Frame], None], disk: Disk | None = None) -> Tail:
    """Replay every record behind a place in its order, and make the journal end behind the last one.

    Raises DamagedJournal when a record that was acknowledged is missing or not whole, NewerFormat, OSError.
    """
    disk = disk or Disk()
    place = after
    last: _Written | None = None
    found = segments_from(folder, after.position)
    _check_beginning(folder, after, found)
    for index, segment in enumerate(found):
        if index and segment.base != place.position:
            offset = place.position - found[index - 1].base
            raise DamagedJournal(
                found[index - 1].path, offset, "a record is damaged or missing, and later ones are there"
            )
        begin = read_header(segment).begin
        if place.position <= segment.base and begin != place:
            raise DamagedJournal(segment.path, 0, f"the record that ends at position {segment.base} is missing")
        for frame in frames_in(segment, place):
            replay(frame)
            last = _Written(segment, place, frame.payload)
            place = frame.end
    # A segment that a rename has just given its name to may lose that, too.
    disk.sync_folder(folder)
    if last is not None:
        _write_anew(last, disk)
    return _cut_off(found[-1], place, disk) if found else Tail(place)


def unfinished_bytes(segment: Segment, place: Place) -> int:
    """How many bytes of an unfinished write follow the last whole record of the last segment; 0 when there are none.

    Raises DamagedJournal when an intact record follows, OSError.
    """
    offset = _offset_behind(segment, place)
    if first_nonzero(segment.path, offset) is None:
        return 0
    rest = segment.path.read_bytes()[offset:]
    if find_frame(rest, segment.base + offset) is not None:
        raise DamagedJournal(segment.path, offset, "a record is damaged, and later ones are there")
    return len(rest.rstrip(b"\0"))


def _check_beginning(folder: Path, after: Place, found: list[Segment]) -> None:
    if found:
        return
    if segments(folder) or after != START:
        raise DamagedJournal(folder, 0, f"the records behind position {after.position} are missing")


def _write_anew(last: _Written, disk: Disk) -> None:
    """Write a record over itself and sync it.

    To sync alone would not do: after a sync that failed, the system may take for written what never reached the disk.
    """
    begin = Place(last.segment.base + _offset_behind(last.segment, last.begin), last.begin.link)
    data, _ = write_frame(last.payload, begin)
    descriptor = disk.open(last.segment.path, os.O_WRONLY)
    try:
        write_all(descriptor, data, begin.position - last.segment.base, disk)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)


def _cut_off(segment: Segment, place: Place, disk: Disk) -> Tail:
    cut_bytes = unfinished_bytes(segment, place)
    if cut_bytes:
        descriptor = disk.open(segment.path, os.O_WRONLY)
        try:
            write_zeros(descriptor, _offset_behind(segment, place), cut_bytes, disk)
        finally:
            os.close(descriptor)
    return Tail(place, cut_bytes)


def _offset_behind(segment: Segment, place: Place) -> int:
    return max(place.position - segment.base, SEGMENT_HEADER_BYTES)
