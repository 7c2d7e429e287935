"""Folders of earlier releases, whose first start with this one is cut short at any call of the disk."""

from __future__ import annotations

import random
import tarfile
from pathlib import Path
from typing import NamedTuple

from sojourn.ports.errors import StoreError
from sojourn.ports.records import EventQuery
from sojourn.testing.stores import Store
from tests.simulation.disk import End, Plan
from tests.simulation.machines import FIRST, DiskMachine
from tests.simulation.sqlite_disk import Disks
from tests.tidy.repository import ROOT

ARCHIVES = sorted((ROOT / "tests" / "stores" / "embedded" / "folders").glob("*.tar.xz"))


class Upgrade(NamedTuple):
    """What was wrong after it, and whether anything came in between at all."""

    found: list[str]
    was_cut_short: bool


async def interrupted(archive: Path, folder: Path, disks: Disks, call: int) -> Upgrade:
    """Upgrade and be interrupted, and upgrade anew: all must be as after an upgrade in peace."""
    in_peace = _machine(archive, folder / "in-peace", disks, Plan())
    expected = await _everything(await in_peace.start())
    await in_peace.die()
    end = End.KILL if call % 2 else End.POWER_CUT
    machine = _machine(archive, folder / "interrupted", disks, Plan(ends_at=call, end=end))
    was_cut_short = not await _starts(machine)
    await machine.die()
    machine.calm()
    found = await _everything(await machine.start())
    told = [f"{name}: not as after an upgrade in peace" for name in expected if found[name] != expected[name]]
    return Upgrade(told + await machine.stop(), was_cut_short)


def _machine(archive: Path, folder: Path, disks: Disks, first: Plan) -> DiskMachine:
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / "data").rename(folder / FIRST)
    plans = iter((first,))
    return DiskMachine(folder, disks, random.Random(0), lambda: next(plans, Plan()))


async def _starts(machine: DiskMachine) -> bool:
    try:
        await machine.start()
    except (StoreError, OSError):
        if not machine.is_down():
            raise
    return not machine.is_down()


async def _everything(store: Store) -> dict[str, object]:
    catalog = store.catalog
    return {
        "events": await store.events(EventQuery(), limit=100),
        "quarantine": await store.quarantined(limit=100),
        "outcomes": await store.outcomes(),
        "person": await store.profile("crm-1"),
        "links": await store.edges_of("crm-1"),
        "sessions": await store.sessions_of("crm-1", limit=100),
        "configuration": (catalog.sources(), catalog.redirects(), catalog.keys(), catalog.mappings()),
    }
