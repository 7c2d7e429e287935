"""What an operation does to one field, given what the field holds and who wrote it last.

The newest event wins, not the one that arrives last; sums, extremes and first values come out the same in any order. An
operation that would change nothing says so by returning None. It raises Unfit for a value that it cannot work with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from sojourn.core.fields import Kind, Unfit, fitted


class Op(StrEnum):
    """How a value enters a field."""

    SET = "set"
    """The value of the newest event."""
    SET_IF_EMPTY = "set-if-empty"
    """Only where nothing else has set the field; of several, the oldest event's."""
    APPEND = "append"
    """Adds what a list does not hold yet."""
    REMOVE = "remove"
    """Takes out of a list."""
    ADD = "add"
    SUBTRACT = "subtract"
    INCREMENT = "increment"
    """Adds one."""
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    """The value of the oldest event."""
    LAST = "last"
    """As `set`."""
    DELETE = "delete"
    """Empties the field; an older event does not fill it again."""


class Origin(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who wrote the value that a field holds: the time of the event, the event, the rule."""

    at: datetime
    event: str
    rule: str
    is_tentative: bool = False
    """Set by `set-if-empty`: whatever is really set replaces it."""


class Held(NamedTuple):
    """What a field holds (None: nothing), and who wrote it (None: nobody, or nobody knows)."""

    value: object
    origin: Origin | None


class Entering(NamedTuple):
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
    is_first = held.value is None if held.origin is None else _is_older(entering.by, held.origin)
    return entering.into(value) if is_first else None


def _delete(held: Held, entering: Entering) -> Held | None:
    return entering.into(None) if _may_replace(held, entering) else None


def _append(held: Held, entering: Entering) -> Held | None:
    present = _list(held.value)
    news = [item for item in _list(entering.fitted) if item not in present]
    return entering.into([*present, *news]) if news else None


def _remove(held: Held, entering: Entering) -> Held | None:
    present = _list(held.value)
    unwanted = _list(entering.fitted)
    left = [item for item in present if item not in unwanted]
    return entering.into(left) if len(left) < len(present) else None


def _add(held: Held, entering: Entering) -> Held | None:
    return entering.into(_sum_so_far(held) + _number(entering.value))


def _subtract(held: Held, entering: Entering) -> Held | None:
    return entering.into(_sum_so_far(held) - _number(entering.value))


def _increment(held: Held, entering: Entering) -> Held | None:
    return entering.into(_sum_so_far(held) + 1)


def _min(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    return entering.into(value) if held.value is None or _is_less(value, held.value) else None


def _max(held: Held, entering: Entering) -> Held | None:
    value = entering.fitted
    return entering.into(value) if held.value is None or _is_less(held.value, value) else None


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


def _is_older(one: Origin, other: Origin) -> bool:
    """Whether one event happened before another; at the same moment their ids decide, so that any order agrees."""
    return (one.at, one.event) < (other.at, other.event)


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _sum_so_far(held: Held) -> float:
    return 0 if held.value is None else _number(held.value)


def _number(value: object) -> float:
    kept = fitted(value, Kind.NUMBER)
    assert isinstance(kept, int | float), "a number is kept as a number"
    return kept


def _is_less(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one < other
    if isinstance(one, str) and isinstance(other, str):
        return one < other
    raise Unfit("Only two numbers, or two moments, can be compared.")
