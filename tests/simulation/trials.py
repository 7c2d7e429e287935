"""The kinds of trial: each makes one world from one number, and returns what the auditor found in it."""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.simulation.disk import End, Plan, Unsynced
from tests.simulation.loop import a_loop_without_waiting
from tests.simulation.machines import DiskMachine, MemoryMachine
from tests.simulation.sqlite_disk import Disks
from tests.simulation.upgrades import ARCHIVES, interrupted
from tests.simulation.world import Habits, World

PATIENCE_S = 60
"""Seconds after which a world is taken to hang."""
CALLS_MAX = 200
"""Calls of a life after which no end of it is planned; most lives are shorter."""
POWER_CUTS = 25
"""How many ends one folder goes through, where it goes through many."""

_FAST = Path("/dev/shm")

Trial = Callable[[int], list[str]]


class Kind(NamedTuple):
    """What is tried, and whether something must be found: a control shows that the auditor sees."""

    trial: Trial
    is_control: bool = False


class SweepOver(Exception):
    """Nothing was left of the scenario at that number: every one before it was tried."""


def kinds(disks: Disks) -> dict[str, Kind]:
    """Every kind of trial by its name."""
    return {
        "memory": Kind(in_memory),
        "power": Kind(partial(ends_at_random, disks)),
        "many-power-cuts": Kind(partial(many_ends, disks)),
        "torn": Kind(partial(torn_write, disks)),
        "eio": Kind(partial(error_at, disks, errno.EIO)),
        "enospc": Kind(partial(error_at, disks, errno.ENOSPC)),
        "upgrade": Kind(partial(interrupted_upgrade, disks)),
        **{
            f"unsynced-{what.value}": Kind(partial(ends_at_random, disks, unsynced=what), is_control=True)
            for what in Unsynced
        },
    }


def in_memory(seed: int) -> list[str]:
    """The real collector and core on the model of a store, which others disturb, and which breaks and dies."""
    chance = random.Random(seed)
    habits = Habits(lives=chance.randint(1, 3))
    with asyncio.Runner(loop_factory=a_loop_without_waiting) as runner:
        return runner.run(World(MemoryMachine(), chance, habits).run())


def ends_at_random(disks: Disks, seed: int, *, unsynced: Unsynced | None = None) -> list[str]:
    """The same on the embedded store: lives end by power cuts and kills, one upon another, at any call of the disk."""
    chance = random.Random(seed)
    habits = Habits(clients=2, lives=chance.randint(1, 4), requests=4, broken=0, dies=0)

    def plan() -> Plan:
        ends_at = chance.choice((None, chance.randint(1, CALLS_MAX)))
        return Plan(ends_at=ends_at, end=chance.choice([*End]), unsynced=unsynced)

    return _on_disk(disks, chance, habits, plan)


def many_ends(disks: Disks, seed: int) -> list[str]:
    """One folder through many power cuts, with more traffic in each life."""
    chance = random.Random(seed)
    habits = Habits(clients=4, lives=POWER_CUTS, requests=20, broken=0, dies=0)
    return _on_disk(disks, chance, habits, lambda: Plan(ends_at=chance.randint(1, 5 * CALLS_MAX)))


def torn_write(disks: Disks, call: int) -> list[str]:
    """The power fails in the middle of one write of a fixed scenario; of all others, nothing is lost."""
    return _sweep(disks, call, Plan(ends_at=call, tears_last_write=True))


def error_at(disks: Disks, error: int, call: int) -> list[str]:
    """One call of a fixed scenario fails; the process goes on, or ends as it does after a sync that failed."""
    end = End.KILL if call % 2 else End.POWER_CUT
    return _sweep(disks, call, Plan(error_at=call, error=error, end=end))


def interrupted_upgrade(disks: Disks, call: int) -> list[str]:
    """Each folder of an earlier release, whose first start with this one ends at a call; the next has everything."""
    found: list[str] = []
    was_cut_short = False
    for archive in ARCHIVES:
        with TemporaryDirectory(dir=_FAST if _FAST.is_dir() else None) as folder, asyncio.Runner() as runner:
            upgrade = runner.run(asyncio.wait_for(interrupted(archive, Path(folder), disks, call), PATIENCE_S))
        found += [f"{archive.name}: {each}" for each in upgrade.found]
        was_cut_short = was_cut_short or upgrade.was_cut_short
    if not was_cut_short:
        raise SweepOver
    return found


def _sweep(disks: Disks, call: int, first: Plan) -> list[str]:
    chance = random.Random(0)
    plans = iter((first,))
    habits = Habits(clients=2, lives=1, requests=25, stale=0, unavailable=0, broken=0, dies=0)
    with TemporaryDirectory(dir=_FAST if _FAST.is_dir() else None) as folder:
        machine = DiskMachine(Path(folder), disks, chance, lambda: next(plans, Plan()))
        disk = machine.disk
        found = _run(World(machine, chance, habits))
        if disk.calls < call:
            raise SweepOver
        return found


def _on_disk(disks: Disks, chance: random.Random, habits: Habits, plan: Callable[[], Plan]) -> list[str]:
    with TemporaryDirectory(dir=_FAST if _FAST.is_dir() else None) as folder:
        return _run(World(DiskMachine(Path(folder), disks, chance, plan), chance, habits))


def _run(world: World) -> list[str]:
    with asyncio.Runner() as runner:
        return runner.run(asyncio.wait_for(world.run(), PATIENCE_S))
