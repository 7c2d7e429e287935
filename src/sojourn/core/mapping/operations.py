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
from enum import IntEnum, StrEnum

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


class How(IntEnum):
    """How the value of a field came about, which tells how the values of two persons become one (`core.merging`)."""

    SET = 0
    """Set or emptied: the newest event decides."""
    TENTATIVE = 1
    """Set by `set-if-empty`: whatever is really set replaces it; of several, the oldest event decides."""
    SUM = 2
    """Added up."""
    UNION = 3
    """Collected in a list."""
    MIN = 4
    """The smallest, or the earliest."""
    MAX = 5
    """The largest, or the latest."""
    FIRST = 6
    """The oldest event decides."""


class Origin(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who wrote the value that a field holds: the time of the event, the event, the rule, and by what operation.

    A profile keeps one for each field, so the numbers of `How` are kept, and not its names: they must not change.
    Earlier releases kept `false` and `true` for the first two, which are the same numbers in Python.
    """

    at: datetime
    event: str
    rule: str
    how: How | bool = How.SET

    @property
    def is_tentative(self) -> bool:
        """Whether whatever is really set replaces the value."""
        return self.how == How.TENTATIVE


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

    def into(self, value: object, how: How = How.SET) -> Held:
        """The field with this value, written by who writes."""
        return Held(value, self.by if how is How.SET else msgspec.structs.replace(self.by, how=how))

    def joins(self, held: Held, value: object, how: How) -> Held:
        """The field with a value that came of what it held, too; the newer of both events is named for it."""
        origin = held.origin
        if origin is None or origin.is_tentative or not is_older(self.by, origin):
            return self.into(value, how)
        return Held(value, origin)


def operate(op: Op, held: Held, entering: Entering) -> Held | None:
    """What the field holds afterwards; None where nothing changes. Raises Unfit."""
    return _OPERATIONS[op](held, entering)


def _set(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    return entering.into(value) if _may_replace(held, entering, value) else None


def _set_if_empty(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    if held.origin is None:
        is_free = held.value is None
    else:
        is_free = held.origin.is_tentative and is_older(entering.by, held.origin)
    return entering.into(value, How.TENTATIVE) if is_free else None


def _first(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    if held.value is None:
        return entering.into(value, How.FIRST) if _may_refill(held, entering) else None
    return entering.into(value, How.FIRST) if _is_from_older(entering, held) else None


def _delete(held: Held, entering: Entering) -> Held | None:
    return entering.into(None) if _may_replace(held, entering, None) else None


def _append(held: Held, entering: Entering) -> Held | None:
    present = list_of(held.value)
    grown = united(present, list_of(entering.fitted))
    is_news = len(grown) > len(present) and _may_refill(held, entering)
    return entering.joins(held, grown, How.UNION) if is_news else None


def _remove(held: Held, entering: Entering) -> Held | None:
    present = list_of(held.value)
    unwanted = list_of(entering.fitted)
    left = [item for item in present if item not in unwanted]
    return entering.joins(held, left, How.UNION) if len(left) < len(present) else None


def _add(held: Held, entering: Entering) -> Held | None:
    return _with_sum(held, entering, number_of(entering.fitted))


def _subtract(held: Held, entering: Entering) -> Held | None:
    return _with_sum(held, entering, -number_of(entering.fitted))


def _increment(held: Held, entering: Entering) -> Held | None:
    return _with_sum(held, entering, 1)


def _with_sum(held: Held, entering: Entering, more: float) -> Held | None:
    so_far = 0 if held.value is None else number_of(held.value)
    return entering.joins(held, sum_of(so_far, more), How.SUM) if _may_refill(held, entering) else None


def _min(held: Held, entering: Entering) -> Held | None:
    return _extreme(held, entering, How.MIN, lambda value, held_value: value < held_value)


def _max(held: Held, entering: Entering) -> Held | None:
    return _extreme(held, entering, How.MAX, lambda value, held_value: value > held_value)


def _extreme(held: Held, entering: Entering, how: How, goes_beyond: Callable[[float, float], bool]) -> Held | None:
    """The value that goes beyond the other; of two that are equal, that of the older event."""
    value = entering.fitted
    rank = rank_of(value)
    if held.value is None:
        return entering.into(value, how) if _may_refill(held, entering) else None
    held_rank = rank_of(held.value)
    is_better = goes_beyond(rank, held_rank) or (rank == held_rank and _is_from_older(entering, held))
    return entering.into(value, how) if is_better else None


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


def _may_replace(held: Held, entering: Entering, value: object) -> bool:
    origin = held.origin
    if origin is None or origin.is_tentative:
        return True
    if entering.kind is Kind.CONSENT and entering.by.at == origin.at:
        # Of two decisions of one moment nobody knows which was meant to last, so the more restrictive one holds.
        restrictions = restriction_of(value), restriction_of(held.value)
        if restrictions[0] != restrictions[1]:
            return restrictions[0] > restrictions[1]
    return not is_older(entering.by, origin)


def _may_refill(held: Held, entering: Entering) -> bool:
    """Whether the field is not one that a later event has emptied."""
    return held.value is not None or held.origin is None or not is_older(entering.by, held.origin)


def _is_from_older(entering: Entering, held: Held) -> bool:
    return held.origin is not None and is_older(entering.by, held.origin)


def is_older(one: Origin, other: Origin) -> bool:
    """Whether one event happened before another; at the same moment their ids decide, so that any order agrees."""
    return (one.at, one.event) < (other.at, other.event)


def restriction_of(consent: object) -> float:
    """How much a decision about a consent restricts: one that was revoked most, one that never lapses least."""
    if consent is None:
        return math.inf
    lapses = consent.get("revoke") if isinstance(consent, dict) else None
    moment = parse_time(lapses) if isinstance(lapses, str) else None
    return -moment.timestamp() if moment is not None else -math.inf


def list_of(value: object) -> list[object]:
    """The value as a list: a lone one is a list of one, nothing the empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def united(one: list[object], other: list[object]) -> list[object]:
    """What one list holds, then what only the other one does, each once."""
    grown = list(one)
    for item in other:
        if item not in grown:
            grown.append(item)
    return grown


def number_of(value: object) -> float:
    """The value, which is to be a number. Raises Unfit."""
    kept = fitted(value, Kind.NUMBER)
    assert isinstance(kept, int | float), "a number is kept as a number"
    return kept


def sum_of(one: float, other: float) -> float:
    """The sum as people reckon: exact for integers, and for amounts of money up to 15 digits. Raises Unfit."""
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


def rank_of(value: object) -> float:
    """By what a number, or a moment as text, is compared. Raises Unfit."""
    moment = parse_time(value) if isinstance(value, str) else None
    if moment is not None:
        return moment.timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Unfit("Only numbers, or moments, can be compared.")
