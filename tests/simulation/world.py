"""One small world from one seed: clients, the real collector and core, and a store that is disturbed and dies.

In each life several clients send at once. The store answers late and out of step, refuses for a while, lets others
change what a decision was based on, breaks, or dies before or after a commit. In the last life nothing goes wrong, and
clients send until they have their answers. Then the auditor looks at what is there.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from sojourn.core import profiles
from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import REFUSED_RATE
from sojourn.core.profiles import Profile
from sojourn.engine.collector import Collector
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import StoreBroken, StoreError, StoreUnavailable
from sojourn.stores.embedded.errors import DamagedJournal
from sojourn.system import SystemClock
from sojourn.telemetry import PrometheusMeter
from sojourn.testing.audit import COUNTING, Ledger, findings, kept_in
from sojourn.testing.builders import noon_plus, some_changes
from sojourn.testing.stores import Store, keep_changes
from tests.simulation.clients import SOURCE, Arrivals, Client
from tests.simulation.machines import Machine

LIMITS = Limits(batch_requests_max=4)
RULESET = Ruleset(mappings=[COUNTING])


class Habits(NamedTuple):
    """How a world goes: how many clients and lives, and how often the store disturbs."""

    clients: int = 3
    lives: int = 3
    requests: int = 5
    stale: float = 0.1
    unavailable: float = 0.05
    broken: float = 0.02
    dies: float = 0.05


_GOOD_ENDS_SHARE = 0.3
_REFUSED_AT_THE_DOOR_SHARE = 0.05


class DisturbedStore:
    """The store as a collector meets it on a bad day."""

    def __init__(self, store: Store, chance: random.Random, habits: Habits) -> None:
        self.died = asyncio.Event()
        self.broke = False
        self.marks = 0
        self.unsure_marks = 0
        """Those whose commit may have succeeded or not."""
        self._store = store
        self._chance = chance
        self._habits = habits

    def is_down(self) -> bool:
        return self.died.is_set() or self.broke

    async def room(self) -> None:
        await self._wait()
        if self._chance.random() < self._habits.unavailable:
            raise StoreUnavailable("There is no room.")
        await self._store.room()

    async def load(self, keys: Keys) -> Facts:
        await self._wait()
        return await self._store.load(keys)

    async def commit(self, changes: Changes, facts: Facts) -> None:
        await self._wait()
        draw = self._chance.random
        if facts.profiles and draw() < self._habits.stale:
            await self._let_others_change(self._chance.choice(sorted(facts.profiles)))
        if draw() < self._habits.unavailable:
            raise StoreUnavailable("The disk is full.")
        if draw() < self._habits.dies:
            await self._die()
        is_to_break = draw() < self._habits.broken
        if not is_to_break or draw() < 0.5:
            await self._store.commit(changes, facts)
        if is_to_break:
            self.broke = True
            raise StoreBroken("Nobody knows what was written.")
        if draw() < self._habits.dies:
            await self._die()
        await self._wait()

    async def _wait(self) -> None:
        for _ in range(self._chance.randrange(3)):
            await asyncio.sleep(0)

    async def _let_others_change(self, profile_id: str) -> None:
        """Somebody else writes on a person: what was decided on the person is stale."""
        profile = await self._store.profile(profile_id)
        if profile is not None:
            written = profiles.committed(
                replace(profile, aux={"marks": _marks_of(profile) + 1}), profile.version + 1, noon_plus(0)
            )
            self.unsure_marks += 1
            await keep_changes(self._store, some_changes(written))
            self.unsure_marks -= 1
            self.marks += 1

    async def _die(self) -> None:
        self.died.set()
        await asyncio.get_running_loop().create_future()


@dataclass
class World:
    """All of it, on one machine."""

    machine: Machine
    chance: random.Random
    habits: Habits
    ledger: Ledger = field(default_factory=Ledger)
    marks: int = 0
    """How often others have written on people."""
    unsure_marks: int = 0

    async def run(self) -> list[str]:
        """Live as often as the seed says, and once more in peace; what the auditor finds."""
        arrivals = Arrivals(self.chance)
        clients = [
            Client(f"c{number}", random.Random(self.chance.random()), arrivals, self.ledger)
            for number in range(self.habits.clients)
        ]
        found: list[str] = []
        for _ in range(self.habits.lives):
            found += await self._live(clients)
        self.machine.calm()
        store = await self.machine.start()
        await self._settle(store, clients)
        found += findings(self.ledger, await kept_in(store, SOURCE.id))
        found += await self._marks_missing(store)
        return found + await self.machine.stop()

    async def _live(self, clients: Sequence[Client]) -> list[str]:
        """From a start to an end of whatever kind; what is wrong with what a good end leaves."""
        try:
            store = DisturbedStore(await self.machine.start(), self.chance, self.habits)
        except DamagedJournal:
            raise  # Whatever happened before, the store must be able to go on from it.
        except (StoreError, OSError):
            if not self.machine.is_disturbed():
                raise
            await self.machine.die()
            return []
        is_alive = await self._send_until_it_ends(store, clients)
        self.marks += store.marks
        self.unsure_marks += store.unsure_marks
        if is_alive and not self.machine.is_disturbed() and self.chance.random() < _GOOD_ENDS_SHARE:
            return await self.machine.stop()
        await self.machine.die()
        return []

    async def _send_until_it_ends(self, store: DisturbedStore, clients: Sequence[Client]) -> bool:
        """Let all clients send; whether there is still somebody who could answer."""
        collector = _collector(store)
        collecting = asyncio.create_task(collector.run())
        await asyncio.sleep(0)

        def is_down() -> bool:
            return store.is_down() or self.machine.is_down()

        sending: asyncio.Future[list[None]] = asyncio.gather(
            *(self._send(client, collector, is_down) for client in clients)
        )
        dying = asyncio.create_task(store.died.wait())
        await asyncio.wait((sending, dying), return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
            collector.drain()
            await asyncio.wait((collecting, dying), return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, dying, collecting):
            task.cancel()
        await asyncio.gather(sending, dying, collecting, return_exceptions=True)
        return not is_down()

    async def _send(self, client: Client, collector: Collector, is_down: Callable[[], bool]) -> None:
        for _ in range(self.habits.requests):
            await client.send_one(collector.submit, is_down=is_down)
            if self.chance.random() < _REFUSED_AT_THE_DOOR_SHARE:
                collector.refuse(SOURCE.id, REFUSED_RATE, 1)

    async def _settle(self, store: Store, clients: Sequence[Client]) -> None:
        """Let every client send what it has no answer to, with nothing in the way."""
        collector = _collector(store)
        collecting = asyncio.create_task(collector.run())
        await asyncio.sleep(0)
        for client in clients:
            await client.send_what_is_left(collector.submit)
        collector.drain()
        await collecting

    async def _marks_missing(self, store: Store) -> list[str]:
        """Whether what others wrote on people is there still."""
        people = {promise.profile for promise in self.ledger.promises.values()} - {None}
        marked = [await store.profile(person) for person in sorted(filter(None, people))]
        marks = sum(_marks_of(profile) for profile in marked if profile is not None)
        if self.marks <= marks <= self.marks + self.unsure_marks:
            return []
        return [f"I3: others wrote {self.marks} to {self.marks + self.unsure_marks} marks on people, {marks} are there"]


def _collector(store: CollectorStore) -> Collector:
    return Collector(store, limits=LIMITS, rules=lambda: RULESET, clock=_CLOCK, meter=_METER, announce=lambda *_: None)


def _marks_of(profile: Profile) -> int:
    marks = profile.aux.get("marks", 0)
    assert isinstance(marks, int), marks
    return marks


_CLOCK = SystemClock()
_METER = PrometheusMeter()
