"""The write-ahead log of SQLite, as far as one must know it to tell whether it is whole.

SQLite itself stops reading it at the first frame whose checksum does not match, without a word: that is how an
unfinished write looks. The form is that of https://www.sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

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
    magic, _, page_bytes, _, *salts, first, second = _HEADER.unpack_from(data)
    order = ">" if magic == _BIG_ENDIAN else "<"
    sums = _sums_after(_Sums(0, 0), data[:_CHECKED_OF_HEADER_BYTES], order)
    if magic not in _MAGICS or sums != _Sums(first, second):
        return 0
    frames = list(_frames(data, page_bytes))
    written = max((index for index, frame in enumerate(frames) if frame.salts == salts), default=-1) + 1
    for frame in frames[:written]:
        sums = _sums_after(sums, frame.header[:_CHECKED_OF_FRAME_HEADER_BYTES] + frame.page, order)
        if frame.salts != salts or sums != frame.sums:
            return frame.offset
    return None


def _frames(data: bytes, page_bytes: int) -> Iterator[_Frame]:
    """Every frame that is there as a whole."""
    for offset in range(_HEADER.size, len(data) - _FRAME_HEADER.size - page_bytes + 1, _FRAME_HEADER.size + page_bytes):
        page_at = offset + _FRAME_HEADER.size
        header = data[offset:page_at]
        _, _, *salts, first, second = _FRAME_HEADER.unpack(header)
        yield _Frame(offset, header, salts, _Sums(first, second), data[page_at : page_at + page_bytes])


def _sums_after(sums: _Sums, data: bytes, order: str) -> _Sums:
    first, second = sums
    words = iter(unpack(f"{order}{len(data) // 4}I", data))
    for one, other in zip(words, words, strict=True):
        first = (first + one + second) & _LOW_32
        second = (second + other + first) & _LOW_32
    return _Sums(first, second)
