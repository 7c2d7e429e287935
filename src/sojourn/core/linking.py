"""What follows when an event asserts an identifier: is it learnt, does it join two people, or is it held back?

The rules, in the order in which they are asked (tracker.md §4.6, R-33, R-36):

1.  A source that may not assert the kind changes nothing.
2.  An identifier that belongs to the person already changes nothing.
3.  What somebody has said not to be one person is not joined again by the same identifier; one that somebody has said
    to be everybody's joins nobody any more.
4.  Another login on a device means that somebody else has taken it over: it is judged for somebody new.
5.  Two different values of a unique kind never belong to one person.
6.  A public source does not join two people who are both known, unless the source says `identity = "open"`. A pass
    without a token, whoever brings it, joins nobody who is known.
7.  Neither the values of a kind, nor the ids of a person, nor the merges by one identifier grow beyond their limits.

What is held back by 5 to 7 waits for somebody's word; nothing of the person changes by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, StrEnum

import msgspec
from msgspec.structs import replace

from sojourn.core.graph import ANYBODY, Edge, Pair, Review, review_id
from sojourn.core.identifiers.in_force import Identifier
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.limits import Limits
from sojourn.core.profiles import Profile
from sojourn.core.sources import Source

LOOKS_MAX = 10
"""After so many looks at one request, no event of it writes a field that tells what is held back, so that it ends."""


class Course(Enum):
    """What is to be done."""

    IGNORE = "ignored"
    """The source may not assert it."""
    KNOWN = "known"
    """It is the person's already."""
    BARRED = "barred"
    """Somebody has said that these are two people."""
    LEARN = "learnt"
    """It is nobody's yet, and becomes the person's."""
    JOIN = "joined"
    """It is somebody else's, and both are one person."""
    TAKE_OVER = "taken-over"
    """Somebody else has taken over the device: somebody new, for whom the same is judged again."""
    HOLD = "held"


class Hold(StrEnum):
    """Why a link is held back."""

    UNIQUE = "unique-conflict"
    """The people, or the person and the value, differ in a kind of which one person has one value."""
    TWO_KNOWN = "two-known"
    """Both people are known, and the source's word is not enough to join them."""
    VALUES = "too-many-values"
    """The person would have more values of the kind than one person may have."""
    IDS = "too-many-ids"
    """The person would have more ids than one person may have."""
    FAN_IN = "fan-in"
    """The identifier has joined too many people lately: it may be everybody's."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What follows from an assertion, and why, where it is held back."""

    course: Course
    hold: Hold | None = None


class Asserter(msgspec.Struct, frozen=True, gc=False):
    """Who asserts an identifier: the person of the event, and what the word of its source is worth."""

    person: Profile
    source: Source
    has_just_come: bool
    """Whether the person was nobody before this request."""
    at: datetime
    apart: tuple[Pair, ...] = ()
    """Profiles of which somebody has said since that they are not one person, whatever identifier says so."""
    only_names: bool = False
    """Whether nothing but an id was named that anybody may have come to know: a pass without a token."""


Turn = tuple[bool, bool, int]
"""When an identifier is judged, among those that one request asserts: the smallest one first."""


def turn_of(identifier: Identifier, *, is_linked: bool) -> Turn:
    """Unique kinds come first: what they say of the person decides whether anything else joins them to another.

    Then come identifiers that are somebody's already, then what counts most.
    """
    return not identifier.kind.unique, not is_linked, identifier.kind.priority


def judge(
    identifier: Identifier,
    by: Asserter,
    link: Edge | None,
    other: Profile | None,
    kinds: Mapping[str, IdKind],
    limits: Limits,
) -> Verdict:
    """Decide; `link` is that of the identifier, and `other` the person that it leads to."""
    person = by.person
    if not may_assert(by.source, identifier.kind):
        return Verdict(Course.IGNORE)
    if link is None or other is None:
        return _learn(identifier, person)
    if other.id == person.id:
        return Verdict(Course.KNOWN)
    if _is_barred((*link.barred, *by.apart), person, other):
        return Verdict(Course.BARRED)
    if identifier.kind.switches and person.identifiers.get(identifier.kind.id):
        return Verdict(Course.TAKE_OVER)
    hold = hold_of(person, other, kinds, limits)
    if hold is None and not _may_join(by, other, kinds):
        hold = Hold.TWO_KNOWN
    if hold is None and counts_as_join(by) and joins_within(link, identifier.kind, by.at) >= _joins_max(identifier):
        hold = Hold.FAN_IN
    return Verdict(Course.HOLD, hold) if hold else Verdict(Course.JOIN)


