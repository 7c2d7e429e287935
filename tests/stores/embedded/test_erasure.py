"""An erasure comes to its end whatever happens, and then no file holds a byte of the person."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from sojourn.core.changes import PutAside
from sojourn.core.erasures import ErasureOrder, Receipt, mark_of
from sojourn.core.graph import Merge, Reason
from sojourn.core.limits import KIB, Limits
from sojourn.ports.errors import StoreUnavailable
from sojourn.stores.embedded.materialiser import JOURNAL, Materialiser
from sojourn.stores.embedded.register import REGISTER, register, registered
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.testing.builders import (
    NOON,
    Record,
    a_known_event,
    a_profile,
    a_quarantined,
    a_session,
    a_submission_record,
    an_edge,
    an_erasure_order,
    an_event,
    some_changes,
)
from sojourn.testing.erasure import ended
from sojourn.testing.stores import keep, keep_changes
from tests.stores.embedded.under_test import copy_folder, wait_for_materialiser

CANARY = "canary-7f3a"
LIMITS = Limits(journal_segment_bytes=64 * KIB, disk_reserve_bytes=1)


def everything_of(person: str) -> tuple[Record, ...]:
    """All that can be kept of somebody, with the name of the person in each record."""
    return (
        a_profile(person, traits={"mail": person}),
        a_session(f"{person}-visit", profile=person, context={"mail": person}),
        an_event(f"{person}-view", profile=person, session=f"{person}-visit", properties={"mail": person}),
        an_event(f"{person}-quiet", profile=None, session=f"{person}-visit", properties={"mail": person}),
        a_submission_record(f"{person}-request", profile=person, headers={"mail": person}),
        an_edge(f"{person}-crm", person, value=person),
        a_known_event(f"{person}-view", profile=person, session=f"{person}-visit"),
        PutAside(a_quarantined(f"{person}-odd", raw=person), person, f"{person}-visit"),
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[EmbeddedStore]:
    store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    try:
        yield store
    finally:
        await store.close()


def an_order(id: str = "erasure") -> ErasureOrder:
    """The word of somebody, with marks that tell nothing."""
    return an_erasure_order(id=id, mark_of=partial(mark_of, secret=b"secret"))


def files_with(canary: str, folder: Path) -> list[str]:
    """The files of a folder that hold a text, in any of the forms in which it is written there."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in paths if canary.encode() in path.read_bytes()]


async def halted(folder: Path, moment: Callable[[EmbeddedStore, Callable[[], None]], None]) -> Path:
    """A folder as a crash left it at a moment of an erasure; `moment` says when it is to be copied."""
    copy = folder.parent / "halted"
    async with opened(folder) as store:
        await keep(store, *everything_of(CANARY), *everything_of("bob"))
        await store.outcomes()
        moment(store, lambda: copy_folder(folder, copy))
        await store.erase(CANARY, an_order())
    return copy


def when_it_is_recorded(store: EmbeddedStore, copy: Callable[[], None]) -> None:
    leave_segment = store._leave_segment

    async def copy_and_leave() -> None:
        copy()
        await leave_segment()

    store._leave_segment = copy_and_leave  # type: ignore[method-assign]


def when_the_segment_was_left(store: EmbeddedStore, copy: Callable[[], None]) -> None:
    rotate = store._journal.rotate

    def rotate_and_copy() -> None:
        rotate()
        copy()

    store._journal.rotate = rotate_and_copy  # type: ignore[method-assign]


async def reopened_until_done(folder: Path) -> Receipt:
    async with opened(folder) as store:
        return await ended(store, "erasure")


@pytest.mark.parametrize("moment", [when_it_is_recorded, when_the_segment_was_left])
async def test_what_a_crash_interrupted_is_done_by_the_next_start(
    tmp_path: Path, moment: Callable[[EmbeddedStore, Callable[[], None]], None]
) -> None:
    folder = await halted(tmp_path / "data", moment)
    assert len(files_with(CANARY, folder)) > 1
    receipt = await reopened_until_done(folder)
    assert (receipt.removed.events, receipt.removed.profiles) == (2, 1)
    assert files_with(CANARY, folder) == []


