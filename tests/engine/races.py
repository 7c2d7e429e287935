"""A real collector at work over any store, and people who send through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count

from sojourn.builtin import built_in_types
from sojourn.core.events import SentEvent, Submission
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.limits import Limits
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import Decision
from sojourn.engine.collector import Collector
from sojourn.engine.people import People
from sojourn.telemetry import PrometheusMeter
from sojourn.testing import Store
from tests.builders import NOON, a_mapping_rule, a_submission
from tests.door import HandClock

RULES = Ruleset(
    event_types=built_in_types(),
    mappings=[
        a_mapping_rule(
            id="spent",
            event_type="sign-in",
            operations=(Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.n"),),
        )
    ],
    identifiers=Identifiers(kinds=BUILT_IN_KINDS, secret=b"secret"),
)


class Rules:
    """Rules that never change."""

    def in_force(self) -> Ruleset:
        return RULES


class Chance:
    """Bits that nobody has had before."""

    def __init__(self) -> None:
        self._numbers = count(10**12)

    def bits(self) -> int:
        return next(self._numbers)


class AtWork:
    """A collector, its store, and who decides about people."""

    def __init__(self, collector: Collector, store: Store) -> None:
        self.store = store
        self.people = People(store, store, rules=Rules(), clock=HandClock(NOON), chance=Chance())  # type: ignore[arg-type]
        self._collector = collector
        self._numbers = count(1)

    def request(
        self,
        type: str = "page-view",
        *,
        session: str | None = None,
        email: str | None = None,
        event: str | None = None,
        at: datetime = NOON,
    ) -> Submission:
        """One request that nobody has sent yet."""
        number = next(self._numbers)
        properties: dict[str, object] = {"n": 1}
        if email is not None:
            properties["email"] = {"main": email}
        return a_submission(
            SentEvent(id=event, type=type, properties=properties),
            id=f"request-{number}",
            entropy=number,
            received_at=at + timedelta(milliseconds=number),
            session_id=session,
        )

    async def together(self, *requests: Submission) -> list[Decision]:
        """Send all of them at once; the answers. Fails with the first one that fails."""
        return await asyncio.gather(*(self._collector.submit(request) for request in requests))


@asynccontextmanager
async def at_work(store: Store) -> AsyncIterator[AtWork]:
    """A collector over a store, until it is drained."""
    collector = Collector(
        store,
        limits=Limits(queue_requests_max=100_000),
        rules=lambda: RULES,
        clock=HandClock(),
        meter=PrometheusMeter(),
        announce=lambda _submission, _decision: None,
    )
    running = asyncio.create_task(collector.run())
    await asyncio.sleep(0)
    yield AtWork(collector, store)
    collector.drain()
    await running
