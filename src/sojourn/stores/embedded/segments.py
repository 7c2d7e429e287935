"""The files of the journal: their names, how they are made, and how their records are read back.

A file is named by the position of its first byte. It is written with zeros and synced before it is used, since
overwriting allocated blocks syncs faster than growing a file, and a full disk shows before anything depends on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sojourn.stores.embedded.errors import DamagedJournal, NewerFormat
from sojourn.stores.embedded.frames import (
    FORMAT,
    FRAME_HEADER_BYTES,
    SEGMENT_HEADER_BYTES,
    Frame,
    Place,
    SegmentHeader,
    body_bytes,
    read_frame,
    read_segment_header,
)

_CHUNK_BYTES = 1 << 20
_ZEROS = bytes(_CHUNK_BYTES)
_SUFFIX = ".journal"


def open_file(path: Path, flags: int) -> int:
    """A descriptor of a file that nobody else may read, if it is new. Raises OSError."""
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Disk(NamedTuple):
    """All that the journal asks of the operating system to change a file; each call may raise OSError.

    Tests put a disk in its place that fails, or forgets what was not synced.
    """

    open: Callable[[Path, int], int] = open_file
    write: Callable[[int, bytes, int], int] = os.pwrite
    sync: Callable[[int], None] = os.fdatasync
    rename: Callable[[Path, Path], None] = os.rename
    remove: Callable[[Path], None] = os.unlink
    sync_folder: Callable[[Path], None] = sync_folder


class Segment(NamedTuple):
    """One file of the journal, and the position of its first byte."""

    base: int
    path: Path


def segment_path(folder: Path, base: int) -> Path:
    """The file of the segment that begins at a position."""
    return folder / f"{base:020}{_SUFFIX}"


def segments(folder: Path) -> list[Segment]:
    """The segments that exist, oldest first."""
    return sorted(Segment(int(path.name[: -len(_SUFFIX)]), path) for path in folder.glob(f"[0-9]*{_SUFFIX}"))


def segments_from(folder: Path, position: int) -> list[Segment]:
    """The segment that a position lies in, and all that come after it; none when no segment holds it."""
    found = segments(folder)
    first = max((index for index, segment in enumerate(found) if segment.base <= position), default=len(found))
    return found[first:]


def create_zeroed(path: Path, size_bytes: int, disk: Disk) -> int:
    """Make a file of zeros and sync it; its descriptor. Where that fails, the space is given back. Raises OSError."""
    descriptor = disk.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    try:
        write_zeros(descriptor, 0, size_bytes, disk)
    except OSError:
        os.close(descriptor)
        disk.remove(path)
        raise
    return descriptor


def write_all(descriptor: int, data: bytes, offset: int, disk: Disk) -> None:
    """Write all of the data, which the system may take in pieces. Raises OSError."""
    written = disk.write(descriptor, data, offset)
    while written < len(data):
        written += disk.write(descriptor, data[written:], offset + written)


def write_zeros(descriptor: int, offset: int, size_bytes: int, disk: Disk) -> None:
    """Overwrite a range with zeros and sync it. Raises OSError."""
    end = offset + size_bytes
    while offset < end:
        offset += disk.write(descriptor, _ZEROS[: end - offset], offset)
    disk.sync(descriptor)


def read_header(segment: Segment) -> SegmentHeader:
    """What a segment says of itself. Raises DamagedJournal, NewerFormat, OSError."""
    with segment.path.open("rb") as file:
        header = read_segment_header(file.read(SEGMENT_HEADER_BYTES))
    if header is None:
        raise DamagedJournal(segment.path, 0, "the header of the segment is damaged")
    if header.format > FORMAT:
        raise NewerFormat(segment.path, header.format, FORMAT)
    if header.begin.position != segment.base:
        raise DamagedJournal(segment.path, 0, f"the segment belongs at position {header.begin.position}")
    return header


def frames_in(segment: Segment, after: Place) -> Iterator[Frame]:
    """The records of one segment behind a place in it, up to the first one that is not whole. Raises OSError."""
    with segment.path.open("rb", _CHUNK_BYTES) as file:
        place = Place(max(after.position, segment.base + SEGMENT_HEADER_BYTES), after.link)
        left_bytes = os.fstat(file.fileno()).st_size - file.seek(place.position - segment.base)
        while (frame := _next_frame(file, place, left_bytes)) is not None:
            left_bytes -= frame.end.position - place.position
            yield frame
            place = frame.end


def frames_between(folder: Path, after: Place, until: int) -> Iterator[Frame]:
    """Every record behind a place up to a position at which a record is known to end.

    Raises DamagedJournal where one of them is missing or not whole, and OSError.
    """
    place = after
    for segment in segments_from(folder, after.position):
        if place.position >= until:
            return
        if place.position <= segment.base and read_header(segment).begin != place:
            raise DamagedJournal(segment.path, 0, f"the record that ends at position {segment.base} is missing")
        for frame in frames_in(segment, place):
            yield frame
            place = frame.end
            if place.position >= until:
                return
    if place.position < until:
        file, offset = place_in_files(folder, place.position)
        raise DamagedJournal(file, offset, "a record is damaged or missing")


def place_in_files(folder: Path, position: int) -> tuple[Path, int]:
    """The file and the offset of a position; the folder itself where no segment holds it."""
    for segment in segments_from(folder, position)[:1]:
        return segment.path, position - segment.base
    return folder, 0


def first_nonzero(path: Path, offset: int) -> int | None:
    """The offset of the first byte from here on that is not zero; None when only zeros follow. Raises OSError."""
    with path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(_CHUNK_BYTES):
            if chunk != _ZEROS[: len(chunk)]:
                return offset + len(chunk) - len(chunk.lstrip(b"\0"))
            offset += len(chunk)
    return None


def _next_frame(file: BinaryIO, place: Place, left_bytes: int) -> Frame | None:
    header = file.read(FRAME_HEADER_BYTES)
    following = body_bytes(header)
    if FRAME_HEADER_BYTES + following > left_bytes:  # A damaged length must not make us read gigabytes.
        return None
    frame = read_frame(header, file.read(following), place.position)
    return frame if frame is not None and frame.link == place.link else None
