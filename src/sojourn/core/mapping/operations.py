"""What an operation does to one field, given what the field holds and who wrote it last.

The newest event wins, not the one that arrives last; sums, extremes and first values come out the same in any order, as
long as one kind of operation writes the field. An operation that would change nothing says so by returning None. It
raises Unfit for a value that it cannot work with.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from sojourn.core.fields import Kind, Unfit, fitted
from sojourn.core.times import parse_time


class Op(StrEnum):
    """How a value enters a field."""

    SET = "set"
    """The value of the newest event."""
    SET_IF_EMPTY = "set-if-empty"
    """Only where nothing else has set or emptied the field; of several, the value of the oldest event."""
    APPEND = "append"
    """Adds what a list does not hold yet."""
    REMOVE = "remove"
    """Takes out of a list."""
    ADD = "add"
    """Adds to a number; an empty field counts as 0."""
    SUBTRACT = "subtract"
    """Takes off a number; an empty field counts as 0."""
    INCREMENT = "increment"
    """Adds one."""
    MIN = "min"
    """The smallest number, or the earliest moment."""
    MAX = "max"
    """The largest number, or the latest moment."""
    FIRST = "first"
    """The value of the oldest event."""
    LAST = "last"
    """The same as `set`."""
    DELETE = "delete"
    """Empties the field; an older event does not fill it again."""


class Origin(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who wrote the value that a field holds: the time of the event, the event, the rule."""

    at: datetime
    event: str
    rule: str
    is_tentative: bool = False
    """Set by `set-if-empty`: whatever is really set replaces it."""


class Effect(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A value that entered a field, whether that changed the field or not."""

    op: Op
    field: str
    kind: Kind
    value: object
    by: Origin


class Held(msgspec.Struct, frozen=True, gc=False):
    """What a field holds (None: nothing), and who wrote it (None: nobody, or nobody knows)."""

    value: object
    origin: Origin | None


class Entering(msgspec.Struct, frozen=True, gc=False):
    """A value on its way into a field of a kind, and who writes it."""

    value: object
    kind: Kind
    by: Origin

    @property
    def fitted(self) -> object:
        """The value as the field keeps it. Raises Unfit."""
        return fitted(self.value, self.kind)

    def into(self, value: object) -> Held:
        """The field with this value, written by who writes."""
        return Held(value, self.by)

    def joins(self, held: Held, value: object) -> Held:
        """The field with a value that came of what it held, too; the newer of both events is named for it."""
        origin = held.origin
        is_newest = origin is None or origin.is_tentative or not _is_older(self.by, origin)
        return Held(value, self.by if is_newest else origin)


def operate(op: Op, held: Held, entering: Entering) -> Held | None:
    """What the field holds afterwards; None where nothing changes. Raises Unfit."""
    return _OPERATIONS[op](held, entering)


def _set(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    return entering.into(value) if _may_replace(held, entering) else None


def _set_if_empty(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    if held.origin is None:
        is_free = held.value is None
    else:
        is_free = held.origin.is_tentative and _is_older(entering.by, held.origin)
    return Held(value, msgspec.structs.replace(entering.by, is_tentative=True)) if is_free else None


def _first(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    if held.value is None:
        return entering.into(value) if _may_refill(held, entering) else None
    return entering.into(value) if _is_from_older(entering, held) else None


def _delete(held: Held, entering: Entering) -> Held | None:
    return entering.into(None) if _may_replace(held, entering) else None


def _append(held: Held, entering: Entering) -> Held | None:
    present = _list(held.value)
    grown = list(present)
    for item in _list(entering.fitted):
        if item not in grown:
            grown.append(item)
    is_news = len(grown) > len(present) and _may_refill(held, entering)
    return entering.joins(held, grown) if is_news else None


def _remove(held: Held, entering: Entering) -> Held | None:
    present = _list(held.value)
    unwanted = _list(entering.fitted)
    left = [item for item in present if item not in unwanted]
    return entering.joins(held, left) if len(left) < len(present) else None


def _add(held: Held, entering: Entering) -> Held | None:
    return _with_sum(held, entering, _number(entering.fitted))


def _subtract(held: Held, entering: Entering) -> Held | None:
    return _with_sum(held, entering, -_number(entering.fitted))


def _increment(held: Held, entering: Entering) -> Held | None:
    return _with_sum(held, entering, 1)


def _with_sum(held: Held, entering: Entering, more: float) -> Held | None:
    so_far = 0 if held.value is None else _number(held.value)
    return entering.joins(held, _sum(so_far, more)) if _may_refill(held, entering) else None


def _min(held: Held, entering: Entering) -> Held | None:
    return _extreme(held, entering, lambda value, held_value: value < held_value)


def _max(held: Held, entering: Entering) -> Held | None:
    return _extreme(held, entering, lambda value, held_value: value > held_value)


def _extreme(held: Held, entering: Entering, goes_beyond: Callable[[float, float], bool]) -> Held | None:
    """The value that goes beyond the other; of two that are equal, that of the older event."""
    value = entering.fitted
    rank = _rank(value)
    if held.value is None:
        return entering.into(value) if _may_refill(held, entering) else None
    held_rank = _rank(held.value)
    is_better = goes_beyond(rank, held_rank) or (rank == held_rank and _is_from_older(entering, held))
    return entering.into(value) if is_better else None


_OPERATIONS: dict[Op, Callable[[Held, Entering], Held | None]] = {
    Op.SET: _set,
    Op.SET_IF_EMPTY: _set_if_empty,
    Op.APPEND: _append,
    Op.REMOVE: _remove,
    Op.ADD: _add,
    Op.SUBTRACT: _subtract,
    Op.INCREMENT: _increment,
    Op.MIN: _min,
    Op.MAX: _max,
    Op.FIRST: _first,
    Op.LAST: _set,
    Op.DELETE: _delete,
}


def _may_replace(held: Held, entering: Entering) -> bool:
    origin = held.origin
    return origin is None or origin.is_tentative or not _is_older(entering.by, origin)


def _may_refill(held: Held, entering: Entering) -> bool:
    """Whether the field is not one that a later event has emptied."""
    return held.value is not None or held.origin is None or not _is_older(entering.by, held.origin)


def _is_from_older(entering: Entering, held: Held) -> bool:
    return held.origin is not None and _is_older(entering.by, held.origin)


def _is_older(one: Origin, other: Origin) -> bool:
    """Whether one event happened before another; at the same moment their ids decide, so that any order agrees."""
    return (one.at, one.event) < (other.at, other.event)


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _number(value: object) -> float:
    kept = fitted(value, Kind.NUMBER)
    assert isinstance(kept, int | float), "a number is kept as a number"
    return kept


def _sum(one: float, other: float) -> float:
    """The sum as people reckon: exact for integers, and for amounts of money up to 15 digits."""
    if isinstance(one, int) and isinstance(other, int):
        total: float = one + other
        is_possible = abs(total) <= _INTEGER_MAX
    else:
        total = float(Decimal(repr(one)) + Decimal(repr(other)))
        is_possible = math.isfinite(total)
    if not is_possible:
        raise Unfit("The sum is beyond all range.")
    return total


_INTEGER_MAX = 2**63 - 1


def _rank(value: object) -> float:
    """By what a number, or a moment as text, is compared."""
    moment = parse_time(value) if isinstance(value, str) else None
    if moment is not None:
        return moment.timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Unfit("Only numbers, or moments, can be compared.")
