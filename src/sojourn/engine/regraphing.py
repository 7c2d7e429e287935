"""Trying changed rules of identity on all that was recorded, and applying those in force to it.

A dry run reads the history of everybody and changes nothing. It holds, for each profile id, the document that rules may
ask, and a link for each identifier: a few kilobytes a person. Whoever tracks goes first: one request of the past is
judged at a time. To apply is to carry out the same difference, one person after the other, each in a commit of its own:
who is interrupted can begin again, and finds only what is left to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeVar

import msgspec

from sojourn.core.facts import Keys
from sojourn.core.graph import Edge, Merge, Reason, Review
from sojourn.core.graph_difference import Difference, difference
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.regraph import Regraph, precedents_of
from sojourn.core.sources import Source
from sojourn.engine.jobs import JobFailed, JobOrder, Kind, Tell
from sojourn.engine.joining import Word
from sojourn.engine.parting import Because
from sojourn.engine.patience import patiently
from sojourn.engine.people import AlreadyDecided, People
from sojourn.engine.rules import Rules
from sojourn.ports.catalog import Catalog
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import UnknownId
from sojourn.ports.records import After, Page, Records
from sojourn.ports.system import Clock

Item = TypeVar("Item")

DRY_RUN = "identity-dry-run"
APPLY = "identity-apply"

PAGE = 50
"""Requests, merges or people that are read at once."""
SAMPLES = 20
"""Of each kind of what would change, so many are shown."""
TRIES_MAX = 3
"""How often a history is read from its beginning, because of erasures meanwhile."""


class Learnt(NamedTuple):
    """Identifiers that would lead to a person, and lead to nobody or to somebody else so far."""

    home: str
    links: tuple[Edge, ...]


class Outcome(NamedTuple):
    """What a history comes to under some rules, and where that differs from what is kept."""

    graph: Regraph
    difference: Difference


class Regrapher:
    """Judges the history of everybody anew."""

    def __init__(
        self, store: CollectorStore, records: Records, catalog: Catalog, *, rules: Rules, people: People, clock: Clock
    ) -> None:
        """`store` and `records` are two sides of one store; `people` carries out what is decided."""
        self._store = store
        self._records = records
        self._catalog = catalog
        self._rules = rules
        self._people = people
        self._clock = clock

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kinds of jobs that it does, by their names."""
        return {DRY_RUN: self.dry_run, APPLY: self.apply}

    async def dry_run(self, order: JobOrder, tell: Tell) -> dict[str, object]:
        """Say what the rules in force, with the change of the order, would make of the history."""
        ruleset = self._rules.with_change(order.change) if order.change is not None else self._rules.in_force()
        outcome = await self._outcome(ruleset, tell)
        learnt = [learnt async for learnt in self._learnt(outcome.graph)]
        return _told(outcome.difference, learnt)

    async def apply(self, order: JobOrder, tell: Tell) -> dict[str, object]:
        """Make people what the rules in force make of the history; what was done."""
        outcome = await self._outcome(self._rules.in_force(), tell)
        found = outcome.difference
        learnt = [learnt async for learnt in self._learnt(outcome.graph)]
        steps = [
            *(self._part(merge, order.actor) for merge in found.partings),
            *(self._learn(each, order.actor) for each in learnt),
            *(self._join(merge, order.actor) for merge in found.joins),
            *(self._park(found.parked[first : first + PAGE]) for first in range(0, len(found.parked), PAGE)),
        ]
        for done, step in enumerate(steps):
            tell(done, len(steps))
            await self._store.room()
            await step()
        tell(len(steps), len(steps))
        return _told(found, learnt)

    async def _outcome(self, ruleset: Ruleset, tell: Tell) -> Outcome:
        until = self._clock.now()
        for _ in range(TRIES_MAX):
            graph = await self._begun(ruleset)
            try:
                await self._read(graph, until, tell)
            except UnknownId:  # The last request that was read has been erased: who it was is not to be counted.
                continue
            merges = [merge async for merge in _all(self._records.merges) if merge.undone is None]
            known = {review.id async for review in _all(self._records.reviews)}
            return Outcome(graph, difference(graph, merges, known, until))
        raise JobFailed("So many people are erased just now that the history cannot be read through. Try again later.")

    async def _begun(self, ruleset: Ruleset) -> Regraph:
        merges = [merge async for merge in _all(self._records.merges)]
        reviews = [review async for review in _all(self._records.reviews)]
        sources: Mapping[str, Source] = {source.id: source for source in self._catalog.sources()}
        return Regraph(ruleset, sources, precedents_of(merges, reviews))

    async def _read(self, graph: Regraph, until: datetime, tell: Tell) -> None:
        """Judge what arrived up to a moment."""
        pause_s = self._rules.in_force().limits.retry_after_s
        total, done, last = await self._records.requests_count(), 0, None
        while True:
            page = await patiently(partial(self._records.requests, limit=PAGE, after=last), pause_s=pause_s)
            for request in page:
                if request.record.at is not None and request.record.at <= until:
                    session_id = graph.session_of(request)
                    graph.add(request, await self._records.session(session_id) if session_id is not None else None)
                last = request.record.id
                await asyncio.sleep(0)  # Whoever tracks meanwhile waits for one request of the past at most.
            done += len(page)
            tell(done, max(done, total))
            if len(page) < PAGE:
                return

    async def _learnt(self, graph: Regraph) -> AsyncIterator[Learnt]:
        """By which identifiers people would be known that lead to nobody, or to somebody else."""
        by_home: dict[str, list[Edge]] = {}
        for link in graph.links.values():
            by_home.setdefault(link.profile, []).append(link)
        for home, links in by_home.items():
            await asyncio.sleep(0)
            facts = await self._store.load(Keys(identifiers=frozenset(link.id for link in links)))
            led = {id: link.profile for id, link in facts.links.items() if link.undone is None}
            unknown = [
                link for link in links if link.id not in led or graph.root(led[link.id]) != graph.root(link.profile)
            ]
            if unknown:
                yield Learnt(home, tuple(unknown))

    def _part(self, merge: Merge, actor: str) -> _Step:
        async def part() -> None:
            await self._people.undo(merge.id, actor=actor, because=Because.RULES)

        return _unless_settled(part)

    def _learn(self, learnt: Learnt, actor: str) -> _Step:
        async def learn() -> None:
            await self._people.learn(learnt.home, learnt.links, actor=actor)

        return _unless_settled(learn)

    def _join(self, merge: Merge, actor: str) -> _Step:
        async def join() -> None:
            word = Word(actor, reason=merge.reason, event=merge.event, is_found=True)
            await self._people.merge(merge.one, merge.two, word=word, force=True)

        return _unless_settled(join)

    def _park(self, reviews: tuple[Review, ...]) -> _Step:
        async def park() -> None:
            await self._people.hold(reviews)

        return park


