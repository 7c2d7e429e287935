"""The form of records in the journal: what goes in comes out, and nothing that was changed passes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sojourn.stores.embedded.frames import (
    FRAME_HEADER_BYTES,
    Frame,
    Place,
    body_bytes,
    find_frame,
    frame_bytes,
    read_frame,
    read_segment_header,
    write_frame,
    write_segment_header,
)

payloads = st.binary(min_size=1, max_size=200)
places = st.builds(Place, st.integers(0, 2**40).map(lambda number: number * 8), st.integers(0, 2**32 - 1))


def read(data: bytes, position: int) -> Frame | None:
    header = data[:FRAME_HEADER_BYTES]
    return read_frame(header, data[FRAME_HEADER_BYTES:][: body_bytes(header)], position)


@given(payloads, places)
def test_a_record_comes_back_as_it_was_written(payload: bytes, at: Place) -> None:
    data, end = write_frame(payload, at)
    assert read(data, at.position) == Frame(payload, at.link, end)


@given(payloads, places)
def test_a_record_takes_the_room_that_was_foretold_and_ends_on_a_multiple_of_eight(payload: bytes, at: Place) -> None:
    data, end = write_frame(payload, at)
    assert end.position == at.position + len(data)
    assert len(data) == frame_bytes(len(payload))
    assert end.position % 8 == 0


@given(payloads, places, st.data())
def test_any_flipped_bit_is_noticed(payload: bytes, at: Place, data: st.DataObject) -> None:
    written, _ = write_frame(payload, at)
    bit = data.draw(st.integers(0, 8 * len(written) - 1))
    flipped = bytearray(written)
    flipped[bit // 8] ^= 1 << bit % 8
    assert read(bytes(flipped), at.position) is None


@given(payloads, places, st.data())
def test_a_record_that_was_torn_anywhere_is_noticed(payload: bytes, at: Place, data: st.DataObject) -> None:
    written, _ = write_frame(payload, at)
    kept = data.draw(st.integers(0, len(written) - 1))
    assert read(written[:kept], at.position) is None


@given(st.binary(min_size=9, max_size=200).filter(lambda payload: any(payload[8:])), places, st.data())
def test_a_record_whose_last_part_was_never_written_is_noticed(payload: bytes, at: Place, data: st.DataObject) -> None:
    written, _ = write_frame(payload, at)
    last_said = len(written.rstrip(b"\0")) - 1
    kept = data.draw(st.integers(0, last_said))
    assert read(written[:kept].ljust(len(written), b"\0"), at.position) is None


@given(payloads, places, places)
def test_a_record_that_stands_where_it_was_not_written_is_noticed(payload: bytes, at: Place, other: Place) -> None:
    data, _ = write_frame(payload, at)
    assert other.position == at.position or read(data, other.position) is None


@given(payloads, payloads, places)
def test_a_record_names_the_one_before_it(first: bytes, second: bytes, at: Place) -> None:
    _, between = write_frame(first, at)
    data, _ = write_frame(second, between)
    frame = read(data, between.position)
    assert frame is not None
    assert frame.link == between.link


@given(st.binary(max_size=100), payloads, places)
def test_an_intact_record_is_found_behind_rubbish(rubbish: bytes, payload: bytes, at: Place) -> None:
    rubbish = rubbish + b"\xf5SJ\xff" + bytes(20)
    data, _ = write_frame(payload, Place(at.position + len(rubbish), at.link))
    assert find_frame(rubbish + data, at.position) == len(rubbish)


@given(st.binary(max_size=300), places)
def test_no_record_is_found_in_rubbish(rubbish: bytes, at: Place) -> None:
    assert find_frame(rubbish, at.position) is None


@given(places)
def test_a_segment_says_where_it_begins(begin: Place) -> None:
    header = read_segment_header(write_segment_header(begin))
    assert header is not None
    assert header.begin == begin


@given(places, st.integers(0, 32 * 8 - 1))
def test_any_flipped_bit_in_the_header_of_a_segment_is_noticed(begin: Place, bit: int) -> None:
    flipped = bytearray(write_segment_header(begin))
    flipped[bit // 8] ^= 1 << bit % 8
    assert read_segment_header(bytes(flipped)) is None
