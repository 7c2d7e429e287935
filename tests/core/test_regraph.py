"""Who would be one person, had other rules been in force all along."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given

from sojourn.core.events import Submission
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.regraph import Regraph, precedents_of
from sojourn.stores.memory import MemoryStore
from tests.core.test_joined_people import RULES, SOURCES, kept, logs

BY_ID = {source.id: source for source in SOURCES}


@given(logs())
def test_the_rules_that_were_in_force_join_the_very_people_who_were_joined(log: tuple[Submission, ...]) -> None:
    store = asyncio.run(kept([[submission] for submission in log]))
    graph = asyncio.run(judged(store, RULES))
    assert people_of(graph) == people_in(store)


@given(logs())
def test_the_rules_that_were_in_force_hold_back_what_was_held_back(log: tuple[Submission, ...]) -> None:
    store = asyncio.run(kept([[submission] for submission in log]))
    graph = asyncio.run(judged(store, RULES))
    told = {review.id for review in store._reviews.values()}
    assert graph.reviews.keys() == told


async def judged(store: MemoryStore, rules: Ruleset) -> Regraph:
    """The history of a store, judged anew."""
    graph = Regraph(rules, BY_ID, precedents_of(store._merges.values(), store._reviews.values()))
    for request in await store.requests(limit=10_000):
        session_id = graph.session_of(request)
        graph.add(request, await store.session(session_id) if session_id else None)
    return graph


def people_of(graph: Regraph) -> set[frozenset[str]]:
    return _grouped((home, graph.root(home)) for home in graph.homes)


def people_in(store: MemoryStore) -> set[frozenset[str]]:
    homes = {record.profile for record in store._submissions.values() if record.profile is not None}
    return _grouped((home, store._current(home)) for home in homes)


def _grouped(pairs: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for home, root in pairs:
        groups[root].add(home)
    return {frozenset(group) for group in groups.values()}