def hold_of(one: Profile, other: Profile, kinds: Mapping[str, IdKind], limits: Limits) -> Hold | None:
    """What keeps two people from being one, whoever says that they are; None where nothing does."""
    for kind in kinds.values():
        mine, theirs = set(one.identifiers.get(kind.id, ())), set(other.identifiers.get(kind.id, ()))
        if kind.unique and mine and theirs and mine.isdisjoint(theirs):
            return Hold.UNIQUE
        if mine and theirs and len(mine | theirs) > kind.limit_per_profile:
            return Hold.VALUES
    if len({*one.ids, *other.ids}) > limits.person_ids_max:
        return Hold.IDS
    return None


def is_known(person: Profile, kinds: Mapping[str, IdKind]) -> bool:
    """Whether a person has an identifier that says who they are; else they are anonymous."""
    return any(kind in kinds and kinds[kind].identifies for kind, keys in person.identifiers.items() if keys)


def elder(one: Profile, other: Profile) -> tuple[Profile, Profile]:
    """The one who was there first, who survives, and the other (tracker.md R-34)."""
    return (one, other) if _age(one) <= _age(other) else (other, one)


def joins_within(link: Edge, kind: IdKind, now: datetime) -> int:
    """How many people an identifier has joined within the period of its kind."""
    period = timedelta(days=kind.limit_per_period.days)
    return link.joins if link.joins_since is not None and now - link.joins_since < period else 0


def with_one_more_join(link: Edge, kind: IdKind, now: datetime) -> Edge:
    """The link of an identifier that has joined one more person."""
    so_far = joins_within(link, kind, now)
    return replace(link, joins=so_far + 1, joins_since=link.joins_since if so_far else now)


def held_id(why: Hold, key: str, home: str, other: str | None) -> str:
    """The id of the review of what is held back. What everybody seems to have is one thing to look at, whoever asks."""
    return review_id(why, key, "" if why is Hold.FAN_IN else home, other)


def barred_by(review: Review) -> tuple[Pair, ...]:
    """Whom an identifier does not join any more, since somebody has rejected this: those two, or nobody at all."""
    if review.why == Hold.FAN_IN:
        return (ANYBODY,)
    return ((review.one, review.two),) if review.two is not None else ()


def counts_as_join(by: Asserter) -> bool:
    """Whether the breaker counts it: not when a server tells of a customer whom it does not know by our id."""
    return not (by.has_just_come and by.source.trust == "server")


def may_assert(source: Source, kind: IdKind) -> bool:
    """Whether the word of a source counts for ids of a kind."""
    is_server = source.trust == "server"
    return is_server or (source.identity != "server-only" and kind.trust == "any")


def _learn(identifier: Identifier, person: Profile) -> Verdict:
    kind = identifier.kind
    held = person.identifiers.get(kind.id, ())
    if identifier.key in held:
        return Verdict(Course.KNOWN)
    if held and kind.switches:
        return Verdict(Course.TAKE_OVER)
    if held and kind.unique:
        return Verdict(Course.HOLD, Hold.UNIQUE)
    if len(held) >= kind.limit_per_profile:
        return Verdict(Course.HOLD, Hold.VALUES)
    return Verdict(Course.LEARN)


def _is_barred(barred: tuple[Pair, ...], person: Profile, other: Profile) -> bool:
    return ANYBODY in barred or any(
        (one in person.ids and two in other.ids) or (two in person.ids and one in other.ids) for one, two in barred
    )


def _may_join(by: Asserter, other: Profile, kinds: Mapping[str, IdKind]) -> bool:
    if by.only_names:
        return not is_known(by.person, kinds)
    if by.source.trust == "server" or by.source.identity == "open":
        return True
    return not (is_known(by.person, kinds) and is_known(other, kinds))


def _joins_max(identifier: Identifier) -> int:
    return identifier.kind.limit_per_period.count


def _age(person: Profile) -> tuple[datetime, str]:
    time = person.metadata.time
    return time.seen or time.create, person.id
