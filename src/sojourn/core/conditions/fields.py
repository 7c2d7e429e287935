"""What is known of the fields that a condition may ask: where they begin, their kinds, and what is left out on disk.

Paths are open: a field that nobody has told of may hold anything. What our own records declare is known, and drawn from
them, so that it cannot differ from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec import inspect

from sojourn.core.conditions.nodes import Field, Part, Root


class Kind(StrEnum):
    """What a value is; in messages, with its article."""

    ANY = "anything"
    TEXT = "a text"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    MOMENT = "a moment"
    LIST = "a list"
    OBJECT = "a group of fields"


class Default(msgspec.Struct, frozen=True):
    """What a field is where its document leaves it out, provided that the part of the document at `within` is there."""

    value: object
    """As JSON has it."""
    within: tuple[str, ...] = ()


class KnownField(msgspec.Struct, frozen=True):
    """What is known of one field."""

    kind: Kind
    default: Default | None = None


Path = tuple[Part, ...]
_NOTHING_KNOWN = KnownField(Kind.ANY)


class FieldTypes(msgspec.Struct, frozen=True):
    """The documents that a condition may ask, each with the fields that are known of it."""

    documents: dict[Root, dict[Path, KnownField]]

    def of(self, field: Field) -> KnownField:
        """What is known of a field; a field of an unknown path may be anything."""
        return self.documents.get(field.root, {}).get(field.path, _NOTHING_KNOWN)

    def leaf_above(self, field: Field) -> Field | None:
        """The known field that this one would lie below, though it can have nothing below it; None where none is."""
        above = (Field(field.root, field.path[:length]) for length in range(1, len(field.path)))
        return next((leaf for leaf in above if self.of(leaf).kind not in _WITH_PARTS), None)


_WITH_PARTS = (Kind.ANY, Kind.LIST, Kind.OBJECT)

OPEN = FieldTypes({"event": {}, "profile": {}, "session": {}})
"""All three documents, with nothing known of them."""


def field_types(**records: type[msgspec.Struct]) -> FieldTypes:
    """What records declare, each under the root that names it: `field_types(profile=Profile)`."""
    documents: dict[Root, dict[Path, KnownField]] = {}
    for root, record in records.items():
        declared = inspect.type_info(record)
        assert isinstance(declared, inspect.StructType), "a document is a record"
        documents[msgspec.convert(root, Root)] = dict(_fields_of(declared, _Above()))
    return FieldTypes(documents)


class _Above(NamedTuple):
    """Where in a document a record stands, what is there when it is left out, and what must be there for that."""

    path: tuple[str, ...] = ()
    instead: object = None
    within: tuple[str, ...] = ()


def _fields_of(record: inspect.StructType, above: _Above) -> Iterator[tuple[Path, KnownField]]:
    for field in record.fields:
        path = (*above.path, field.encode_name)
        declared = _unless_null(field.type)
        left_out = _left_out(field, above)
        default = None if left_out is None else Default(msgspec.to_builtins(left_out), above.within)
        yield path, KnownField(_kind_of(declared), default)
        if isinstance(declared, inspect.StructType):
            # A record that may be missing has no parts while it is; its parts have defaults once it is there.
            within = path if left_out is None else above.within
            yield from _fields_of(declared, _Above(path, left_out, within))


def _left_out(field: inspect.Field, above: _Above) -> object:
    """What is meant where the field is not written; None where nothing is."""
    if above.instead is not None:
        return getattr(above.instead, field.name)
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _unless_null(declared: inspect.Type) -> inspect.Type:
    if not isinstance(declared, inspect.UnionType):
        return declared
    others = [option for option in declared.types if not isinstance(option, inspect.NoneType)]
    return others[0] if len(others) == 1 else inspect.AnyType()


def _kind_of(declared: inspect.Type) -> Kind:
    match declared:
        case inspect.StrType() | inspect.EnumType():
            return Kind.TEXT
        case inspect.IntType() | inspect.FloatType():
            return Kind.NUMBER
        case inspect.BoolType():
            return Kind.BOOLEAN
        case inspect.DateTimeType():
            return Kind.MOMENT
        case inspect.ListType() | inspect.VarTupleType():
            return Kind.LIST
        case inspect.StructType() | inspect.DictType():
            return Kind.OBJECT
        case _:
            return Kind.ANY
