"""What would have to be done so that those people are one whom rules join: merges to be undone, and merges to be made.

Undoing what the rules do not bring about comes first; then so many merges are made that just those are one who are to
be. Carrying out both makes the people of the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from sojourn.core.graph import Merge, Review
from sojourn.core.regraph import Regraph


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Between the people that there are and those that rules would make of the same history."""

    people_now: int
    people_then: int
    joins: tuple[Merge, ...]
    """In the order in which they would have come about."""
    partings: tuple[Merge, ...]
    """Merges that hold now, and that the rules do not bring about."""
    parked: tuple[Review, ...]
    """What would be held back, and was not."""


def difference(graph: Regraph, merges: Iterable[Merge], reviews: Collection[str], until: datetime) -> Difference:
    """Compare a graph with the merges that hold now, and what was held back so far, by id.

    The history that the graph was made of ended with what arrived up to `until`; so does what it is compared with.
    """
    homes = graph.homes
    known = [merge for merge in merges if merge.at <= until and merge.one in homes and merge.two in homes]
    partings = tuple(merge for merge in known if graph.root(merge.one) != graph.root(merge.two))
    now, left = _Union(), _Union()
    for merge in known:
        now.unite(merge.one, merge.two)
        if graph.root(merge.one) == graph.root(merge.two):
            left.unite(merge.one, merge.two)
    return Difference(
        people_now=len({now.root(home) for home in homes}),
        people_then=len({graph.root(home) for home in homes}),
        joins=tuple(merge for merge in graph.merges if left.unite(merge.one, merge.two)),
        partings=partings,
        parked=tuple(review for review in graph.reviews.values() if review.id not in reviews),
    )


class _Union:
    """Which ids are one, as far as they were united."""

    def __init__(self) -> None:
        self._leads: dict[str, str] = {}

    def root(self, id: str) -> str:
        while leads_to := self._leads.get(id):
            id = leads_to
        return id

    def unite(self, one: str, two: str) -> bool:
        """Make both one; whether they were not."""
        first, second = self.root(one), self.root(two)
        if first != second:
            self._leads[second] = first
        return first != second
