"""The write-ahead log of SQLite, as far as one must know it to tell whether it is whole.

SQLite looks at its checksums only when it opens it, and stops at the first frame that does not match, without a word:
that is how an unfinished write looks. Whoever has it open reads it as it is. The form is that of
https://www.sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from struct import Struct, pack, unpack
from typing import BinaryIO, NamedTuple

_HEADER = Struct(">IIIIIIII")
_FRAME_HEADER = Struct(">IIIIII")
_CHECKED_OF_HEADER_BYTES = 24
_CHECKED_OF_FRAME_HEADER_BYTES = 8
_PAIR_BYTES = 8
"""Two words, which the sums take in at a time; the checksum of a page is as long."""
_BIG = ">"
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


def damaged_frame(path: Path, is_sound: Callable[[bytes], bool], read_frames: int | None = None) -> int | None:
    """The offset of the first part that does not match its checksum; None when all match. Raises OSError.

    `is_sound` compares a page of the database with the checksum at its end. `read_frames` is how many frames SQLite
    reads; without it, all count that are there. Frames that an earlier round left behind the end do not count; they
    carry other salts.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        if not header:
            return None
        if len(header) < _HEADER.size or (sums := _sums_of_header(header)) is None:
            return 0
        magic, _, page_bytes, _, *salts, _, _ = _HEADER.unpack(header)
        order = _order_of(magic)
        for frame in _frames(
            file, page_bytes, _written(file, page_bytes, salts) if read_frames is None else read_frames
        ):
            if frame.salts != salts or not _matches(frame, sums, order, is_sound):
                return frame.offset
            sums = frame.sums
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


def _frames(file: BinaryIO, page_bytes: int, count: int) -> Iterator[_Frame]:
    """The first frames, as far as they are there as a whole."""
    file.seek(_HEADER.size)
    for _ in range(count):
        offset = file.tell()
        header, page = file.read(_FRAME_HEADER.size), file.read(page_bytes)
        if len(page) < page_bytes:
            return
        _, _, *salts, first, second = _FRAME_HEADER.unpack(header)
        yield _Frame(offset, header, salts, _Sums(first, second), page)


def _written(file: BinaryIO, page_bytes: int, salts: list[int]) -> int:
    """How many frames there are up to the last one of this round."""
    stride = _FRAME_HEADER.size + page_bytes
    written = 0
    for number in range((os.fstat(file.fileno()).st_size - _HEADER.size) // stride):
        file.seek(_HEADER.size + number * stride)
        _, _, *found, _, _ = _FRAME_HEADER.unpack(file.read(_FRAME_HEADER.size))
        if found == salts:
            written = number + 1
    return written


def _sums_of_header(data: bytes) -> _Sums | None:
    """The running sums behind the header, from which those of the frames go on; None where it is damaged."""
    magic, *_, first, second = _HEADER.unpack_from(data)
    sums = _sums_after(_Sums(0, 0), data[:_CHECKED_OF_HEADER_BYTES], _order_of(magic))
    return sums if magic in _MAGICS and sums == _Sums(first, second) else None


def _order_of(magic: int) -> str:
    return _BIG if magic == _BIG_ENDIAN else "<"


def _matches(frame: _Frame, before: _Sums, order: str, is_sound: Callable[[bytes], bool]) -> bool:
    """Whether the sums of a frame are those before it, carried on over it."""
    begun = _sums_after(before, frame.header[:_CHECKED_OF_FRAME_HEADER_BYTES], order)
    if order == _BIG:
        return _sums_after(begun, frame.page, order) == frame.sums
    # The checksum of a page is made in the same way, from nought and without the last two words. Since the sums are
    # linear in the words, what they must have been there follows from what they are, and SQLite adds up the page.
    first, second = _from_nought(frame.sums, begun, len(frame.page))
    one, other = unpack(f"{order}II", frame.page[-_PAIR_BYTES:])
    second = (second - first - other) & _LOW_32
    first = (first - one - second) & _LOW_32
    return is_sound(frame.page[:-_PAIR_BYTES] + pack(f"{order}II", first, second))


def _from_nought(sums: _Sums, begun: _Sums, count_bytes: int) -> _Sums:
    """What sums over so many bytes would be, had they begun with nought instead of there."""
    own, mixed, second_own = _powers(count_bytes // _PAIR_BYTES)
    first = sums.first - own * begun.first - mixed * begun.second
    second = sums.second - mixed * begun.first - second_own * begun.second
    return _Sums(first & _LOW_32, second & _LOW_32)


class _Powers(NamedTuple):
    """How sums count after so many pairs of words: the first in the first, each in the other, the second in itself."""

    first: int
    mixed: int
    second: int


@cache
def _powers(pairs: int) -> _Powers:
    first, mixed, second = 1, 0, 1
    for _ in range(pairs):
        first, mixed, second = first + mixed, mixed + second, mixed + 2 * second
    return _Powers(first & _LOW_32, mixed & _LOW_32, second & _LOW_32)


def _sums_after(sums: _Sums, data: bytes, order: str) -> _Sums:
    first, second = sums
    words = iter(unpack(f"{order}{len(data) // 4}I", data))
    for one, other in zip(words, words, strict=True):
        first = (first + one + second) & _LOW_32
        second = (second + other + first) & _LOW_32
    return _Sums(first, second)
