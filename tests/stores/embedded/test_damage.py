"""Damage to a file of a data folder, stopped or in use: the right answers, or a word with file and place.

`make damage PLACES=500` harms as many places of each kind of file, in each way, as one likes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from sojourn.core.limits import KIB, Limits
from sojourn.ports.errors import StoreError
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded.database import DATABASE
from sojourn.stores.embedded.identity_key import KEY_FILE, identity_secret
from sojourn.stores.embedded.register import REGISTER, registered
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.testing.builders import a_profile, a_session, a_source, a_tally, an_erasure_order, an_event
from sojourn.testing.stores import keep
from tests.stores.embedded.under_test import copy_folder, wait_for_materialiser

LIMITS = Limits(journal_segment_bytes=16 * KIB, disk_reserve_bytes=1, settle_timeout_s=1)
PEOPLE = 36
PAGE_BYTES = 4 * KIB
ERASED = an_erasure_order().id


class Seen(NamedTuple):
    """What a store answers, and what it has said meanwhile."""

    answers: tuple[object, ...]
    said: str


async def keep_people(store: EmbeddedStore, numbers: range) -> None:
    for number in numbers:
        person, visit = f"person-{number}", f"visit-{number}"
        long = {"text": f"{number} " * (6_000 if number % 12 == 5 else 1)}
        event = an_event(f"view-{number}", session=visit, profile=person, properties=long)
        await keep(store, a_profile(person), a_session(visit, profile=person), event, a_tally())


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which some is in the database file, some in its WAL only, and some in the journal only."""
    folder = tmp_path_factory.mktemp("damage")

    async def work() -> None:
        store = await EmbeddedStore.open(folder / "live", LIMITS, materialise="inline")
        await store.catalog.add_source(a_source())
        await identity_secret(folder / "live", store.catalog, None, bits=random.Random(1).getrandbits(256))
        third = PEOPLE // 3
        await keep_people(store, range(third))
        await store.erase("person-0", an_erasure_order())
        await store.outcomes()
        await keep_people(store, range(third, 2 * third))
        await store.outcomes()
        await store.catalog.add_source(a_source(id="late"))
        await keep_people(store, range(2 * third, PEOPLE))
        await wait_for_materialiser(store)
        copy_folder(folder / "live", folder / "crashed")
        await store.close()

    asyncio.run(work())
    return folder / "crashed"


async def answers_of(store: EmbeddedStore, folder: Path) -> tuple[object, ...]:
    """All that a folder can be asked."""
    return (
        [await store.profile(f"person-{number}") for number in range(PEOPLE)],
        [await store.session(f"visit-{number}") for number in range(PEOPLE)],
        await store.events(EventQuery(), limit=100),
        await store.outcomes(),
        store.catalog.sources(),
        await identity_secret(folder, store.catalog, None, bits=0),
    )


async def seen_in(folder: Path, harm: Callable[[], None] = lambda: None) -> Seen:
    """What a store says of a folder that is harmed while it is open; a second one, after it; and the register."""
    answers: list[tuple[object, ...]] = []
    with capture_logs() as logs:
        try:
            for act in (harm, lambda: None):
                store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
                try:
                    act()
                    answers.append(await answers_of(store, folder))
                finally:
                    await store.close()
            answers.append((registered(folder / REGISTER).get(ERASED),))
        except (StoreError, OSError) as error:
            return Seen(tuple(answers), f"{logs} {error}")
    return Seen(tuple(answers), str(logs))


def file_of(folder: Path, kind: str) -> Path:
    journal = [segment.path for segment in segments(folder / "journal")]
    return {
        "the first segment": journal[0],
        "the last segment": journal[-1],
        "the database": folder / DATABASE,
        "its WAL": folder / f"{DATABASE}-wal",
        "the secret of ids": folder / KEY_FILE,
        "the register of erasures": folder / REGISTER,
    }[kind]


KINDS = (
    "the first segment",
    "the last segment",
    "the database",
    "its WAL",
    "the secret of ids",
    "the register of erasures",
)


def flip(data: bytearray, place: float, chance: random.Random) -> None:
    data[int(place * len(data))] ^= 1 << chance.randrange(8)


def zero_a_page(data: bytearray, place: float, chance: random.Random) -> None:
    begin = int(place * len(data)) // PAGE_BYTES * PAGE_BYTES
    length = len(data[begin : begin + PAGE_BYTES])
    data[begin : begin + length] = bytes(length)


def truncate(data: bytearray, place: float, chance: random.Random) -> None:
    del data[int(place * len(data)) :]


HARMS = (flip, zero_a_page, truncate)
TIMES = ("stopped", "in use")


@pytest.fixture(scope="module")
def unharmed(crashed: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    copy = tmp_path_factory.mktemp("unharmed") / "data"
    copy_folder(crashed, copy)
    return asyncio.run(seen_in(copy))


def test_in_a_folder_that_is_whole_there_is_nothing_to_say(unharmed: Seen) -> None:
    assert "unfinished" not in unharmed.said
    assert len(unharmed.answers) == 3
    assert unharmed.answers[-1] != (None,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("when", TIMES)
def test_damage_never_makes_a_wrong_answer_in_silence(
    crashed: Path,
    unharmed: Seen,
    kind: str,
    harm: Callable[..., None],
    when: str,
    pytestconfig: pytest.Config,
) -> None:
    places, given = pytestconfig.getoption("places"), pytestconfig.getoption("seed")
    seed = random.randrange(2**32) if given is None else given
    chance = random.Random(f"{seed} {kind} {harm.__name__} {when}")
    for number in range(-(-places // (len(KINDS) * len(HARMS) * len(TIMES)))):
        place = chance.random()
        seen = after_harm(crashed, kind, partial(harm, place=place, chance=chance), is_in_use=when == "in use")
        # What an open database reads from its WAL is not looked at before it is brought in (nothing-lost.md).
        judged = slice(int(when == "in use" and kind == "its WAL"), len(seen.answers))
        is_right = seen.answers[judged] == unharmed.answers[judged]
        is_whole = is_right and len(seen.answers) == len(unharmed.answers)
        where = f"seed {seed}, place {number} at {place}: {seen.said}"
        assert is_whole or file_of(crashed, kind).name.removesuffix("-wal") in seen.said, where
        assert is_right or "unfinished" in seen.said, where


def after_harm(crashed: Path, kind: str, harm: Callable[[bytearray], None], *, is_in_use: bool) -> Seen:
    """What is seen of a copy of a folder when a file of it was harmed."""
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "data"
        copy_folder(crashed, folder)
        damaged = file_of(folder, kind)

        def do_harm() -> None:
            data = bytearray(damaged.read_bytes())
            if data:
                harm(data)
                damaged.write_bytes(data)

        if is_in_use:
            return asyncio.run(seen_in(folder, do_harm))
        do_harm()
        return asyncio.run(seen_in(folder))


@pytest.mark.parametrize("offset", [0, 8, 16, 20, 24, 31])
async def test_a_damaged_header_of_the_wal_is_told(crashed: Path, tmp_path: Path, offset: int) -> None:
    copy_folder(crashed, tmp_path / "data")
    wal = tmp_path / "data" / f"{DATABASE}-wal"
    data = bytearray(wal.read_bytes())
    data[offset] ^= 1
    wal.write_bytes(data)
    assert f"'file': '{wal}', 'offset': 0" in (await seen_in(tmp_path / "data")).said
