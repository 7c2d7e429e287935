"""The one way to write a condition down: reading what is written gives the same tree again."""

from __future__ import annotations

from typing import assert_never

from sojourn.core.conditions.moments import duration_of, moment_text
from sojourn.core.conditions.nodes import (
    And,
    Between,
    Boolean,
    Compare,
    Condition,
    Field,
    Has,
    List,
    Moment,
    MomentOf,
    Not,
    Now,
    Number,
    Operand,
    Or,
    Text,
    is_grouped,
)
from sojourn.core.conditions.tokens import quoted, written_part


def written(condition: Condition) -> str:
    """A condition as text."""
    match condition:
        case And(conditions):
            return " and ".join(_written_inside(part, condition) for part in conditions)
        case Or(conditions):
            return " or ".join(_written_inside(part, condition) for part in conditions)
        case Not(inner):
            return f"not {_written_inside(inner, condition)}"
        case Compare(left, operator, right):
            return f"{written_operand(left)} {operator} {written_operand(right)}"
        case Between(value, low, high):
            return f"{written_operand(value)} between {written_operand(low)} and {written_operand(high)}"
        case Has(field, presence):
            return f"{written_operand(field)} {presence}"
        case _:
            assert_never(condition)


def written_operand(operand: Operand) -> str:
    """One side of a comparison as text."""
    match operand:
        case Field(root, path):
            return ".".join((root, *(written_part(part) for part in path)))
        case Text(value):
            return quoted(value)
        case Number(value) | Boolean(value):
            return repr(value).lower()
        case Moment() | MomentOf() | Now():
            return _written_moment(operand)
        case List(items):
            return f"[{', '.join(written_operand(item) for item in items)}]"
        case _:
            assert_never(operand)


def _written_inside(inner: Condition, outer: Condition) -> str:
    return f"({written(inner)})" if is_grouped(inner, outer) else written(inner)


def _written_moment(moment: Moment | MomentOf | Now) -> str:
    match moment:
        case Moment(at):
            return f"datetime({quoted(moment_text(at))})"
        case MomentOf(field):
            return f"datetime({written_operand(field)})"
        case Now(offset_s):
            return _written_now(offset_s)


def _written_now(offset_s: int) -> str:
    if offset_s == 0:
        return "now"
    count, unit = duration_of(abs(offset_s))
    return f"now {'-' if offset_s < 0 else '+'} {count}{unit}"
