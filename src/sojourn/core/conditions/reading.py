"""How a condition gets at its values: each side of a comparison becomes a function of the subject."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TypeAlias, assert_never

import msgspec

from sojourn.core.conditions.fields import Default, FieldTypes
from sojourn.core.conditions.moments import moment_of
from sojourn.core.conditions.nodes import Boolean, Field, Moment, MomentOf, Now, Number, Part, Term, Text


class Subject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a condition is asked about: documents as plain JSON values, and the moment at which it is asked."""

    now: datetime
    event: dict[str, object] | None = None
    profile: dict[str, object] | None = None
    session: dict[str, object] | None = None


Read: TypeAlias = Callable[[Subject], object]
"""Gets a value; None when there is none."""


def reader(term: Term, fields: FieldTypes) -> Read:
    """The function that gets a term's value."""
    match term:
        case Field():
            return _field_reader(term, fields.of(term).default)
        case MomentOf(field):
            return _moment_reader(reader(field, fields))
        case Now(offset_s):
            return _now_reader(offset_s)
        case Moment(value) | Text(value) | Number(value) | Boolean(value):
            return lambda _: value
        case _:
            assert_never(term)


def _field_reader(field: Field, default: Default | None) -> Read:
    document = attrgetter(field.root)
    follow = _follower(field.path)
    if default is None:
        return lambda subject: follow(document(subject))
    return _with_default(document, follow, default)


def _follower(path: tuple[Part, ...]) -> Callable[[object], object]:
    """What stands at a path. Only the keys of objects and the items of lists are looked up, never an attribute."""

    def follow_keys(value: object) -> object:
        for part in path:
            if value.__class__ is not dict:
                return None
            value = value.get(part)
        return value

    def follow(value: object) -> object:
        for part in path:
            if isinstance(part, str):
                value = value.get(part) if isinstance(value, dict) else None
            else:
                value = value[part] if isinstance(value, list | tuple) and part < len(value) else None
        return value

    return follow_keys if all(isinstance(part, str) for part in path) else follow


def _with_default(document: Read, follow: Callable[[object], object], default: Default) -> Read:
    follow_to_record = _follower(default.within)

    def read(subject: Subject) -> object:
        whole = document(subject)
        value = follow(whole)
        if value is None and isinstance(follow_to_record(whole), dict):
            return default.value
        return value

    return read


def _moment_reader(read: Read) -> Read:
    def read_moment(subject: Subject) -> datetime | None:
        value = read(subject)
        return moment_of(value) if isinstance(value, str) else None

    return read_moment


def _now_reader(offset_s: int) -> Read:
    if offset_s == 0:
        return lambda subject: subject.now
    offset = timedelta(seconds=offset_s)
    return lambda subject: subject.now + offset
