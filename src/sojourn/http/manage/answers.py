"""Answers show every field of a record, defaults included, although records leave defaults out where they are kept."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import msgspec
from litestar import Response
from msgspec import inspect as kinds


class Answer(Response[Any]):
    """A response whose records are written out whole."""

    def render(self, content: object, media_type: str, enc_hook: object = None) -> bytes:
        """Write the content as JSON; bytes are written as they are."""
        return content if isinstance(content, bytes) else msgspec.json.encode(document(content))


def document(value: object) -> object:
    """The value as JSON data in which each field of each record stands. Fields that are unset are left out.

    Moments stay moments: encoded as JSON they are RFC 3339 in UTC with `Z`.
    """
    if isinstance(value, msgspec.Struct):
        shown = {}
        for attribute, name, is_plain in _fields_of(type(value)):
            held = getattr(value, attribute)
            if held is not msgspec.UNSET:
                shown[name] = held if is_plain else document(held)
        return shown
    if isinstance(value, dict):
        return {key: document(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [document(held) for held in value]
    return value


class _Field(NamedTuple):
    attribute: str
    name: str
    is_plain: bool
    """It holds no record, so it can be written as it is; a page of events is mostly such data."""


@cache
def _fields_of(record: type[msgspec.Struct]) -> tuple[_Field, ...]:
    shape = kinds.type_info(record)
    assert isinstance(shape, kinds.StructType), "a record is a struct"
    return tuple(_Field(field.name, field.encode_name, _is_plain(field.type)) for field in shape.fields)


def _is_plain(kind: kinds.Type) -> bool:
    match kind:
        case kinds.UnionType(types=held) | kinds.TupleType(item_types=held):
            return all(_is_plain(each) for each in held)
        case kinds.CollectionType(item_type=item):
            return _is_plain(item)
        case kinds.DictType(value_type=item):
            return _is_plain(item)
        case _:
            # The items of a generic list are of any type, as far as one can see from here.
            return not isinstance(kind, kinds.StructType | kinds.AnyType)
