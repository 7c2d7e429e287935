"""What it costs to find a person by any id among a million: `python -m bench.people` makes them, then looks them up.

The real store, inside this process and with nothing else to do, and without its cache of documents: so the figure is
one `load` of one key that is answered by the database on the disk, as the first request of somebody who comes back is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import cyclopts
import msgspec

from bench import ledger
from sojourn.bench.machine import Machine, machine
from sojourn.core.changes import Changes
from sojourn.core.facts import Keys
from sojourn.core.graph import ALIAS, MERGE, Edge
from sojourn.core.ids import derived_id
from sojourn.core.limits import Limits
from sojourn.core.profiles import committed, new_profile, with_identifier, with_ids
from sojourn.stores.embedded.store import EmbeddedStore

PEOPLE = 1_000_000
LOOKED_UP = 10_000
"""How many are looked up by each kind of id."""

LEDGER = ledger.LEDGER.with_name("people.jsonl")

_PATIENCE_S = 600
_BATCH = 5_000
_EVERY_SO_MANY = 10
"""One person in ten was merged into them, and has an alias."""

_BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of one load."""

    p50_us: float
    p99_us: float


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    commit: str
    dirty: bool
    date: str
    machine: Machine
    people: int
    nobody: Cost
    """An id that is unknown."""
    by: dict[str, Cost]


async def measure(folder: Path, *, people: int = PEOPLE, looked_up: int = LOOKED_UP) -> Mapping[str, Cost]:
    """What each kind of id costs; `nobody` is an id that leads to nobody."""
    store = await EmbeddedStore.open(folder, Limits(cached_documents_max=0, settle_timeout_s=_PATIENCE_S))
    for first in range(0, people, _BATCH):
        await store.room()
        await store.commit(_people(range(first, min(first + _BATCH, people))), await store.load(Keys()))
    await store.people_count()  # Everything is in the database.
    random = Random(people)
    chosen = [random.randrange(0, people, _EVERY_SO_MANY) for _ in range(looked_up)]
    asked = {
        "current": [Keys(profiles=frozenset((_id(number),))) for number in chosen],
        "merged": [Keys(profiles=frozenset((_merged_id(number),))) for number in chosen],
        "alias": [Keys(profiles=frozenset((_alias(number),))) for number in chosen],
        "identifier": [Keys(identifiers=frozenset((_key(number),))) for number in chosen],
    }
    costs = {by: await _cost(store, keys, found=1) for by, keys in asked.items()}
    nobody = [Keys(profiles=frozenset((_id(people + number),))) for number in chosen]
    costs["nobody"] = await _cost(store, nobody, found=0)
    await store.close()
    return costs


async def _cost(store: EmbeddedStore, asked: list[Keys], *, found: int) -> Cost:
    took_us = []
    for keys in asked:
        begin = time.perf_counter()
        facts = await store.load(keys)
        took_us.append((time.perf_counter() - begin) * 1e6)
        assert len(facts.profiles) == found, f"{keys} leads to {len(facts.profiles)} people"
    return Cost(p50_us=round(median(took_us), 1), p99_us=round(quantiles(took_us, n=100)[-1], 1))


def _people(numbers: range) -> Changes:
    profiles, edges = [], []
    for number in numbers:
        at = _BEGIN + timedelta(seconds=number)
        id, key = _id(number), _key(number)
        person = with_identifier(new_profile(id, first_seen=at, created=at), "email-main", key)
        edges.append(Edge(id=key, profile=id, kind="email-main", rule="type:sign-in", event=None, at=at))
        if number % _EVERY_SO_MANY == 0:
            merged, alias = _merged_id(number), _alias(number)
            profiles.append(committed(new_profile(merged, first_seen=at, created=at), 1, at))
            person = with_ids(person, (merged, alias))
            edges.append(Edge(id=merged, profile=id, kind=MERGE, rule="type:sign-in", event=None, at=at))
            edges.append(Edge(id=alias, profile=id, kind=ALIAS, rule="told-by-server", event=None, at=at))
        profiles.append(committed(person, 1, at))
    return Changes(at=_BEGIN, profiles=tuple(profiles), edges=tuple(edges))


def _id(number: int) -> str:
    return derived_id(number, "profile")


def _merged_id(number: int) -> str:
    return derived_id(number, "merged")


def _alias(number: int) -> str:
    return f"crm-{number}"


def _key(number: int) -> str:
    return f"email#{derived_id(number, 'key').replace('-', '')}"


app = cyclopts.App(name="python -m bench.people", help_format="plaintext", version_flags=())


@app.default
def main(*, people: int = PEOPLE, record: bool = False, where: Path | None = None) -> None:
    """Make people, and look them up by every kind of id.

    Args:
        people: How many.
        record: Add the result to bench/people.jsonl.
        where: A folder on the disk to measure; the data goes into a new folder there and is removed again.
    """
    date = datetime.now(UTC).isoformat(timespec="seconds")
    commit, dirty = ledger.commit()
    with TemporaryDirectory(dir=where) as folder:
        costs = dict(asyncio.run(measure(Path(folder) / "data", people=people)))
    for by, cost in costs.items():
        print(f"{by:<11} {cost.p50_us:7.1f} us, p99 {cost.p99_us:7.1f} us")
    nobody = costs.pop("nobody")
    line = Line(commit=commit, dirty=dirty, date=date, machine=machine(), people=people, nobody=nobody, by=costs)
    if record:
        ledger.append(line, LEDGER)


if __name__ == "__main__":
    app()
