"""How two JSON values stand to each other: kind by kind, and never across kinds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import inf
from typing import TypeAlias

from sojourn.core.conditions.nodes import ORDERING, Operator

Relation: TypeAlias = Callable[[object, object], bool]

PLAIN: dict[Operator, Callable[..., bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.UNEQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
"""The relations between two values that are known to be of one kind."""

SEEN_FROM_THE_RIGHT = {
    Operator.EQUAL: Operator.EQUAL,
    Operator.UNEQUAL: Operator.UNEQUAL,
    Operator.LESS: Operator.MORE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.MORE: Operator.LESS,
    Operator.AT_LEAST: Operator.AT_MOST,
}
"""What `a < b` says of `b`."""


def relation(compared: Operator) -> Relation:
    """Whether two values are of one kind and stand so to each other; true and false are in no order."""
    holds = PLAIN[compared]
    kinds = _ORDERED if compared in ORDERING else _SCALARS

    def related(left: object, right: object) -> bool:
        kind = kinds.get(left.__class__)
        if kind is None or kind is not kinds.get(right.__class__):
            return False
        return holds(_double(left), _double(right)) if kind is float else holds(left, right)

    return related


def is_scalar(value: object) -> bool:
    """Whether a value is a text, a number, true or false."""
    return value.__class__ in _SCALARS


def is_number(value: object) -> bool:
    """Whether a value is a number; true and false are none."""
    return value.__class__ is int or value.__class__ is float


def is_list(value: object) -> bool:
    """Whether a value is a list, as JSON or as our records have it."""
    return value.__class__ is list or value.__class__ is tuple


def holds_item(items: object, value: object) -> bool:
    """Whether a list has an item that equals a value."""
    return isinstance(items, list | tuple) and any(_equal(item, value) for item in items)


def _double(number: object) -> float:
    """A number as IEEE has it; JSON allows whole numbers that are larger than all doubles."""
    assert isinstance(number, int | float), "only numbers are turned into doubles"
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


_ORDERED: dict[type, type] = {str: str, int: float, float: float}
_SCALARS: dict[type, type] = {**_ORDERED, bool: bool}

_equal = relation(Operator.EQUAL)
