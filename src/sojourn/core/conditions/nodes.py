"""The tree of a condition. Every node is plain data: JSON both ways, equal when it says the same.

A tree that was decoded from JSON is well formed, not yet sensible: `types.check` decides that, as for one from a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from sojourn.core.conditions.errors import NOWHERE, Place

Root = Literal["event", "profile", "session"]
ROOTS: tuple[Root, ...] = ("event", "profile", "session")
Part: TypeAlias = str | int
"""One step of a path: the key of an object, or the index of a list, counted from 0."""


class Operator(StrEnum):
    """How two values are compared, as it is written."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    NOT_IN = "not in"
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    MATCHES = "matches"


ORDERING = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})


class Presence(StrEnum):
    """What is asked of a field alone, as it is written. `is null` is another word for `not exists`."""

    EXISTS = "exists"
    NOT_EXISTS = "not exists"
    EMPTY = "is empty"
    NOT_EMPTY = "is not empty"


class Field(msgspec.Struct, frozen=True, tag="field", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """What stands at a path of a document."""

    root: Root
    path: Annotated[tuple[Part, ...], Meta(min_length=1)]
    place: Place = NOWHERE


class Text(msgspec.Struct, frozen=True, tag="text", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """A text, as it is."""

    value: str
    place: Place = NOWHERE


class Number(
    msgspec.Struct, frozen=True, tag="number", tag_field="node", forbid_unknown_fields=True, omit_defaults=True
):
    """A number."""

    value: int | float
    place: Place = NOWHERE


class Boolean(
    msgspec.Struct, frozen=True, tag="boolean", tag_field="node", forbid_unknown_fields=True, omit_defaults=True
):
    """True or false."""

    value: bool
    place: Place = NOWHERE


class Moment(
    msgspec.Struct, frozen=True, tag="moment", tag_field="node", forbid_unknown_fields=True, omit_defaults=True
):
    """A moment that is known when the condition is written."""

    at: Annotated[datetime, Meta(tz=True)]
    place: Place = NOWHERE


class Now(msgspec.Struct, frozen=True, tag="now", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """The moment at which the condition is asked, or one so many seconds after it; negative is before."""

    offset_s: int = 0
    place: Place = NOWHERE


class MomentOf(
    msgspec.Struct, frozen=True, tag="moment-of", tag_field="node", forbid_unknown_fields=True, omit_defaults=True
):
    """The moment that the text of a field tells."""

    field: Field
    place: Place = NOWHERE


class List(msgspec.Struct, frozen=True, tag="list", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """Values to choose from, all of one kind."""

    items: Annotated[tuple[Text | Number | Boolean | Moment, ...], Meta(min_length=1)]
    place: Place = NOWHERE


Term: TypeAlias = Field | Text | Number | Boolean | Moment | Now | MomentOf
Operand: TypeAlias = Term | List


class Compare(
    msgspec.Struct, frozen=True, tag="compare", tag_field="node", forbid_unknown_fields=True, omit_defaults=True
):
    """Two values, and how they must stand to each other."""

    left: Operand
    operator: Operator
    right: Operand
    place: Place = NOWHERE


class Between(
    msgspec.Struct, frozen=True, tag="between", tag_field="node", forbid_unknown_fields=True, omit_defaults=True
):
    """A value that must lie between two others, both included."""

    value: Term
    low: Term
    high: Term
    place: Place = NOWHERE


class Has(msgspec.Struct, frozen=True, tag="has", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """Whether a field has a value, whatever it is."""

    field: Field
    presence: Presence
    place: Place = NOWHERE


class Not(msgspec.Struct, frozen=True, tag="not", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """The opposite."""

    condition: Condition
    place: Place = NOWHERE


class And(msgspec.Struct, frozen=True, tag="and", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """All of them."""

    conditions: Annotated[tuple[Condition, ...], Meta(min_length=2)]
    place: Place = NOWHERE


class Or(msgspec.Struct, frozen=True, tag="or", tag_field="node", forbid_unknown_fields=True, omit_defaults=True):
    """At least one of them."""

    conditions: Annotated[tuple[Condition, ...], Meta(min_length=2)]
    place: Place = NOWHERE


Condition: TypeAlias = And | Or | Not | Compare | Between | Has
Node: TypeAlias = Condition | Operand


def children(node: Node) -> tuple[Node, ...]:
    """The nodes that a node is made of, as they are written from left to right."""
    match node:
        case And(conditions) | Or(conditions):
            return conditions
        case Not(condition):
            return (condition,)
        case Compare(left, _, right):
            return (left, right)
        case Between(value, low, high):
            return (value, low, high)
        case Has(field) | MomentOf(field):
            return (field,)
        case List(items):
            return items
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and all nodes inside of it, in the order in which they are written."""
    yield node
    for child in children(node):
        yield from walk(child)


def is_grouped(inner: Node, outer: Node) -> bool:
    """Whether a condition is written in parentheses when it stands inside of another one."""
    match inner, outer:
        case And(), Or():
            return False
        case ((And() | Or()), _):
            return True
        case _:
            return False
