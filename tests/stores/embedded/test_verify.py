"""`verify_folder` finds every bit that turned over, wherever it matters, and names the place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.core.limits import KIB, Limits
from sojourn.stores.embedded.database import DATABASE, PAGE_BYTES
from sojourn.stores.embedded.errors import NewerFormat
from sojourn.stores.embedded.frames import FORMAT
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.stores.embedded.verify import Finding, verify_folder
from sojourn.testing.builders import a_profile, a_session, a_source, a_tally, an_event
from sojourn.testing.stores import keep
from tests.stores.embedded.under_test import copy_folder

LIMITS = Limits(journal_segment_bytes=4 * KIB, disk_reserve_bytes=1)


async def fill(store: EmbeddedStore, people: range) -> None:
    for number in people:
        person, visit = f"person-{number}", f"visit-{number}"
        event = an_event(f"view-{number}", session=visit, profile=person)
        await keep(store, a_profile(person), a_session(visit, profile=person), event, a_tally())


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all kinds of files: half of what it has is in the database, some of it only in the WAL."""
    folder = tmp_path_factory.mktemp("verify")

    async def work() -> None:
        store = await EmbeddedStore.open(folder / "live", LIMITS, materialise="inline")
        await store.catalog.add_source(a_source())
        await fill(store, range(20))
        await store.outcomes()
        # What a start finds in the WAL is brought into the database first; what comes after stays there for a while.
        await fill(store, range(20, 25))
        await store.outcomes()
        await fill(store, range(25, 30))
        copy_folder(folder / "live", folder / "crashed")
        await store.close()

    asyncio.run(work())
    return folder / "crashed"


@pytest.fixture
def folder(crashed: Path, tmp_path: Path) -> Path:
    copy_folder(crashed, tmp_path / "data")
    return tmp_path / "data"


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes((byte ^ 0x10,)))


def test_a_whole_folder_has_nothing_to_find(folder: Path) -> None:
    assert verify_folder(folder) == []


def test_looking_changes_nothing_that_counts(folder: Path) -> None:
    files = [*(segment.path for segment in segments(folder / "journal")), folder / DATABASE]
    before = [path.read_bytes() for path in files]
    verify_folder(folder)
    assert [path.read_bytes() for path in files] == before


@given(place=st.floats(0, 1, exclude_max=True))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_in_a_record_is_found_by_file_and_offset(folder: Path, place: float) -> None:
    segment = segments(folder / "journal")[1]
    used = len(segment.path.read_bytes().rstrip(b"\0"))
    offset = int(place * used)
    flip(segment.path, offset)
    findings = verify_folder(folder)
    flip(segment.path, offset)
    assert findings[0].file == str(segment.path)
    assert findings[0].offset is not None
    assert findings[0].offset <= offset


def test_a_flipped_bit_in_the_last_record_is_found(folder: Path) -> None:
    last = segments(folder / "journal")[-1]
    flip(last.path, len(last.path.read_bytes().rstrip(b"\0")) - 1)
    (finding,) = verify_folder(folder)
    assert finding.file == str(last.path)
    assert "never finished" in finding.problem


def test_damage_at_several_places_is_found_at_all_of_them(folder: Path) -> None:
    first, second, *_ = segments(folder / "journal")
    flip(first.path, 100)
    flip(second.path, 100)
    assert {finding.file for finding in verify_folder(folder)} == {str(first.path), str(second.path)}


def test_a_missing_segment_is_found(folder: Path) -> None:
    first, second, third, *_ = segments(folder / "journal")
    second.path.unlink()
    assert Finding(str(third.path), 0, f"the record that ends at position {third.base} is missing") in verify_folder(
        folder
    )
    assert first.path.exists()


@given(place=st.floats(0, 1, exclude_max=True))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_in_the_wal_is_found_by_file_and_offset(folder: Path, place: float) -> None:
    path = folder / f"{DATABASE}-wal"
    offset = int(
        place * (path.stat().st_size - PAGE_BYTES - 24)
    )  # The last frame may look like one of an earlier round.
    flip(path, offset)
    findings = verify_folder(folder)
    flip(path, offset)
    assert findings[0].file == str(path)
    assert findings[0].offset is not None
    assert findings[0].offset <= offset < findings[0].offset + PAGE_BYTES + 24


@given(place=st.floats(0, 1, exclude_max=True))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_anywhere_in_the_database_is_found(folder: Path, place: float) -> None:
    path = folder / DATABASE
    offset = int(place * path.stat().st_size)
    flip(path, offset)
    findings = verify_folder(folder)
    flip(path, offset)
    assert [(finding.file, finding.offset) for finding in findings] == [(str(path), offset // PAGE_BYTES * PAGE_BYTES)]


def test_a_database_that_is_ahead_of_the_journal_is_found(folder: Path) -> None:
    for segment in segments(folder / "journal")[1:]:
        segment.path.unlink()
    (finding,) = verify_folder(folder)
    assert "where the database has come to" in finding.problem


def test_a_lost_journal_is_found(folder: Path) -> None:
    for segment in segments(folder / "journal"):
        segment.path.unlink()
    assert Finding(str(folder / "journal"), None, "the journal is missing") in verify_folder(folder)


def test_a_lost_database_is_found(folder: Path) -> None:
    (folder / DATABASE).unlink()
    assert verify_folder(folder) == [Finding(str(folder / DATABASE), None, "the database is missing")]


def test_a_segment_of_a_later_version_is_refused(folder: Path) -> None:
    from struct import pack

    from crc32c import crc32c

    said = pack("<8sIIQ", b"SOJOURN\n", FORMAT + 1, 0, 0)
    segments(folder / "journal")[0].path.write_bytes(said + pack("<I4x", crc32c(said)))
    with pytest.raises(NewerFormat):
        verify_folder(folder)


def test_findings_can_be_told_as_json() -> None:
    assert msgspec.json.encode(Finding("file", 7, "a page is damaged")).startswith(b'{"file":"file"')


async def test_beside_a_server_at_work_there_is_nothing_to_find(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "data", LIMITS, materialise="inline")
    looking = asyncio.create_task(asyncio.to_thread(verify_folder, tmp_path / "data"))
    number = 0
    while not looking.done() or number < 20:
        await fill(store, range(number, number + 5))
        number += 5
    assert await looking == []
    await store.close()
