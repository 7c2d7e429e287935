"""Whether a condition can mean anything: which operators go with which kinds of values.

What is known is written down: in a checked condition both sides of a comparison of moments say that they are moments
(`profile.metadata.time.insert > "2026-01-01"` becomes `datetime(profile.metadata.time.insert) >
datetime("2026-01-01")`), so that no back end needs to find out again. Of a field about which nothing is known, its
values decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from sojourn.core.conditions.bounds import keep_bounds
from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.fields import OPEN, FieldTypes, Kind
from sojourn.core.conditions.limits import LIMITS, ConditionLimits
from sojourn.core.conditions.moments import moment_of
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
    Operator,
    Or,
    Term,
    Text,
    walk,
)
from sojourn.core.conditions.writing import written_operand


class Checked(msgspec.Struct, frozen=True):
    """A condition that means something, with what was known of its fields. Only `check` makes one."""

    condition: Condition
    fields: FieldTypes


def check(condition: Condition, fields: FieldTypes = OPEN, limits: ConditionLimits = LIMITS) -> Checked:
    """Check a condition, wherever it came from.

    Raises ConditionError, with the place, when it goes beyond a limit, asks a document that is not there, or compares
    what can never be compared.
    """
    keep_bounds(condition, limits)
    for node in walk(condition):
        if isinstance(node, Field):
            _ask(node, fields)
        elif isinstance(node, MomentOf):
            _expect(node.field, (Kind.TEXT, Kind.MOMENT), "datetime", fields)
    return Checked(_checked(condition, fields), fields)


def _ask(field: Field, fields: FieldTypes) -> None:
    if field.root not in fields.documents:
        hint = f"There is {' and '.join(fields.documents)}."
        raise ConditionError(field.place, f"There is no {field.root} to ask here.", hint)
    leaf = fields.leaf_above(field)
    if leaf is not None:
        kind = fields.of(leaf).kind
        raise ConditionError(field.place, f"`{written_operand(leaf)}` is {kind.value}, with no fields below it.")


def _checked(condition: Condition, fields: FieldTypes) -> Condition:
    match condition:
        case And(conditions) | Or(conditions):
            return replace(condition, conditions=tuple(_checked(part, fields) for part in conditions))
        case Not(inner):
            return replace(condition, condition=_checked(inner, fields))
        case Between(value, low, high):
            for term in (value, low, high):
                _expect(term, _ORDERED, "between", fields)
            value, low, high = _of_one_kind((value, low, high), fields)
            return replace(condition, value=value, low=low, high=high)
        case Compare():
            return _compared(condition, fields)
        case Has():
            return condition


def _compared(compare: Compare, fields: FieldTypes) -> Compare:
    left, operator, right = compare.left, compare.operator, compare.right
    if isinstance(left, List):
        raise ConditionError(left.place, "A list in brackets can only stand to the right of `in`.")
    to_the_left, to_the_right = _TAKES[operator]
    _expect(left, to_the_left, operator, fields)
    _expect(right, to_the_right, operator, fields)
    if isinstance(right, List):
        left, *items = _of_one_kind((left, *right.items), fields)
        return replace(compare, left=left, right=replace(right, items=tuple(items)))
    match operator:
        case Operator.IN | Operator.NOT_IN:
            # A list of a document holds JSON, which knows no moments.
            _expect(left, _HELD, operator, fields)
        case Operator.CONTAINS:
            if _kind_of(left, fields) is Kind.TEXT:
                _expect(right, (Kind.TEXT,), operator, fields)
        case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.MATCHES:
            pass
        case _:
            left, right = _of_one_kind((left, right), fields)
            return replace(compare, left=left, right=right)
    return compare


def _of_one_kind(terms: Sequence[Term], fields: FieldTypes) -> list[Term]:
    """The terms, as moments if one of them is known to be one. Raises ConditionError where two kinds are known."""
    kinds = [_kind_of(term, fields) for term in terms]
    if Kind.MOMENT in kinds:
        return [_as_moment(term) for term in terms]
    expected = Kind.ANY
    for term, kind in zip(terms, kinds, strict=True):
        if Kind.ANY not in (expected, kind) and kind is not expected:
            raise ConditionError(term.place, f"This is {kind.value}, and is compared with {expected.value}.", _QUOTES)
        expected = kind if expected is Kind.ANY else expected
    return list(terms)


def _as_moment(term: Term) -> Term:
    match term:
        case Moment() | Now() | MomentOf():
            return term
        case Field():
            return MomentOf(term, term.place)
        case Text(value):
            at = moment_of(value)
            if at is not None:
                return Moment(at, term.place)
    hint = 'Write it like "2026-01-31" or "2026-01-31T12:00:00Z".'
    raise ConditionError(term.place, "This is compared with a moment, and is none.", hint)


def _expect(operand: Operand, kinds: Sequence[Kind], operator: str, fields: FieldTypes) -> None:
    kind = _kind_of(operand, fields)
    if kind is not Kind.ANY and kind not in kinds:
        taken = ", ".join(dict.fromkeys(allowed.value for allowed in kinds))
        hint = _HINTS.get((operator, kind), "")
        raise ConditionError(operand.place, f"This is {kind.value}. On this side `{operator}` takes {taken}.", hint)


def _kind_of(operand: Operand, fields: FieldTypes) -> Kind:
    match operand:
        case Field():
            return fields.of(operand).kind
        case Text():
            return Kind.TEXT
        case Number():
            return Kind.NUMBER
        case Boolean():
            return Kind.BOOLEAN
        case Moment() | Now() | MomentOf():
            return Kind.MOMENT
        case List():
            return Kind.LIST


_HELD = (Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN)
_ORDERED = (Kind.TEXT, Kind.NUMBER, Kind.MOMENT)
_SCALAR = (*_HELD, Kind.MOMENT)
_TEXT = (Kind.TEXT,)
_TAKES = {
    Operator.EQUAL: (_SCALAR, _SCALAR),
    Operator.UNEQUAL: (_SCALAR, _SCALAR),
    Operator.LESS: (_ORDERED, _ORDERED),
    Operator.AT_MOST: (_ORDERED, _ORDERED),
    Operator.MORE: (_ORDERED, _ORDERED),
    Operator.AT_LEAST: (_ORDERED, _ORDERED),
    Operator.IN: (_SCALAR, (Kind.LIST,)),
    Operator.NOT_IN: (_SCALAR, (Kind.LIST,)),
    Operator.CONTAINS: ((Kind.TEXT, Kind.LIST), _HELD),
    Operator.STARTS_WITH: (_TEXT, _TEXT),
    Operator.ENDS_WITH: (_TEXT, _TEXT),
    Operator.MATCHES: (_TEXT, _TEXT),
}
_HINTS: dict[tuple[str, Kind], str] = {
    (Operator.EQUAL, Kind.LIST): "To choose from a list write `in`, to look into one `contains`.",
    (Operator.UNEQUAL, Kind.LIST): "To choose from a list write `not in`.",
    (Operator.IN, Kind.TEXT): "To look into a text write `contains`, with the text to its left.",
}
_QUOTES = "No value is turned into another kind; only what stands in quotes is a text."
