"""A backup is the folder at one position, and restoring it leaves out who was erased since."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from sojourn.core.erasures import mark_of
from sojourn.core.identifiers.keys import fingerprint_of
from sojourn.core.limits import KIB, Limits
from sojourn.ports.records import EventQuery
from sojourn.stores.embedded.backup import Backup, back_up, read_backup
from sojourn.stores.embedded.errors import DamagedJournal, UnreadableFolder
from sojourn.stores.embedded.identity_key import KEY_FILE
from sojourn.stores.embedded.register import REGISTER, registered
from sojourn.stores.embedded.restore import Restored, registers_near, restore
from sojourn.stores.embedded.segments import segments
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.stores.embedded.verify import verify_folder
from sojourn.testing.builders import NOON, a_profile, a_source, an_edge, an_erasure_order, an_event
from sojourn.testing.erasure import ended
from sojourn.testing.stores import keep

SECRET = "5" * 64
LIMITS = Limits(journal_segment_bytes=16 * KIB, disk_reserve_bytes=1)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[EmbeddedStore]:
    store = await EmbeddedStore.open(folder, LIMITS, materialise="inline")
    try:
        if store.catalog.identity_fingerprint() is None:
            (folder / KEY_FILE).write_text(SECRET)
            await store.catalog.put_identity_fingerprint(fingerprint_of(SECRET.encode()))
        yield store
    finally:
        await store.close()


async def backed_up(folder: Path, target: Path) -> Backup:
    return await asyncio.to_thread(back_up, folder, target, at=NOON, version="1.2.3")


async def erase(store: EmbeddedStore, person: str) -> None:
    order = an_erasure_order(id=person[::-1], mark_of=partial(mark_of, secret=SECRET.encode()))
    assert await store.erase(person, order) is not None
    await ended(store, order.id)


async def restored(backup: Path, folder: Path, registers: Collection[Path] | None = None) -> Restored:
    near = registers_near(backup, read_backup(backup)) if registers is None else registers
    return await restore(backup, folder, registers=near, secret=None, limits=LIMITS, verify=True)


async def test_a_backup_of_a_store_at_work_holds_everything_up_to_its_position(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await store.catalog.add_source(a_source())
        for number in range(100):
            await keep(store, a_profile(f"person-{number}"), an_event(f"view-{number}", profile=f"person-{number}"))
        backup = await backed_up(tmp_path / "data", tmp_path / "backup")
        assert backup.position == store._end
        await keep(store, a_profile("later"))
    assert verify_folder(tmp_path / "backup") == []
    assert [each.base for each in segments(tmp_path / "backup" / "journal")] == [backup.position]
    await restored(tmp_path / "backup", tmp_path / "again")
    async with opened(tmp_path / "again") as again:
        assert len((await again.events(EventQuery(), limit=1000)).items) == 100
        assert await again.people_count() == 100
        assert again.catalog.source("shop") == a_source()
        await keep(again, a_profile("new"))


async def test_nothing_is_kept_back_while_a_backup_is_taken(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"))
        taking = asyncio.create_task(backed_up(tmp_path / "data", tmp_path / "backup"))
        number = 0
        while not taking.done():
            await keep(store, a_profile(f"person-{number}"))
            number += 1
        backup = await taking
        assert backup.position <= store._end
    assert verify_folder(tmp_path / "backup") == []


async def test_a_backup_of_a_folder_that_nobody_uses_is_the_same(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"))
        during = await backed_up(tmp_path / "data", tmp_path / "one")
    after = await backed_up(tmp_path / "data", tmp_path / "two")
    assert (after.position, after.at) == (during.position, NOON)


async def test_a_backup_never_takes_the_place_of_anything(tmp_path: Path) -> None:
    async with opened(tmp_path / "data"):
        (tmp_path / "backup").mkdir()
        (tmp_path / "backup" / "mine").touch()
        with pytest.raises(FileExistsError):
            await backed_up(tmp_path / "data", tmp_path / "backup")
    assert await asyncio.to_thread(lambda: [path.name for path in (tmp_path / "backup").iterdir()]) == ["mine"]


async def test_nothing_stays_of_a_backup_of_a_damaged_folder(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await store.outcomes()
        await keep(store, a_profile("ann"))
        begin = store._journal.end.position
        for person in ("bob", "eve"):
            await keep(store, a_profile(person))
        [*_, segment] = segments(tmp_path / "data" / "journal")
        whole = segment.path.read_bytes()
        damaged = bytearray(whole)
        damaged[begin - segment.base + 40] ^= 1
        segment.path.write_bytes(damaged)
        with pytest.raises(DamagedJournal):
            await backed_up(tmp_path / "data", tmp_path / "backup")
        assert await asyncio.to_thread(lambda: [path.name for path in tmp_path.iterdir()]) == ["data"]
        segment.path.write_bytes(whole)


async def test_who_was_erased_since_is_left_out(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"), an_edge("crm-1", "ann"), a_profile("bob"))
        await backed_up(tmp_path / "data", tmp_path / "backup")
        await erase(store, "ann")
    done = await restored(tmp_path / "backup", tmp_path / "again")
    assert (done.erased_again, done.erasures_known_to) == (1, NOON)
    async with opened(tmp_path / "again") as again:
        assert await again.profile("crm-1") is None
        assert await again.profile("bob") is not None
        receipt = await again.erasure("nna")
        assert receipt is not None
        assert (receipt.actor, receipt.removed.profiles, receipt.removed.links) == ("desk", 1, 1)


async def test_two_who_were_merged_and_erased_since_are_both_left_out(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"), a_profile("bob"))
        await backed_up(tmp_path / "data", tmp_path / "backup")
        await keep(store, an_edge("bob", "ann", kind="merge"))
        await erase(store, "ann")
    assert (await restored(tmp_path / "backup", tmp_path / "again")).erased_again == 2
    async with opened(tmp_path / "again") as again:
        assert await again.people_count() == 0


async def test_who_came_again_under_an_erased_id_before_the_backup_stays(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"))
        await erase(store, "ann")
        await keep(store, a_profile("ann", traits={"plan": "new"}))
        await backed_up(tmp_path / "data", tmp_path / "backup")
    assert (await restored(tmp_path / "backup", tmp_path / "again")).erased_again == 0
    async with opened(tmp_path / "again") as again:
        assert await again.profile("ann") is not None


async def test_a_later_backup_beside_it_tells_who_was_erased(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"))
        await backed_up(tmp_path / "data", tmp_path / "monday")
        await erase(store, "ann")
        await backed_up(tmp_path / "data", tmp_path / "tuesday")
    (tmp_path / "data").rename(tmp_path / "gone")
    (tmp_path / "gone" / REGISTER).unlink()
    done = await restored(tmp_path / "monday", tmp_path / "again")
    assert (done.erased_again, done.registers) == (1, (str(tmp_path / "tuesday" / REGISTER),))


async def test_an_erasure_of_somebody_unknown_to_the_backup_stays_registered(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await backed_up(tmp_path / "data", tmp_path / "backup")
        await keep(store, a_profile("ann"))
        await erase(store, "ann")
    assert (await restored(tmp_path / "backup", tmp_path / "again")).erased_again == 0
    assert list(registered(tmp_path / "again" / REGISTER)) == ["nna"]


async def test_the_secret_goes_into_the_backup_and_out_again(tmp_path: Path) -> None:
    async with opened(tmp_path / "data"):
        assert (await backed_up(tmp_path / "data", tmp_path / "backup")).has_identity_key
    (tmp_path / "data" / KEY_FILE).chmod(0o600)
    await restored(tmp_path / "backup", tmp_path / "again")
    assert (tmp_path / "again" / KEY_FILE).read_text() == SECRET


async def test_a_restored_folder_takes_the_place_of_none(tmp_path: Path) -> None:
    async with opened(tmp_path / "data"):
        await backed_up(tmp_path / "data", tmp_path / "backup")
    with pytest.raises(FileExistsError):
        await restored(tmp_path / "backup", tmp_path / "data")


async def test_what_is_no_backup_is_not_restored(tmp_path: Path) -> None:
    async with opened(tmp_path / "data"):
        pass
    with pytest.raises(UnreadableFolder):
        await restored(tmp_path / "data", tmp_path / "again", ())


async def test_a_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        await keep(store, a_profile("ann"))
        await backed_up(tmp_path / "data", tmp_path / "backup")
    database = tmp_path / "backup" / "sojourn.db"
    data = bytearray(database.read_bytes())
    data[-100] ^= 1
    database.write_bytes(data)
    with pytest.raises(UnreadableFolder):
        await restored(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again").exists()
