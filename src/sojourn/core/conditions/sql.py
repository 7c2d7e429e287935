"""From a checked condition to a SQL predicate, over documents that an engine keeps as JSON.

A predicate is true or false, never NULL, and the same as what `closure` answers. Values and paths are parameters: its
text is made of nothing but our own words and the columns that the caller names.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

import msgspec

from sojourn.core.conditions.dialects import Dialect, Scalar
from sojourn.core.conditions.fields import Kind
from sojourn.core.conditions.nodes import (
    ORDERING,
    And,
    Between,
    Compare,
    Condition,
    Field,
    Has,
    List,
    Not,
    Operator,
    Or,
    Presence,
    Term,
)
from sojourn.core.conditions.sides import Columns, Faces, Json, Sides
from sojourn.core.conditions.types import Checked


class Predicate(msgspec.Struct, frozen=True):
    """A SQL expression, and the values of the parameters in it (`$c0`, `$c1`, ...) by their names."""

    sql: str
    parameters: dict[str, Scalar]


def predicate(checked: Checked, columns: Columns, dialect: Dialect, *, now: datetime, prefix: str = "c") -> Predicate:
    """The predicate that a condition is at the moment `now`.

    `prefix` begins the names of the parameters, so that several predicates can stand in one statement. Raises
    ConditionError where the condition asks a document that no column holds.
    """
    sides = Sides(checked.fields, columns, dialect, now=now, prefix=prefix)
    sql = _condition(checked.condition, sides)
    return Predicate(sql, sides.parameters.used_in(sql))


def _condition(condition: Condition, sides: Sides) -> str:
    match condition:
        case And(conditions):
            return f"({' AND '.join(_condition(part, sides) for part in conditions)})"
        case Or(conditions):
            return f"({' OR '.join(_condition(part, sides) for part in conditions)})"
        case Not(inner):
            return f"(NOT {_condition(inner, sides)})"
        case Has(field, presence):
            return _presence(sides.json(field), presence, sides.dialect)
        case Between(value, low, high):
            least, most = Compare(value, Operator.AT_LEAST, low), Compare(value, Operator.AT_MOST, high)
            return _condition(And((least, most)), sides)
        case Compare():
            return _two_valued(_comparison(condition, sides))
        case _:
            assert_never(condition)


def _two_valued(sql: str) -> str:
    """False instead of NULL, which is what SQL makes of a comparison with what is missing."""
    return f"({sql} IS TRUE)"


def _presence(json: Json, presence: Presence, dialect: Dialect) -> str:
    exists = _two_valued(f"{json.kind} <> '{dialect.null_kind}'")
    match presence:
        case Presence.EXISTS:
            return exists
        case Presence.NOT_EXISTS:
            return f"(NOT {exists})"
        case Presence.EMPTY:
            return _is_empty(json, dialect)
        case Presence.NOT_EMPTY:
            return f"(NOT {_is_empty(json, dialect)})"
        case _:
            assert_never(presence)


def _is_empty(json: Json, dialect: Dialect) -> str:
    void = {dialect.text_kind: "", dialect.list_kind: "[]", dialect.object_kind: "{}"}
    is_void = " ".join(f"WHEN '{kind}' THEN {json.value} = '{value}'" for kind, value in void.items())
    return f"(CASE {json.kind} {is_void} WHEN '{dialect.null_kind}' THEN TRUE ELSE {json.kind} IS NULL END)"


def _comparison(compare: Compare, sides: Sides) -> str:
    """One expression, in parentheses where it is more than a word or a call; it may be NULL."""
    left, operator, right = compare.left, compare.operator, compare.right
    assert not isinstance(left, List), "the check refuses it"
    if isinstance(right, List):
        return _choice(sides.of(left), operator, [sides.of(item) for item in right.items])
    dialect = sides.dialect
    match operator:
        case Operator.IN:
            return _holds_item(right, left, sides)
        case Operator.NOT_IN:
            return _lacks_item(right, left, sides)
        case Operator.CONTAINS:
            in_text = _texts(sides.of(left), dialect.contains, sides.of(right))
            return _any_of([in_text, _holds_item(left, right, sides)])
        case Operator.STARTS_WITH:
            return _texts(sides.of(left), dialect.starts_with, sides.of(right))
        case Operator.ENDS_WITH:
            return _texts(sides.of(left), dialect.ends_with, sides.of(right))
        case Operator.MATCHES:
            return _texts(sides.of(left), dialect.matches, sides.of(right))
        case _:
            return _related(sides.of(left), operator, sides.of(right))


def _related(left: Faces, operator: Operator, right: Faces) -> str:
    kinds = [kind for kind in left if kind in right and (kind is not Kind.BOOLEAN or operator not in ORDERING)]
    return _any_of(
        [
            _all_of(left[kind].is_shown, right[kind].is_shown, f"{left[kind].value} {operator} {right[kind].value}")
            for kind in kinds
        ]
    )


def _choice(left: Faces, operator: Operator, items: list[Faces]) -> str:
    [kind] = items[0]  # The check has seen to it that all are of one kind, which the left side may be of as well.
    face, values = left[kind], ", ".join(item[kind].value for item in items)
    return _all_of(face.is_shown, f"{face.value} {'IN' if operator is Operator.IN else 'NOT IN'} ({values})")


def _holds_item(items: Term, wanted: Term, sides: Sides) -> str:
    if not isinstance(items, Field):
        return "FALSE"
    dialect, json = sides.dialect, sides.json(items)
    item = sides.of_json(Json(dialect.item_kind, dialect.item_value))
    is_wanted = _two_valued(_related(item, Operator.EQUAL, sides.of(wanted)))
    return dialect.has_item.format(kind=json.kind, value=json.value, wanted=is_wanted)


def _lacks_item(items: Term, unwanted: Term, sides: Sides) -> str:
    assert isinstance(items, Field), "the check refuses all but lists"
    shown = [face.is_shown for face in sides.of(unwanted).values() if face.is_shown]
    is_scalar = _any_of(shown) if shown else None
    is_list = f"{sides.json(items).kind} = '{sides.dialect.list_kind}'"
    return _all_of(is_scalar, is_list, f"NOT {_holds_item(items, unwanted, sides)}")


def _texts(left: Faces, template: str, right: Faces) -> str:
    if Kind.TEXT not in left or Kind.TEXT not in right:
        return "FALSE"
    one, other = left[Kind.TEXT], right[Kind.TEXT]
    return _all_of(one.is_shown, other.is_shown, template.format(left=one.value, right=other.value))


def _all_of(*parts: str | None) -> str:
    return f"({' AND '.join(part for part in parts if part)})"


def _any_of(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"({' OR '.join(parts)})" if parts else "FALSE"
