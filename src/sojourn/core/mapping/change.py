"""What a rule changed, as traces keep it, and as it is told to whoever asks.

Most of what rules do is to copy properties of an event into fields of it. Of that only the places are kept: the values
stand in the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from sojourn.core.documents import Document
from sojourn.core.fields import Unfit, fitted, kind_of
from sojourn.core.mapping.operations import Op
from sojourn.core.references import read_back, value_at


class Change(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One field that a rule changed."""

    rule: str
    op: Op
    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)  # of two structs, msgspec could not tell which one a note has
class Copied:
    """Fields of an event that were empty, and that a rule filled from properties of it."""

    rule: str
    fields: tuple[tuple[str, str], ...]
    """The way to each field in the event, and that to its value in the properties."""


def spelt_out(what: Change | Copied, properties: Document) -> Iterator[Change]:
    """Each change by itself; `properties` are those of the event."""
    if isinstance(what, Change):
        yield what
        return
    for field, source in what.fields:
        reference = read_back(f"event@{field}")
        value = value_at(properties, read_back(f"event@{source}").path)
        yield Change(what.rule, Op.SET, str(reference), None, _kept(value, reference.path))


def all_spelt_out(changes: Iterable[Change | Copied], properties: Document) -> tuple[Change, ...]:
    """All of them, in their order."""
    return tuple(change for each in changes for change in spelt_out(each, properties))


def _kept(value: object, path: tuple[str, ...]) -> object:
    """The value as its field keeps it."""
    kind = kind_of("event", path)
    try:
        return fitted(value, kind) if kind is not None else value
    except Unfit:  # a later release may know the field as one of another kind
        return value
