"""How a record stands in the journal: framed, checked and chained. Bytes in, bytes out; no file is touched here.

A journal is one long sequence of bytes, cut into segment files. A *position* counts the bytes before a place, from the
beginning of the journal, like an offset in Kafka. A segment begins with a header:

    magic 8 | format 4 | link 4 | base 8 | crc 4 | zero 4        base: the position of the segment's first byte

and goes on with frames, each on a multiple of eight bytes:

    mark 4 | length 4 | link 4 | crc 4 | payload | zeros up to a multiple of eight

`link` is the CRC of the frame before, across segments, and `crc` is the CRC-32C of the frame's own position, length,
link, payload and padding. So a record that is flipped, torn, moved, missing or foreign shows, and an intact one can be
told from chance bytes, which is how damage in the middle differs from a write that never ended.
"""

from __future__ import annotations

from struct import Struct

import msgspec
from crc32c import crc32c

FORMAT = 1
SEGMENT_HEADER_BYTES = 32
FRAME_HEADER_BYTES = 16
ALIGNMENT = 8

# Neither 0xF5 nor 0xFF occurs in UTF-8, so that no JSON text in a payload can look like the beginning of a frame.
_MARK = b"\xf5SJ\xff"
_MAGIC = b"SOJOURN\n"
_FRAME_HEADER = Struct("<4sIII")
_FRAME_SEED = Struct("<QII")
_SEGMENT_HEADER = Struct("<8sIIQ")
_CRC = Struct("<I4x")


class Place(msgspec.Struct, frozen=True, gc=False):
    """A place between two records: its position, and the CRC of the record that ends there (0 at the beginning)."""

    position: int
    link: int


START = Place(0, 0)


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A record that was read back whole, and the place behind it."""

    payload: bytes
    link: int
    """The CRC of the record that stood before it when it was written."""
    end: Place


class SegmentHeader(msgspec.Struct, frozen=True, gc=False):
    """What a segment says of itself: its format, and the place where it begins."""

    format: int
    begin: Place


def frame_bytes(payload_bytes: int) -> int:
    """How much room a payload of this many bytes takes."""
    return FRAME_HEADER_BYTES + payload_bytes + _padding(payload_bytes)


def write_frame(payload: bytes, at: Place) -> tuple[bytes, Place]:
    """The bytes of a record that begins at a place, and the place behind it. A payload is never empty."""
    body = payload + bytes(_padding(len(payload)))
    crc = _crc_of(body, len(payload), at)
    header = _FRAME_HEADER.pack(_MARK, len(payload), at.link, crc)
    return header + body, Place(at.position + FRAME_HEADER_BYTES + len(body), crc)


def body_bytes(header: bytes) -> int:
    """How many bytes follow a frame's header, judged by the header alone; 0 where it is no header of a frame."""
    if len(header) < FRAME_HEADER_BYTES or not header.startswith(_MARK):
        return 0
    length: int = _FRAME_HEADER.unpack_from(header)[1]
    return length + _padding(length)


def read_frame(header: bytes, body: bytes, position: int) -> Frame | None:
    """The record that begins at a position; None when these bytes are not one, whole and unharmed."""
    if body_bytes(header) != len(body) or not body:
        return None
    _, length, link, crc = _FRAME_HEADER.unpack_from(header)
    if _crc_of(body, length, Place(position, link)) != crc:
        return None
    return Frame(body[:length], link, Place(position + FRAME_HEADER_BYTES + len(body), crc))


def find_frame(data: bytes, position: int) -> int | None:
    """The offset of the first intact record in data whose first byte has this position; None when there is none."""
    offset = data.find(_MARK)
    while offset >= 0:
        body_at = offset + FRAME_HEADER_BYTES
        header = data[offset:body_at]
        if read_frame(header, data[body_at : body_at + body_bytes(header)], position + offset) is not None:
            return offset
        offset = data.find(_MARK, offset + 1)
    return None


def write_segment_header(begin: Place) -> bytes:
    """The first bytes of a segment that begins at a place."""
    said = _SEGMENT_HEADER.pack(_MAGIC, FORMAT, begin.link, begin.position)
    return said + _CRC.pack(crc32c(said))


def read_segment_header(data: bytes) -> SegmentHeader | None:
    """What the first bytes of a segment say; None when they are not its header, whole and unharmed."""
    if len(data) < SEGMENT_HEADER_BYTES or not data.startswith(_MAGIC):
        return None
    said = data[: _SEGMENT_HEADER.size]
    if data[_SEGMENT_HEADER.size : SEGMENT_HEADER_BYTES] != _CRC.pack(crc32c(said)):
        return None
    _, number, link, base = _SEGMENT_HEADER.unpack(said)
    return SegmentHeader(number, Place(base, link))


def _padding(payload_bytes: int) -> int:
    return -payload_bytes % ALIGNMENT


def _crc_of(body: bytes, length: int, at: Place) -> int:
    return crc32c(body, crc32c(_FRAME_SEED.pack(at.position, length, at.link)))
