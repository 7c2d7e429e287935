"""Restoring a backup: a new folder as the backup has it, but for the people who were erased since.

Registers of erasures tell who that is, by the marks of their ids. Each such erasure is carried out again before anybody
can read the folder, with its first receipt: the same id, moment and actor.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

import apsw
import msgspec

from sojourn.core.documents import encode_document
from sojourn.core.erasures import ErasureOrder, Receipt, mark_of
from sojourn.core.limits import Limits
from sojourn.stores.embedded.backup import BACKUP_FILE, Backup, finished, read_backup
from sojourn.stores.embedded.database import open_reader, unavailable
from sojourn.stores.embedded.errors import UnreadableFolder
from sojourn.stores.embedded.identity_key import identity_secret
from sojourn.stores.embedded.register import REGISTER, register_missing, registered
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.stores.embedded.verify import verify_folder

_CACHE_BYTES = 4 << 20
_LOOK_S = 0.02
_LOOKS_MAX = 3_000


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of restoring a backup."""

    backup: Backup
    registers: tuple[str, ...]
    """The files that told who was erased since."""
    erasures_known_to: datetime | None
    """When the last erasure was that any of them tells; null: they tell none."""
    erased_again: int
    """People whom the backup still had, and who were erased since."""


def registers_near(backup: Path, told: Backup) -> tuple[Path, ...]:
    """The registers that can be found without being named: of the folder that was backed up, and of backups beside.

    A folder without such a file is one of which nobody was ever erased.
    """
    origin = Path(told.folder)
    beside = sorted(backup.absolute().parent.glob(f"*/{REGISTER}"))
    near = (origin / REGISTER, *beside) if origin.is_dir() else beside
    own = (backup / REGISTER).absolute()
    return tuple(dict.fromkeys(path for path in near if path != own))


async def restore(
    backup: Path, folder: Path, *, registers: Collection[Path], secret: str | None, limits: Limits, verify: bool = False
) -> Restored:
    """Make a data folder of a backup. `secret` is the one that the settings tell, if they do.

    With `verify`, all of it is read back first. Raises UnreadableFolder where the backup is none or is damaged,
    FileExistsError when the folder is there and not empty, StoreError, and OSError.
    """
    told = read_backup(backup)
    since = _since(backup, registers)
    with finished(folder) as unfinished:
        shutil.copytree(backup, unfinished, dirs_exist_ok=True, ignore=shutil.ignore_patterns(BACKUP_FILE))
        erased_again = await _erase_again(unfinished, since, secret, limits)
        findings = verify_folder(unfinished) if verify else []
        if findings:
            raise UnreadableFolder(f"{backup} cannot be restored: {findings[0].file}: {findings[0].problem}.")
        for name in ("lock", "materialiser.lock"):
            (unfinished / name).unlink(missing_ok=True)
    return Restored(
        backup=told,
        registers=tuple(str(path) for path in registers),
        erasures_known_to=max((receipt.at for receipt in since.values()), default=None),
        erased_again=erased_again,
    )


def _since(backup: Path, registers: Iterable[Path]) -> dict[str, Receipt]:
    """The receipts of all registers that the backup does not know: those of erasures after it."""
    known = registered(backup / REGISTER)
    found: dict[str, Receipt] = {}
    for path in registers:
        found.update(registered(path))
    return {id: receipt for id, receipt in found.items() if id not in known}


async def _erase_again(folder: Path, since: Mapping[str, Receipt], told: str | None, limits: Limits) -> int:
    """Erase who was erased since; how many people that are."""
    if not since:
        return 0
    store = await EmbeddedStore.open(folder, limits, materialise="inline")
    try:
        if store.catalog.identity_fingerprint() is None:
            return 0  # No server ever worked on this folder, so nobody is in it.
        secret = await identity_secret(folder, store.catalog, told, bits=0)
        count = 0
        for receipt, ids in _people(folder, since, secret):
            for number, id in enumerate(ids):
                again = ErasureOrder(
                    id=receipt.id if number == 0 else f"{receipt.id}-{number}",
                    at=receipt.at,
                    actor=receipt.actor,
                    mark_of=partial(mark_of, secret=secret),
                )
                if await store.erase(id, again) is not None:
                    await _done(store, again.id)
                    count += 1
        register_missing(folder, [encode_document(receipt) for receipt in since.values()])
        return count
    finally:
        await store.close()


def _people(folder: Path, since: Mapping[str, Receipt], secret: bytes) -> list[tuple[Receipt, list[str]]]:
    """Whom each erasure was about, by those of their profile ids that the folder has."""
    by_mark = {mark: receipt.id for receipt in since.values() for mark in receipt.marks}
    found: dict[str, list[str]] = {}
    try:
        with closing(open_reader(folder, cache_bytes=_CACHE_BYTES)) as database:
            for (id,) in database.execute(statements("opening")["profile_ids"]):
                erasure_id = by_mark.get(mark_of(id, secret))
                if erasure_id is not None:
                    found.setdefault(erasure_id, []).append(id)
    except apsw.Error as error:
        raise unavailable(error) from error
    return [(since[erasure_id], ids) for erasure_id, ids in found.items()]


async def _done(store: EmbeddedStore, erasure_id: str) -> None:
    """Wait until nothing is left of whom was erased. The first start goes on with what takes too long."""
    for _ in range(_LOOKS_MAX):
        receipt = await store.erasure(erasure_id)
        if receipt is None or receipt.state == "done":
            return
        await asyncio.sleep(_LOOK_S)
