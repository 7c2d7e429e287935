"""A bit that turned over in a folder whose server has crashed: the right answers, or a word with file and place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from sojourn.core.limits import KIB, Limits
from sojourn.ports.errors import StoreError
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded.database import DATABASE
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.testing.builders import a_profile, a_session, a_source, a_tally, an_event
from sojourn.testing.stores import keep
from tests.stores.embedded.under_test import copy_folder, wait_for_materialiser

LIMITS = Limits(journal_segment_bytes=4 * KIB, disk_reserve_bytes=1)
PEOPLE = 12


class Seen(NamedTuple):
    """What a store answers, and what it has said meanwhile."""

    answers: tuple[object, ...]
    said: str


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which some is in the database file, some in its WAL only, and some in the journal only."""
    folder = tmp_path_factory.mktemp("damage")

    async def work() -> None:
        store = await EmbeddedStore.open(folder / "live", LIMITS, materialise="inline")
        await store.catalog.add_source(a_source())
        for number in range(PEOPLE):
            if number == PEOPLE // 2:
                await store.outcomes()
                await store.catalog.add_source(a_source(id="late"))
            person, visit = f"person-{number}", f"visit-{number}"
            event = an_event(f"view-{number}", session=visit, profile=person)
            await keep(store, a_profile(person), a_session(visit, profile=person), event, a_tally())
        await wait_for_materialiser(store)
        copy_folder(folder / "live", folder / "crashed")
        await store.close()

    asyncio.run(work())
    return folder / "crashed"


@pytest.fixture(scope="module")
def unharmed(crashed: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    copy = tmp_path_factory.mktemp("unharmed") / "data"
    copy_folder(crashed, copy)
    return asyncio.run(seen_in(copy))


async def seen_in(folder: Path) -> Seen:
    with capture_logs() as logs:
        store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
        try:
            answers = (
                [await store.profile(f"person-{number}") for number in range(PEOPLE)],
                [await store.session(f"visit-{number}") for number in range(PEOPLE)],
                await store.events(EventQuery(), limit=100),
                await store.outcomes(),
                store.catalog.sources(),
            )
        finally:
            await store.close()
    return Seen(answers, str(logs))


def files_of(folder: Path) -> dict[str, Path]:
    journal = [segment.path for segment in segments(folder / "journal")]
    return {
        "the first segment": journal[0],
        "the last segment": journal[-1],
        "the database": folder / DATABASE,
        "its WAL": folder / f"{DATABASE}-wal",
    }


def test_in_a_folder_that_is_whole_there_is_nothing_to_say(unharmed: Seen) -> None:
    assert "unfinished" not in unharmed.said


@given(
    kind=st.sampled_from(["the first segment", "the last segment", "the database", "its WAL"]),
    place=st.floats(0, 1, exclude_max=True),
    bit=st.integers(0, 7),
)
def test_a_bit_that_turned_over_never_makes_a_wrong_answer_in_silence(
    crashed: Path, unharmed: Seen, kind: str, place: float, bit: int
) -> None:
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "data"
        copy_folder(crashed, folder)
        damaged = files_of(folder)[kind]
        data = bytearray(damaged.read_bytes())
        data[int(place * len(data))] ^= 1 << bit
        damaged.write_bytes(data)
        try:
            seen = asyncio.run(seen_in(folder))
        except StoreError as refusal:
            seen = Seen((), str(refusal))
        assert seen.answers == unharmed.answers or damaged.name.removesuffix("-wal") in seen.said


@pytest.mark.parametrize("offset", [0, 8, 16, 20, 24, 31])
async def test_a_damaged_header_of_the_wal_is_told(crashed: Path, tmp_path: Path, offset: int) -> None:
    copy_folder(crashed, tmp_path / "data")
    wal = tmp_path / "data" / f"{DATABASE}-wal"
    data = bytearray(wal.read_bytes())
    data[offset] ^= 1
    wal.write_bytes(data)
    assert f"'file': '{wal}', 'offset': 0" in (await seen_in(tmp_path / "data")).said
