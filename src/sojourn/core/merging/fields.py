"""How two values of one field become one. The way in which the field was written decides, or what people said of it.

What nobody is known to have written counts as older than all that somebody wrote, and is never added up: of two heights
the survivor's stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from sojourn.core.fields import Kind, Unfit
from sojourn.core.mapping.operations import (
    Held,
    How,
    list_of,
    number_of,
    rank_of,
    restriction_of,
    sum_of,
    united,
)
from sojourn.core.merge_rules import Strategy
from sojourn.core.times import EARLIEST


def field_together(one: Held, other: Held, kind: Kind | None, strategy: Strategy | None = None) -> Held:
    """What the field holds that stands for both, and who wrote it; `one` is the survivor's.

    Without a strategy, the way in which the field was written decides. A field that was emptied last is empty whatever
    the strategy, but for `survivor` and `most-restrictive`, which do not go by time. Where the values are nothing that
    the strategy can work with, the newest one stays.
    """
    for held, only in ((one, other), (other, one)):
        if held == _NEVER_WRITTEN:
            return only
    strategy = strategy or _strategy_of(one, other, kind)
    if strategy not in _BESIDE_TIME and (one.value is None or other.value is None):
        return _newest(one, other, kind)
    try:
        return _STRATEGIES[strategy](one, other, kind)
    except Unfit:
        return _newest(one, other, kind)


_NEVER_WRITTEN = Held(None, None)
_BESIDE_TIME = (Strategy.SURVIVOR, Strategy.MOST_RESTRICTIVE)


def _strategy_of(one: Held, other: Held, kind: Kind | None) -> Strategy:
    """By how the newer of both was written; by what the values are where nobody is known to have written them."""
    if one.origin is None and other.origin is None:
        if kind is Kind.CONSENT:
            return Strategy.MOST_RESTRICTIVE
        are_lists = isinstance(one.value, list) and isinstance(other.value, list)
        return Strategy.UNION if are_lists else Strategy.SURVIVOR
    if _is_tentative(one) is not _is_tentative(other):
        return Strategy.NEWEST
    newest = _newest(one, other, kind).origin
    assert newest is not None, "what somebody wrote is newer than what nobody is known to have written"
    return _OF_HOW[How(newest.how)]


_OF_HOW = {
    How.SET: Strategy.NEWEST,
    How.TENTATIVE: Strategy.FIRST,
    How.SUM: Strategy.SUM,
    How.UNION: Strategy.UNION,
    How.MIN: Strategy.MIN,
    How.MAX: Strategy.MAX,
    How.FIRST: Strategy.FIRST,
}


def _is_tentative(held: Held) -> bool:
    return held.origin is not None and held.origin.is_tentative


def _newest(one: Held, other: Held, kind: Kind | None) -> Held:
    return other if _age(other, kind) > _age(one, kind) else one


def _first(one: Held, other: Held, kind: Kind | None) -> Held:
    return other if _age(other, kind) < _age(one, kind) else one


_Age = tuple[int, datetime, float, str, str, bytes]


def _age(held: Held, kind: Kind | None) -> _Age:
    """By what values are put in order, the oldest first; what is tentative comes before all that is not.

    The last parts only tell apart what was written at one moment: there the stricter decision about a consent comes
    last, and so holds.
    """
    by = held.origin
    if by is None:
        return _UNKNOWN_AGE
    restriction = restriction_of(held.value) if kind is Kind.CONSENT else 0
    text = msgspec.json.encode(held.value, order="deterministic")
    return (0 if by.is_tentative else 2, by.at, restriction, by.event, by.rule, text)


_UNKNOWN_AGE: _Age = (1, EARLIEST, 0, "", "", b"")


def _sum(one: Held, other: Held, kind: Kind | None) -> Held:
    total = sum_of(number_of(one.value), number_of(other.value))
    return Held(total, _newest(one, other, kind).origin)


def _union(one: Held, other: Held, kind: Kind | None) -> Held:
    return Held(united(list_of(one.value), list_of(other.value)), _newest(one, other, kind).origin)


def _min(one: Held, other: Held, kind: Kind | None) -> Held:
    ranks = rank_of(one.value), rank_of(other.value)
    if ranks[0] == ranks[1]:
        return _first(one, other, kind)
    return one if ranks[0] < ranks[1] else other


def _max(one: Held, other: Held, kind: Kind | None) -> Held:
    ranks = rank_of(one.value), rank_of(other.value)
    if ranks[0] == ranks[1]:
        return _first(one, other, kind)
    return one if ranks[0] > ranks[1] else other


def _survivors(one: Held, other: Held, _kind: Kind | None) -> Held:
    return other if one.origin is None and one.value in _SAYS_NOTHING else one


_SAYS_NOTHING: tuple[object, ...] = (None, "", {}, [])


def _most_restrictive(one: Held, other: Held, kind: Kind | None) -> Held:
    restrictions = restriction_of(one.value), restriction_of(other.value)
    if restrictions[0] == restrictions[1]:
        return _newest(one, other, kind)
    return one if restrictions[0] > restrictions[1] else other


_STRATEGIES: dict[Strategy, Callable[[Held, Held, Kind | None], Held]] = {
    Strategy.NEWEST: _newest,
    Strategy.SUM: _sum,
    Strategy.UNION: _union,
    Strategy.MIN: _min,
    Strategy.MAX: _max,
    Strategy.FIRST: _first,
    Strategy.SURVIVOR: _survivors,
    Strategy.MOST_RESTRICTIVE: _most_restrictive,
}
