"""What a condition must keep to whatever its fields are: its size, and the reach of each of its values."""

from __future__ import annotations

import re

from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.limits import INDEX_MAX, NUMBER_MAX, OFFSET_S_MAX, ConditionLimits
from sojourn.core.conditions.moments import moment_of, moment_text
from sojourn.core.conditions.nodes import (
    Compare,
    Condition,
    Field,
    Moment,
    Node,
    Not,
    Now,
    Number,
    Operand,
    Operator,
    Text,
    children,
    is_grouped,
    walk,
)
from sojourn.core.conditions.patterns import pattern_fault


def keep_bounds(condition: Condition, limits: ConditionLimits) -> None:
    """Raise ConditionError, with the place, for the first thing that goes beyond a bound."""
    _bound_depth(condition, limits.depth_max)
    for count, node in enumerate(walk(condition), start=1):
        if count > limits.nodes_max:
            raise ConditionError(node.place, f"A condition has at most {limits.nodes_max} parts; here they are more.")
        _bound(node, limits)


def _bound_depth(node: Node, levels: int) -> None:
    if levels < 0:
        raise ConditionError(node.place, "Too many conditions stand inside of each other here.")
    for child in children(node):
        _bound_depth(child, levels - isinstance(node, Not) - is_grouped(child, node))


def _bound(node: Node, limits: ConditionLimits) -> None:
    match node:
        case Number(value) if not abs(value) <= NUMBER_MAX:
            hint = "Where it is an id, send and compare it as a text."
            raise ConditionError(node.place, f"A number is at most {NUMBER_MAX}, either way.", hint)
        case Now(offset_s) if abs(offset_s) > OFFSET_S_MAX:
            raise ConditionError(node.place, "A moment is at most a hundred years from now.")
        case Moment(at) if moment_of(moment_text(at)) != at:
            raise ConditionError(node.place, "A moment lies in the years 1000 to 9999, whole minutes from UTC.")
        case Field():
            _bound_path(node, limits.path_parts_max)
        case Text(value) if len(value) > limits.text_chars_max:
            raise ConditionError(node.place, f"A text has at most {limits.text_chars_max} characters.")
        case Compare(_, Operator.MATCHES, right):
            _bound_pattern(right, limits)
        case _:
            pass


def _bound_pattern(pattern: Operand, limits: ConditionLimits) -> None:
    if not isinstance(pattern, Text):
        raise ConditionError(pattern.place, "`matches` takes a pattern that is written down, in quotes.")
    _bound(pattern, limits)
    fault = pattern_fault(pattern.value, limits.pattern_program_max)
    if fault:
        raise ConditionError(pattern.place, f"The pattern cannot be used: {fault}.")


def _bound_path(field: Field, parts_max: int) -> None:
    if len(field.path) > parts_max:
        raise ConditionError(field.place, f"A field has at most {parts_max} parts.")
    for part in field.path:
        if isinstance(part, int) and not 0 <= part <= INDEX_MAX:
            raise ConditionError(field.place, f"An index lies between 0 and {INDEX_MAX}.")
        if isinstance(part, str) and (not part or _CONTROL.search(part)):
            raise ConditionError(field.place, "A key cannot be empty, nor hold control characters.")


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
