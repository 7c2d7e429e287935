"""What an event type knows of its events: their properties, what they fill, how they are labelled (tracker.md §6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from sojourn.core.faults import RuleFault, type_faults
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation, operation_faults

Journey = Literal["awareness", "consideration", "purchase", "retention", "advocacy"]


class Mask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A property that is never kept as it was sent."""

    property: str
    keep: Literal["last-four", "nothing"]


class EventType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One type: what its events bring along, which fields of the event and of the profile that fills, its labels."""

    id: str
    title: str
    family: str = "own"
    explanation: str = ""
    """One sentence: what has happened when such an event comes."""
    properties: dict[str, object] = {}
    """The properties of its events, as the `properties` of a JSON Schema."""
    copies: dict[str, str] = {}
    """Field of the event <- property: `"data.contact.email.main": "email.main"`."""
    defaults: dict[str, object] = {}
    """Fields of the event that get a constant where no property has filled them."""
    effects: tuple[Operation, ...] = ()
    """What else its events do, in this order."""
    profile_takes: dict[str, Op] = {}
    """Fields that the profile takes over from the event, and how: `"data.contact": "set"` are all at or below it."""
    tags: tuple[str, ...] = ()
    journey: Journey | Literal["by-visits"] | None = None
    """The state of the customer journey; `by-visits` is awareness at the first visit, consideration afterwards."""
    masks: tuple[Mask, ...] = ()
    example: dict[str, object] = {}
    """Properties of a typical event."""
    built_in: bool = False


def operations_of(event_type: EventType) -> tuple[Operation, ...]:
    """All that a type does, in its order: copies, defaults, effects, and what the profile takes over."""
    filling = _filling(event_type)
    takes = (each for field, op in event_type.profile_takes.items() for each in _takes(field, op, filling))
    return (*filling, *takes)


def event_type_faults(event_type: EventType) -> Iterator[RuleFault]:
    """Everything that keeps a type from being saved."""
    yield from type_faults("id", event_type.id)
    for field, operation in _copies(event_type).items():
        yield from _faults_at(("copies", field), operation)
    for field, operation in _defaults(event_type).items():
        yield from _faults_at(("defaults", field), operation)
    for index, operation in enumerate(event_type.effects):
        for fault in operation_faults(operation):
            yield RuleFault(("effects", index, *fault.loc), fault.msg)
    filling = _filling(event_type)
    for field, op in event_type.profile_takes.items():
        taken = tuple(_takes(field, op, filling))
        if not taken:
            yield RuleFault(("profile_takes", field), "The type fills no such field of the event.")
        for operation in taken:
            yield from _faults_at(("profile_takes", field), operation)


def _faults_at(place: tuple[str, str], operation: Operation) -> Iterator[RuleFault]:
    return (RuleFault(place, fault.msg) for fault in operation_faults(operation))


def _filling(event_type: EventType) -> tuple[Operation, ...]:
    return (*_copies(event_type).values(), *_defaults(event_type).values(), *event_type.effects)


def _copies(event_type: EventType) -> dict[str, Operation]:
    return {
        field: Operation(op=Op.SET, target=f"event@{field}", value=f"event@properties.{name}")
        for field, name in event_type.copies.items()
    }


def _defaults(event_type: EventType) -> dict[str, Operation]:
    return {
        field: Operation(op=Op.SET_IF_EMPTY, target=f"event@{field}", constant=constant)
        for field, constant in event_type.defaults.items()
    }


def _takes(field: str, op: Op, filling: Iterable[Operation]) -> Iterator[Operation]:
    """One operation for each field at or below the given one that is filled, each field once."""
    prefix = f"event@{field}"
    filled = {
        operation.target: operation.each
        for operation in filling
        if operation.target == prefix or operation.target.startswith(f"{prefix}.")
    }
    for target, each in filled.items():
        yield Operation(op=op, target=target.replace("event@", "profile@", 1), value=target, each=each)