async def test_pages_that_a_crash_left_in_the_wal_are_overwritten(tmp_path: Path) -> None:
    folder = await halted(tmp_path / "data", when_the_segment_was_left)
    materialiser = Materialiser(folder)
    materialiser._checkpoint = lambda report: None  # type: ignore[method-assign]
    until = segments(folder / JOURNAL)[-1].base
    materialiser.advance(until, lambda _: None)
    left = tmp_path / "left"
    copy_folder(folder, left)
    materialiser.close(lambda _: None)
    assert "sojourn.db" in files_with(CANARY, left)
    await reopened_until_done(left)
    assert files_with(CANARY, left) == []


async def test_the_journal_is_left_later_where_the_disk_was_full(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await keep(store, *everything_of(CANARY))
        rotate = store._journal.rotate

        def fail() -> None:
            raise StoreUnavailable(os.strerror(errno.ENOSPC))

        store._journal.rotate = fail  # type: ignore[method-assign]
        await store.erase(CANARY, an_order())
        receipt = await store.erasure("erasure")
        assert receipt is not None
        assert receipt.state == "running"
        store._journal.rotate = rotate  # type: ignore[method-assign]
        await keep(store, a_profile("bob"))
        await ended(store, "erasure")
        assert files_with(CANARY, tmp_path) == []


async def test_nothing_stays_between_the_records_of_many_others(tmp_path: Path) -> None:
    random = Random(7)
    people = [f"{CANARY}-{number:04}{'x' * random.randint(0, 900)}" for number in range(200)]
    async with opened(tmp_path) as store:
        for first in range(0, len(people), 50):
            await keep(store, *(record for person in people[first : first + 50] for record in everything_of(person)))
            await store.outcomes()
        for number, person in enumerate(random.sample(people, 5)):
            await store.erase(person, an_order(str(number)))
            await ended(store, str(number))
            assert files_with(person[: len(CANARY) + 5], tmp_path) == []


async def test_who_was_parted_from_the_person_stays(tmp_path: Path) -> None:
    merge = Merge(
        id="m",
        at=NOON,
        survivor=CANARY,
        merged=("bob",),
        one=CANARY,
        two="bob",
        reason=Reason(kind="email", rule="email"),
        event=None,
        undone=NOON,
    )
    async with opened(tmp_path) as store:
        await keep(store, *everything_of(CANARY), *everything_of("bob"))
        parted = some_changes(an_edge("bob", CANARY, kind="merge", undone=NOON))
        await keep_changes(store, parted)
        await keep_changes(store, type(parted)(at=NOON, merges=(merge,)))
        await store.erase(CANARY, an_order())
        await ended(store, "erasure")
        assert await store.profile("bob-crm") == a_profile("bob", traits={"mail": "bob"})
        assert await store.merges_of({"bob"}) == ()
        assert files_with(CANARY, tmp_path) == []


async def test_the_register_has_every_receipt_and_nobodys_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await keep(store, *everything_of(CANARY))
        await store.erase(CANARY, replace(an_order(), mark_of=lambda id: f"{len(id)}"))
    assert registered(tmp_path / REGISTER)["erasure"].marks == ("11", "15")
    assert files_with(CANARY, tmp_path) == []


@pytest.mark.parametrize("damage", ["missing", "torn"])
async def test_a_register_is_made_whole_by_the_next_start(tmp_path: Path, damage: str) -> None:
    async with opened(tmp_path) as store:
        for person in ("ann", "bob"):
            await keep(store, a_profile(person))
            await store.erase(person, an_order(person))
    path = tmp_path / REGISTER
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-5])
    async with opened(tmp_path):
        assert list(registered(path)) == ["ann", "bob"]


async def test_a_receipt_that_only_the_journal_has_is_registered_by_the_next_start(tmp_path: Path) -> None:
    folder = await halted(tmp_path / "data", when_it_is_recorded)
    (folder / REGISTER).unlink()
    async with opened(folder) as store:
        assert list(registered(folder / REGISTER)) == ["erasure"]
        await wait_for_materialiser(store)


async def test_nobody_else_may_read_the_register(tmp_path: Path) -> None:
    await asyncio.to_thread(register, tmp_path, [b"{}"])
    assert (tmp_path / REGISTER).stat().st_mode & 0o777 == 0o600
