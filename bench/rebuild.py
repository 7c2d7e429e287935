"""What it costs to fold people anew: `python -m bench.rebuild` makes some with a past, then rebuilds them.

The real store and the real rules, inside this process and with nothing else to do: so the figure is the cost of one
event of the past, reading included, and says nothing of traffic beside it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sojourn.builtin import built_in_types
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import keys_of
from sojourn.core.limits import Limits
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.sources import Source
from sojourn.engine.rebuild import Rebuilder, Rebuilt
from sojourn.stores.embedded.store import EmbeddedStore
from sojourn.system import SystemChance, SystemClock

PEOPLE = 500
EVENTS = 40
"""Events of each person, in requests of one event, beside those that the system makes."""

_SHOP = Source(id="shop", name="The shop")
_CHANCE = SystemChance()
_BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
_SENT = SentEvent(type="purchase", properties={"price": 34.43, "currency": "EUR"})
_SPENT = MappingRule(
    id="spent",
    name="What people spent",
    event_type="purchase",
    operations=(Operation(op=Op.ADD, target="profile@traits.spent", value="event@properties.price"),),
)


async def measure(folder: Path, *, people: int = PEOPLE, events: int = EVENTS) -> tuple[Rebuilt, float]:
    """What the rebuild came to, and the seconds that it took."""
    limits = Limits()
    store = await EmbeddedStore.open(folder, limits)
    before = Ruleset(event_types=built_in_types())
    for number in range(events):
        batch = [_request(person, number) for person in range(people)]
        facts = await store.load(keys_of(batch))
        await store.commit(decide_all(batch, facts, before).changes, facts)
    await store.people_count()  # Everything is in the database.
    after = Ruleset(event_types=built_in_types(), mappings=[_SPENT])
    rebuilder = Rebuilder(store, store, rules=lambda: after, clock=SystemClock(), limits=limits)
    begin = time.perf_counter()
    told = await rebuilder.everybody(_tell_nobody)
    took_s = time.perf_counter() - begin
    await store.close()
    return told, took_s


def _tell_nobody(_done: int, _total: int) -> None:
    """Nobody looks."""


def _request(person: int, number: int) -> Submission:
    return Submission(
        id=f"request-{person}-{number}",
        source=_SHOP,
        received_at=_BEGIN + timedelta(minutes=number, microseconds=4 * person),
        entropy=_CHANCE.bits(),
        events=((0, _SENT),),
        session_id=f"session-{person}",
    )


def main() -> None:
    """Measure, and say what came of it."""
    with TemporaryDirectory() as folder:
        told, took_s = asyncio.run(measure(Path(folder) / "data"))
    each_us = took_s * 1e6 / (told.people * EVENTS)
    sys.stdout.write(
        f"{told.people} people with {EVENTS} requests of one event each, {told.changed} of them changed:"
        f" {took_s:.2f} s, {each_us:.0f} us an event, {took_s * 1e3 / told.people:.1f} ms a person\n"
    )


if __name__ == "__main__":
    main()