_Step = Callable[[], Awaitable[None]]


def _unless_settled(step: _Step) -> _Step:
    """The step, which has nothing to do where the people were erased, or somebody has done the same meanwhile."""

    async def settled() -> None:
        try:
            await step()
        except (UnknownId, AlreadyDecided):
            return

    return settled


async def _all(read: Callable[..., Awaitable[Page[Item]]]) -> AsyncIterator[Item]:
    """Every item of a list."""
    after: After | None = None
    while True:
        page = await read(limit=PAGE, after=after)
        for item in page.items:
            yield item
        if (after := page.next) is None:
            return


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Two profile ids of people who would be joined, parted or held back, and why."""

    one: str
    two: str | None
    kind: str
    value: str
    """Masked."""
    rule: str
    version: int
    event: str | None
    why: str | None = None
    """Of what is held back."""


def _told(found: Difference, learnt: list[Learnt]) -> dict[str, object]:
    return {
        "people": {"now": found.people_now, "then": found.people_then},
        "joined": _counted(_sample(each.one, each.two, each.reason, each.event) for each in found.joins),
        "split": _counted(_sample(each.one, each.two, each.reason, each.event) for each in found.partings),
        "parked": _counted(_sample(each.one, each.two, each.reason, each.event, each.why) for each in found.parked),
        "learnt": sum(len(each.links) for each in learnt),
    }


def _sample(one: str, two: str | None, reason: Reason, event: str | None, why: str | None = None) -> Sample:
    return Sample(
        one=one,
        two=two,
        kind=reason.kind,
        value=reason.value,
        rule=reason.rule,
        version=reason.version,
        event=event,
        why=why,
    )


def _counted(samples: Iterable[Sample]) -> dict[str, object]:
    every = list(samples)
    return {"count": len(every), "samples": msgspec.to_builtins(list(islice(every, SAMPLES)))}
