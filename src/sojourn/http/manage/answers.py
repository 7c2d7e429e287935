"""Answers show every field of a record, defaults included, although records leave defaults out where they are kept."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

import msgspec
from litestar import Response
from msgspec.structs import fields


class Answer(Response[Any]):
    """A response whose records are written out whole."""

    def render(self, content: object, media_type: str, enc_hook: object = None) -> bytes:
        """Write the content as JSON; bytes are written as they are."""
        return content if isinstance(content, bytes) else msgspec.json.encode(document(content))


def document(value: object) -> object:
    """The value as plain data in which each field of each record stands. Fields that are unset are left out.

    Moments stay moments: encoded as JSON they are RFC 3339 in UTC with `Z`.
    """
    if isinstance(value, msgspec.Struct):
        attributes = ((name, getattr(value, attribute)) for attribute, name in _names(type(value)))
        return {name: document(held) for name, held in attributes if held is not msgspec.UNSET}
    if isinstance(value, dict):
        return {key: document(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [document(held) for held in value]
    if isinstance(value, Enum):
        return value.value
    return value


@cache  # One entry a record type.
def _names(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.encode_name) for field in fields(kind))
