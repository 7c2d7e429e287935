"""A condition as an English sentence, for people who do not write conditions.

What it says is exact: groups keep their parentheses, and fields the names by which they are found.
"""

from __future__ import annotations

from typing import assert_never

from sojourn.core.conditions.moments import duration_of, moment_text
from sojourn.core.conditions.nodes import (
    And,
    Between,
    Compare,
    Condition,
    Field,
    Has,
    List,
    Moment,
    MomentOf,
    Not,
    Now,
    Operand,
    Operator,
    Or,
    Presence,
    is_grouped,
)
from sojourn.core.conditions.tokens import written_part
from sojourn.core.conditions.writing import written_operand


def sentence(condition: Condition) -> str:
    """What a condition says. In a checked one, moments are known to be moments, and told as such."""
    said = _clause(condition)
    return f"{said[0].upper()}{said[1:]}."


def _clause(condition: Condition) -> str:
    match condition:
        case And(conditions):
            return " and ".join(_inside(part, condition) for part in conditions)
        case Or(conditions):
            return " or ".join(_inside(part, condition) for part in conditions)
        case Not(inner):
            return f"it is not so that {_inside(inner, condition)}"
        case Has(field, presence):
            return f"{_side(field)} {_PRESENCE[presence]}"
        case Between(value, low, high):
            return f"{_side(value)} lies between {_side(low)} and {_side(high)}, both included"
        case Compare(left, operator, right):
            is_of_moments = isinstance(right, Moment | MomentOf | Now)
            relation = _OF_MOMENTS.get(operator) if is_of_moments else None
            return f"{_side(left)} {relation or _RELATIONS[operator]} {_side(right)}"
        case _:
            assert_never(condition)


def _inside(inner: Condition, outer: Condition) -> str:
    return f"({_clause(inner)})" if is_grouped(inner, outer) else _clause(inner)


def _side(operand: Operand) -> str:
    match operand:
        case Field(root, path) | MomentOf(Field(root, path)):
            return f"the {root}'s {'.'.join(written_part(part) for part in path)}"
        case Moment(at):
            return moment_text(at)
        case Now(offset_s):
            return _told_now(offset_s)
        case List(items):
            told = [_side(item) for item in items]
            return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} or {told[-1]}"
        case _:
            return written_operand(operand)


def _told_now(offset_s: int) -> str:
    if offset_s == 0:
        return "now"
    count, unit = duration_of(abs(offset_s))
    duration = f"{count} {_UNITS[unit]}{'' if count == 1 else 's'}"
    return f"{duration} ago" if offset_s < 0 else f"{duration} from now"


_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_PRESENCE = {
    Presence.EXISTS: "has a value",
    Presence.NOT_EXISTS: "has no value",
    Presence.EMPTY: "is empty",
    Presence.NOT_EMPTY: "is not empty",
}
_RELATIONS = {
    Operator.EQUAL: "is",
    Operator.UNEQUAL: "is other than",
    Operator.LESS: "is less than",
    Operator.AT_MOST: "is at most",
    Operator.MORE: "is more than",
    Operator.AT_LEAST: "is at least",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.MATCHES: "matches the pattern",
}
_OF_MOMENTS = {
    Operator.LESS: "is earlier than",
    Operator.AT_MOST: "is not later than",
    Operator.MORE: "is later than",
    Operator.AT_LEAST: "is not earlier than",
}
