"""The identity graph: which ids lead to whom, who was merged, and what waits for a person's word.

Every link says by which rule, of which event, and by whom. Nothing of it holds the clear value of an identifier: only
its key, and a masked form that its owner knows again.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Literal

import msgspec

COLLECTOR = "collector"
"""The actor of what follows from events."""

ALIAS = "alias"
"""The kind of the link of an id that a server told."""

MERGE = "merge"
"""The kind of a link from the id of a merged profile to that of the survivor."""

HANDED_ON = "pass"
"""The kind of the link by which the passes of a profile lead to it; it is there since one of them mattered."""

MANUAL = "manual"
"""The kind of the reason of a merge by hand."""

KINDS = (ALIAS, MERGE, HANDED_ON, MANUAL)
"""The kinds that are no kinds of id, and whose names no kind of id may have."""

Pair = tuple[str, str]
"""Two profile ids."""

ANYBODY: Pair = ("*", "*")
"""Stands for any two profiles where it says whom an identifier does not join: it is everybody's."""


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One link: `id` leads to `profile`, by this rule, since this event.

    `id` is an alias, the key of an identifier, or the id of a profile that was merged. An id has one link; a later one
    takes its place. One that is undone leads nowhere: the id stands for itself again.
    """

    id: str
    profile: str
    kind: str
    """`alias`, `merge`, `pass`, or the kind of the identifier."""
    rule: str
    event: str | None
    at: datetime
    undone: datetime | None = None
    version: int = 0
    """Of the rule; 0 for one that comes along."""
    value: str = ""
    """The identifier, masked."""
    source: str = ""
    actor: str = COLLECTOR
    joins_since: datetime | None = None
    joins: int = 0
    """How many merges this identifier has brought about since then; the breaker goes by it."""
    barred: tuple[Pair, ...] = ()
    """Profiles that this identifier does not join again, since somebody said that they are not one person."""


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Why two people seem to be one."""

    kind: str
    """The kind of the identifier; `pass` where one browser handed the person on to another, `manual`."""
    rule: str
    version: int = 0
    key: str = ""
    value: str = ""
    """The identifier, masked."""
    source: str = ""
    note: str = ""
    """What the person said who merged them."""


def edge_by(
    reason: Reason, *, id: str, profile: str, kind: str, event: str | None, at: datetime, actor: str = COLLECTOR
) -> Edge:
    """The link that follows from a reason."""
    return Edge(
        id=id,
        profile=profile,
        kind=kind,
        rule=reason.rule,
        version=reason.version,
        value=reason.value,
        source=reason.source,
        event=event,
        at=at,
        actor=actor,
    )


class Merge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Two people became one. `one` and `two` are the profile ids that the reason ties together, each of one of them."""

    id: str
    at: datetime
    survivor: str
    merged: tuple[str, ...]
    """The profile ids that lead to the survivor by this."""
    one: str
    two: str
    reason: Reason
    event: str | None
    actor: str = COLLECTOR
    undone: datetime | None = None
    undone_by: str | None = None
    is_applied: bool = False
    """Whether it was found when rules were applied to what had been recorded: evidence brought it about, though `actor`
    asked for it."""
    is_parted_by_rules: bool = False
    """Whether it was undone since the rules do not bring it about any more, and not by somebody's word."""

    @property
    def is_evident(self) -> bool:
        """Whether an identifier brought it about, rather than somebody's word or a pass, which no event tells again."""
        is_identified = bool(self.reason.key) and self.reason.kind != HANDED_ON
        return is_identified and (self.actor == COLLECTOR or self.is_applied)


ReviewState = Literal["open", "accepted", "rejected"]


class Review(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A link that was held back, with the reason, until somebody decides. Whom it is about never changes."""

    id: str
    at: datetime
    why: str
    """A code, see `core.linking.Hold`."""
    one: str
    """The profile id whose event asserted the identifier."""
    two: str | None
    """A profile id of the person that it belongs to; null where it is nobody's yet."""
    reason: Reason
    event: str | None
    state: ReviewState = "open"
    decided: datetime | None = None
    actor: str | None = None


def review_id(why: str, key: str, home: str, other: str | None) -> str:
    """The id of a review: the same, however often the same is held back. `home` may be empty, for whoever asks."""
    return blake2b("\n".join((why, key, other or "", home)).encode(), digest_size=16).hexdigest()


def components(ids: frozenset[str], merges: tuple[Merge, ...]) -> tuple[frozenset[str], ...]:
    """The people among these profile ids, given the merges that count."""
    group = {id: frozenset((id,)) for id in ids}
    for merge in merges:
        if merge.one in group and merge.two in group:
            joined = group[merge.one] | group[merge.two]
            group.update(dict.fromkeys(joined, joined))
    return tuple(dict.fromkeys(group[id] for id in sorted(ids)))
