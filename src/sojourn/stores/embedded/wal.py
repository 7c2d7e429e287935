"""The write-ahead log of SQLite, as far as one must know it to tell whether it is whole.

SQLite itself stops reading it at the first frame whose checksum does not match, without a word: that is how an
unfinished write looks. The form is that of https://www.sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from struct import Struct, unpack
from typing import NamedTuple

_HEADER = Struct(">IIIIIIII")
_FRAME_HEADER = Struct(">IIIIII")
_CHECKED_OF_HEADER_BYTES = 24
_CHECKED_OF_FRAME_HEADER_BYTES = 8
_BIG_ENDIAN = 0x377F0683
_MAGICS = (0x377F0682, _BIG_ENDIAN)
_LOW_32 = 0xFFFFFFFF


class _Sums(NamedTuple):
    """The two running sums."""

    first: int
    second: int


class _Frame(NamedTuple):
    """A page as some transaction left it, behind its header."""

    offset: int
    header: bytes
    salts: list[int]
    sums: _Sums
    page: bytes


def damaged_frame(path: Path) -> int | None:
    """The offset of the first part that does not match its checksum; None when all match. Raises OSError.

    Frames that an earlier round left behind the end do not count; they carry other salts.
    """
    data = path.read_bytes()
    if len(data) < _HEADER.size:
        return 0 if data else None
    sums = _sums_of_header(data)
    if sums is None:
        return 0
    magic, _, page_bytes, _, *salts, _, _ = _HEADER.unpack_from(data)
    order = _order_of(magic)
    frames = list(_frames(data, page_bytes))
    written = max((index for index, frame in enumerate(frames) if frame.salts == salts), default=-1) + 1
    for frame in frames[:written]:
        sums = _sums_after(sums, frame.header[:_CHECKED_OF_FRAME_HEADER_BYTES] + frame.page, order)
        if frame.salts != salts or sums != frame.sums:
            return frame.offset
    return None


def ignored_frame(path: Path, read_frames: int) -> int | None:
    """The offset of the first frame that SQLite does not read, though frames of this round stand there or behind it.

    `read_frames` is how many it reads. None when there are no others. Looks at headers only. Raises OSError.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        if not header:
            return None
        if len(header) < _HEADER.size or _sums_of_header(header) is None:
            return 0
        _, _, page_bytes, _, *salts, _, _ = _HEADER.unpack(header)
        stride: int = _FRAME_HEADER.size + page_bytes
        first = _HEADER.size + read_frames * stride
        for offset in range(first, os.fstat(file.fileno()).st_size - stride + 1, stride):
            file.seek(offset)
            _, _, *found, _, _ = _FRAME_HEADER.unpack(file.read(_FRAME_HEADER.size))
            if found == salts:
                return first
    return None


def _frames(data: bytes, page_bytes: int) -> Iterator[_Frame]:
    """Every frame that is there as a whole."""
    for offset in range(_HEADER.size, len(data) - _FRAME_HEADER.size - page_bytes + 1, _FRAME_HEADER.size + page_bytes):
        page_at = offset + _FRAME_HEADER.size
        header = data[offset:page_at]
        _, _, *salts, first, second = _FRAME_HEADER.unpack(header)
        yield _Frame(offset, header, salts, _Sums(first, second), data[page_at : page_at + page_bytes])


def _sums_of_header(data: bytes) -> _Sums | None:
    """The running sums behind the header, from which those of the frames go on; None where it is damaged."""
    magic, *_, first, second = _HEADER.unpack_from(data)
    sums = _sums_after(_Sums(0, 0), data[:_CHECKED_OF_HEADER_BYTES], _order_of(magic))
    return sums if magic in _MAGICS and sums == _Sums(first, second) else None


def _order_of(magic: int) -> str:
    return ">" if magic == _BIG_ENDIAN else "<"


def _sums_after(sums: _Sums, data: bytes, order: str) -> _Sums:
    first, second = sums
    words = iter(unpack(f"{order}{len(data) // 4}I", data))
    for one, other in zip(words, words, strict=True):
        first = (first + one + second) & _LOW_32
        second = (second + other + first) & _LOW_32
    return _Sums(first, second)
