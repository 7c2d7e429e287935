"""The journal on a disk: what was appended is read back, what was torn is cut off, what was damaged is refused."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.ports.errors import StoreBroken, StoreUnavailable
from sojourn.stores.embedded.errors import DamagedJournal, NewerFormat
from sojourn.stores.embedded.frames import FORMAT, START, Frame, Place
from sojourn.stores.embedded.journal import Journal
from sojourn.stores.embedded.recovery import Tail, mend_tail
from sojourn.stores.embedded.segments import Disk, frames_between, open_file, segments

SEGMENT_BYTES = 4096


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    with open_journal(folder) as journal:
        yield journal


def open_journal(folder: Path, end: Place = START, disk: Disk | None = None) -> Journal:
    return Journal(folder, end, segment_bytes=SEGMENT_BYTES, disk=disk)


def replayed(folder: Path, after: Place = START) -> tuple[list[bytes], Tail]:
    frames: list[Frame] = []
    tail = mend_tail(folder, after, frames.append)
    return [frame.payload for frame in frames], tail


def record(number: int, size_bytes: int = 100) -> bytes:
    return f"{number:04}".encode().ljust(size_bytes, b"x")


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def fails_from(call: int, code: int) -> Callable[[], None]:
    """An operation that succeeds until its n-th call, and fails from then on."""
    calls = iter(range(1, 1000))

    def count() -> None:
        if next(calls) >= call:
            raise OSError(code, os.strerror(code))

    return count


def test_records_come_back_in_their_order(journal: Journal, folder: Path) -> None:
    for number in range(5):
        journal.append(record(number))
    assert replayed(folder) == ([record(number) for number in range(5)], Tail(journal.end))


def test_an_empty_folder_is_the_beginning_of_a_journal(folder: Path) -> None:
    assert replayed(folder) == ([], Tail(START))


def test_records_behind_a_place_come_back_without_those_before_it(journal: Journal, folder: Path) -> None:
    journal.append(record(0))
    place = journal.append(record(1))
    journal.append(record(2))
    assert replayed(folder, place)[0] == [record(2)]


def test_a_reader_gets_what_is_durable_up_to_a_position(journal: Journal, folder: Path) -> None:
    journal.append(record(0))
    until = journal.append(record(1)).position
    journal.append(record(2))
    assert [frame.payload for frame in frames_between(folder, START, until)] == [record(0), record(1)]


def test_a_full_segment_is_followed_by_another(journal: Journal, folder: Path) -> None:
    for number in range(100):
        journal.append(record(number))
    assert len(segments(folder)) > 2
    assert replayed(folder)[0] == [record(number) for number in range(100)]
    read = frames_between(folder, START, journal.end.position)
    assert [frame.payload for frame in read] == [record(number) for number in range(100)]


def test_a_segment_is_named_by_the_position_of_its_first_byte(journal: Journal, folder: Path) -> None:
    before = 0
    while len(segments(folder)) < 2:
        before = journal.end.position
        journal.append(record(0))
    assert [segment.path.name for segment in segments(folder)] == [f"{0:020}.journal", f"{before:020}.journal"]


def test_a_record_larger_than_a_segment_gets_one_of_its_own_size(journal: Journal, folder: Path) -> None:
    sizes = [10, 3 * SEGMENT_BYTES, 10]
    for number, size_bytes in enumerate(sizes):
        journal.append(record(number, size_bytes))
    assert [len(payload) for payload in replayed(folder)[0]] == sizes
    assert len(segments(folder)) == 3


def test_a_large_record_may_be_the_first(journal: Journal, folder: Path) -> None:
    journal.append(record(0, 3 * SEGMENT_BYTES))
    assert replayed(folder)[0] == [record(0, 3 * SEGMENT_BYTES)]


def test_the_next_segment_is_there_before_it_is_needed(journal: Journal, folder: Path) -> None:
    while journal.end.position < SEGMENT_BYTES * 3 // 4:
        journal.append(record(0))
    journal.close()
    assert len(segments(folder)) == 1
    assert not (folder / "prepared").exists()


def test_a_journal_is_continued_after_it_was_closed(folder: Path) -> None:
    with open_journal(folder) as journal:
        end = journal.append(record(0))
    with open_journal(folder, end) as journal:
        journal.append(record(1))
    assert replayed(folder)[0] == [record(0), record(1)]


def test_segments_are_removed_once_a_position_has_passed_them(journal: Journal, folder: Path) -> None:
    places = [journal.append(record(number)) for number in range(100)]
    removed = journal.remove_before(places[60].position)
    assert removed > 0
    assert replayed(folder, places[60])[0] == [record(number) for number in range(61, 100)]


def test_the_segment_in_use_is_never_removed(journal: Journal, folder: Path) -> None:
    end = journal.append(record(0))
    assert journal.remove_before(end.position + 1_000_000) == 0
    assert len(segments(folder)) == 1


def test_after_a_rotation_everything_before_can_be_removed(journal: Journal, folder: Path) -> None:
    end = journal.append(record(0))
    journal.rotate()
    assert journal.remove_before(end.position) == 1
    journal.append(record(1))
    assert replayed(folder, end)[0] == [record(1)]


def test_rotating_an_empty_segment_changes_nothing(journal: Journal, folder: Path) -> None:
    journal.rotate()
    journal.rotate()
    assert len(segments(folder)) == 1


@pytest.mark.parametrize("kept", range(0, 121, 8))
def test_a_torn_last_record_is_cut_off_and_told(folder: Path, kept: int) -> None:
    with open_journal(folder) as journal:
        end = journal.append(record(0))
        journal.append(record(1))
    torn = segments(folder)[0].path
    data = torn.read_bytes()
    torn.write_bytes(data[: end.position + max(kept, 1)].ljust(len(data), b"\0"))
    payloads, tail = replayed(folder)
    if kept >= 116:  # Only zeros of the padding were missing.
        assert payloads == [record(0), record(1)]
    else:
        assert (payloads, tail.end) == ([record(0)], end)
        assert tail.cut_bytes > 0


def test_after_a_torn_record_was_cut_off_the_journal_goes_on(folder: Path) -> None:
    with open_journal(folder) as journal:
        end = journal.append(record(0))
        journal.append(record(1, 1000))
    torn = segments(folder)[0].path
    data = torn.read_bytes()
    torn.write_bytes(data[: end.position + 700].ljust(len(data), b"\0"))
    _, tail = replayed(folder)
    with open_journal(folder, tail.end) as journal:
        journal.append(record(2))
    assert replayed(folder)[0] == [record(0), record(2)]


def test_pages_of_a_torn_record_may_have_come_in_any_order(folder: Path) -> None:
    with open_journal(folder) as journal:
        end = journal.append(record(0))
        journal.append(record(1, 1000))
    torn = segments(folder)[0].path
    data = bytearray(torn.read_bytes())
    data[end.position : end.position + 512] = bytes(512)
    torn.write_bytes(data)
    payloads, tail = replayed(folder)
    assert (payloads, tail.end) == ([record(0)], end)
    assert tail.cut_bytes > 0


@given(st.data())
def test_damage_before_an_intact_record_is_refused_by_file_and_offset(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with open_journal(folder) as journal:
        ends = [START, *(journal.append(record(number)) for number in range(3))]
    damaged = data.draw(st.integers(0, 1))
    begin = max(ends[damaged].position, 32)
    flip(segments(folder)[0].path, data.draw(st.integers(begin, ends[damaged + 1].position - 1)))
    with pytest.raises(DamagedJournal) as refusal:
        replayed(folder)
    assert refusal.value.file == segments(folder)[0].path
    assert refusal.value.offset == begin


def test_damage_at_the_end_of_a_segment_that_another_follows_is_refused(folder: Path) -> None:
    end_of_first = 0
    with open_journal(folder) as journal:
        while len(segments(folder)) < 2:
            end_of_first = journal.end.position
            journal.append(record(0))
    flip(segments(folder)[0].path, end_of_first - 20)
    with pytest.raises(DamagedJournal):
        replayed(folder)


def test_a_missing_segment_is_refused(folder: Path) -> None:
    with open_journal(folder) as journal:
        while len(segments(folder)) < 3:
            journal.append(record(0))
    segments(folder)[1].path.unlink()
    with pytest.raises(DamagedJournal):
        replayed(folder)


def test_a_journal_that_begins_behind_what_is_known_is_refused(folder: Path) -> None:
    with open_journal(folder) as journal:
        while len(segments(folder)) < 2:
            journal.append(record(0))
    segments(folder)[0].path.unlink()
    with pytest.raises(DamagedJournal, match="missing"):
        replayed(folder)


def test_a_lost_journal_is_refused(folder: Path) -> None:
    with pytest.raises(DamagedJournal, match="missing"):
        replayed(folder, Place(4096, 7))


def test_a_record_of_another_journal_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    end = START
    for place, number in ((folder, 1), (other, 2)):
        with open_journal(place) as journal:
            journal.append(record(number))
            end = journal.append(record(3))
            journal.append(record(4))
    mine, theirs = segments(folder)[0].path, segments(other)[0].path
    data = mine.read_bytes()
    mine.write_bytes(data[: end.position] + theirs.read_bytes()[end.position :])
    with pytest.raises(DamagedJournal):
        replayed(folder)


def test_a_segment_of_a_later_version_is_refused_with_a_clear_text(folder: Path) -> None:
    from struct import pack

    from crc32c import crc32c

    said = pack("<8sIIQ", b"SOJOURN\n", FORMAT + 1, 0, 0)
    (folder / f"{0:020}.journal").write_bytes(said + pack("<I4x", crc32c(said)) + bytes(100))
    with pytest.raises(NewerFormat, match=re.escape(f"has format {FORMAT + 1}")):
        replayed(folder)


def test_a_failed_sync_is_told_as_broken_and_not_tried_again(folder: Path) -> None:
    syncs = fails_from(4, errno.EIO)
    calls = []

    def sync(descriptor: int) -> None:
        calls.append(descriptor)
        syncs()

    with open_journal(folder, disk=Disk(sync=sync)) as journal:
        journal.append(record(0))
        before = len(calls)
        with pytest.raises(StoreBroken, match="synced"):
            journal.append(record(1))
        assert len(calls) == before + 1


def test_a_failed_write_leaves_nothing_and_can_be_tried_again(folder: Path) -> None:
    full = False

    def write(descriptor: int, data: bytes, offset: int) -> int:
        if full and any(data):
            if len(data) > 50:
                return os.pwrite(descriptor, data[:50], offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(descriptor, data, offset)

    with open_journal(folder, disk=Disk(write=write)) as journal:
        end = journal.append(record(0))
        full = True
        with pytest.raises(StoreUnavailable, match="No space left"):
            journal.append(record(1, 90))
        assert replayed(folder) == ([record(0)], Tail(end))
        full = False
        journal.append(record(2))
    assert replayed(folder)[0] == [record(0), record(2)]


def test_a_failed_write_that_cannot_be_undone_is_told_as_broken(folder: Path) -> None:
    fails = False

    def write(descriptor: int, data: bytes, offset: int) -> int:
        if fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return os.pwrite(descriptor, data, offset)

    with open_journal(folder, disk=Disk(write=write)) as journal:
        fails = True
        with pytest.raises(StoreBroken, match="cannot be undone"):
            journal.append(record(0))


def test_a_segment_that_cannot_be_opened_leaves_the_one_in_use_in_use(folder: Path) -> None:
    refused = False

    def open_or_refuse(path: Path, flags: int) -> int:
        if refused:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return open_file(path, flags)

    with open_journal(folder, disk=Disk(open=open_or_refuse)) as journal:
        journal.append(record(0))
        refused = True
        with pytest.raises(StoreUnavailable, match="Too many open files"):
            journal.rotate()
        journal.append(record(1))
        refused = False
        journal.rotate()
        journal.append(record(2))
    assert replayed(folder)[0] == [record(0), record(1), record(2)]


def test_a_segment_that_cannot_be_made_leaves_the_journal_as_it_was(folder: Path) -> None:
    with open_journal(folder) as journal:
        end = journal.append(record(0))
        (folder / "prepared").mkdir()
        with pytest.raises(StoreUnavailable):
            journal.append(record(1, 2 * SEGMENT_BYTES))
        (folder / "prepared").rmdir()
        assert replayed(folder) == ([record(0)], Tail(end))
        journal.append(record(2, 2 * SEGMENT_BYTES))
    assert replayed(folder)[0] == [record(0), record(2, 2 * SEGMENT_BYTES)]
