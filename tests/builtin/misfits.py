"""For each property that a built-in type reads, and for each object around one, a value that cannot stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sojourn.core.events import SentEvent
from sojourn.core.mapping.event_type import EventType, operations_of
from sojourn.core.references import parse_reference, with_value
from tests.builtin.sending import TYPES, an_event_of


class Misfit(NamedTuple):
    """A place in the example of a type, and a value that does not fit there."""

    type_id: str
    path: tuple[str, ...]
    value: object

    def __str__(self) -> str:
        return f"{self.type_id}: {'.'.join(self.path)}"

    def instead(self) -> SentEvent:
        """The example with this value at the place."""
        return an_event_of(self.type_id, with_value_at(TYPES[self.type_id].example, self.path, self.value))

    def left_out(self) -> SentEvent:
        """The example with nothing at the place."""
        return an_event_of(self.type_id, with_value_at(TYPES[self.type_id].example, self.path, None))


def _of(event_type: EventType) -> Iterator[Misfit]:
    """What is hidden before it is read is left out: of any value there, only digits remain."""
    masks = [tuple(mask.property.split(".")) for mask in event_type.masks]
    values: dict[tuple[str, ...], object] = {}
    for operation in operations_of(event_type):
        for written in filter(None, (operation.value, operation.key)):
            reference = parse_reference(written)
            if reference is not None and reference.path[0] == "properties":
                path = reference.path[1:]
                values[path] = "odd" if operation.each else {"odd": True}
                values |= {path[:depth]: "odd" for depth in range(1, len(path))}
    for path, value in values.items():
        if not any(mask[: len(path)] == path for mask in masks):
            yield Misfit(event_type.id, path, value)


def with_value_at(document: Any, path: tuple[str, ...], value: Any) -> Any:
    """The document with this value at a place, which may be an item of a list."""
    if not path:
        return value
    name, rest = path[0], path[1:]
    if isinstance(document, list) and name.isdecimal():
        return [with_value_at(item, rest, value) if str(at) == name else item for at, item in enumerate(document)]
    known = document if isinstance(document, dict) else {}
    return with_value(known, (name,), with_value_at(known.get(name), rest, value))


MISFITS = [misfit for event_type in TYPES.values() for misfit in _of(event_type)]
