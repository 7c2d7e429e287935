"""A tail of the journal of any length replays to the same state: the law that a crash is held against."""

from __future__ import annotations

import asyncio
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.facts import EventKey, Facts, Keys
from sojourn.core.limits import KIB, Limits
from sojourn.core.outcomes import OutcomeCounts
from sojourn.ports.records import EventQuery, Page, StoredEvent
from sojourn.stores.embedded.errors import DamagedJournal
from sojourn.stores.embedded.frames import SEGMENT_HEADER_BYTES
from sojourn.stores.embedded.segments import segments, segments_from
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.stores.memory import MemoryStore
from sojourn.testing.builders import (
    Record,
    a_known_event,
    a_profile,
    a_quarantined,
    a_session,
    a_submission_record,
    a_tally,
    an_edge,
    an_erasure_order,
    an_event,
)
from sojourn.testing.stores import Store, keep
from tests.stores.embedded.under_test import copy_folder, wait_for_materialiser

LIMITS = Limits(journal_segment_bytes=4 * KIB, cached_documents_max=2, disk_reserve_bytes=1)


def view_of(number: int, person: str, visit: str) -> str:
    """An event that is committed again is the same one: the pipeline sees to that."""
    return f"view-{number}-{person}-{visit}"


KEYS = Keys(
    sessions=frozenset(f"visit-{number}" for number in range(3)),
    profiles=frozenset(("ann", "bob", "crm-ann", "crm-bob")),
    events=frozenset(
        EventKey("shop", view_of(number, person, visit))
        for number, person, visit in product(range(10), ("ann", "bob"), (f"visit-{number}" for number in range(3)))
    ),
)


class World(NamedTuple):
    """All that a store answers about what happens here."""

    facts: Facts
    events: Page[StoredEvent]
    outcomes: OutcomeCounts


class Snapshot(NamedTuple):
    """A folder as it stood right after a commit, and what the model said before it and after it."""

    folder: Path
    before: World
    after: World
    end_before: int
    end: int


def one_commit(number: int, person: str, visit: str) -> tuple[Record, ...]:
    view = view_of(number, person, visit)
    return (
        a_profile(person, version=number + 1, traits={"number": number}),
        a_session(visit, profile=person, version=number + 1),
        an_event(view, session=visit, profile=person, request=f"request-{number}"),
        a_known_event(view, profile=person, session=visit),
        a_submission_record(f"request-{number}"),
        an_edge(f"crm-{person}", person),
        a_quarantined(f"odd-{number}"),
        a_tally(),
    )


COMMITS = st.builds(
    one_commit,
    st.integers(0, 9),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from(["visit-0", "visit-1", "visit-2"]),
)
STEPS = st.lists(st.one_of(COMMITS, COMMITS, COMMITS, st.sampled_from(["settle", "erase"])), min_size=1, max_size=8)


async def world_of(store: Store) -> World:
    return World(
        msgspec.structs.replace(await store.load(KEYS), as_of=0),
        await store.events(EventQuery(), limit=100),
        await store.outcomes(),
    )


async def work(folder: Path, steps: list[tuple[Record, ...] | str]) -> list[Snapshot]:
    """Do the steps on a store and on the model; a snapshot after each that went through the journal."""
    model = MemoryStore()
    store = await EmbeddedStore.open(folder / "live", LIMITS, materialise="inline")
    snapshots = []
    for number, step in enumerate(steps):
        before, end_before = await world_of(model), store._journal.end.position
        if step == "settle":
            await store.outcomes()
            continue
        if step == "erase":
            # As far as the journal goes: a crash may come before the database follows.
            await asyncio.gather(store._settle(), model.erase("ann", an_erasure_order()))
            await store._erase("ann", an_erasure_order())
        else:
            assert isinstance(step, tuple)
            await asyncio.gather(keep(model, *step), keep(store, *step))
        await wait_for_materialiser(store)
        end = store._journal.end.position
        if store._materialised.position <= end_before < end:
            copy = folder / f"copy-{number}"
            copy_folder(folder / "live", copy)
            snapshots.append(Snapshot(copy, before, await world_of(model), end_before, end))
    await store.close()
    return snapshots


def tear(snapshot: Snapshot, kept_bytes: int) -> None:
    """Leave only so many bytes of what was written last. A further segment is begun only when that is synced."""
    for segment in segments_from(snapshot.folder / "journal", snapshot.end_before):
        if segment.base >= snapshot.end:
            segment.path.unlink()
            continue
        data = segment.path.read_bytes()
        begin = max(snapshot.end_before - segment.base, SEGMENT_HEADER_BYTES)
        segment.path.write_bytes(data[: begin + kept_bytes].ljust(len(data), b"\0"))


async def opened_world(folder: Path) -> World:
    store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    try:
        facts = await store.load(KEYS)  # From memory, before the database has followed.
        world = await world_of(store)
        assert msgspec.structs.replace(facts, as_of=0) == world.facts
    finally:
        await store.close()
    return world


@given(steps=STEPS, data=st.data())
def test_a_crash_right_after_a_commit_loses_nothing(steps: list[tuple[Record, ...] | str], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        snapshots = asyncio.run(work(Path(folder), steps))
        for snapshot in snapshots[-2:]:
            assert asyncio.run(opened_world(snapshot.folder)) == snapshot.after


@given(steps=STEPS, kept=st.floats(0, 1))
def test_a_crash_in_the_middle_of_a_commit_leaves_all_of_it_or_nothing(
    steps: list[tuple[Record, ...] | str], kept: float
) -> None:
    with TemporaryDirectory() as folder:
        for snapshot in asyncio.run(work(Path(folder), steps))[-2:]:
            tear(snapshot, int(kept * (snapshot.end - snapshot.end_before)))
            assert asyncio.run(opened_world(snapshot.folder)) in (snapshot.before, snapshot.after)


async def test_a_damaged_record_before_an_intact_one_is_refused_at_the_start(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "live", LIMITS, materialise="inline")
    await keep(store, *one_commit(0, "ann", "visit-0"))
    await keep(store, a_tally())
    await wait_for_materialiser(store)
    copy_folder(tmp_path / "live", tmp_path / "copy")
    await store.close()
    damaged = segments(tmp_path / "copy" / "journal")[0].path
    damaged.write_bytes(damaged.read_bytes().replace(b"visit-0", b"visit-1", 1))
    with pytest.raises(DamagedJournal, match=f"{damaged} at byte {SEGMENT_HEADER_BYTES}"):
        await EmbeddedStore.open(tmp_path / "copy", LIMITS, materialise="inline")


async def test_a_lost_database_is_made_anew_from_a_journal_that_is_whole(tmp_path: Path) -> None:
    store = await EmbeddedStore.open(tmp_path / "live", LIMITS, materialise="inline")
    model = MemoryStore()
    for number in range(3):
        await keep(store, *one_commit(number, "ann", "visit-0"))
        await keep(model, *one_commit(number, "ann", "visit-0"))
    await wait_for_materialiser(store)
    copy_folder(tmp_path / "live", tmp_path / "copy")
    await store.close()
    for path in (tmp_path / "copy").glob("sojourn.db*"):
        path.unlink()
    assert await opened_world(tmp_path / "copy") == await world_of(model)
