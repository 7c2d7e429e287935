"""What an event type knows of its events: their properties, what they fill, how they are labelled (tracker.md §6.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation, RuleFault, operation_faults

Journey = Literal["awareness", "consideration", "purchase", "retention", "advocacy"]


class Mask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A property that is never kept as it was sent."""

    property: str
    keep: Literal["last-four", "nothing"]


class EventType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One type. Its `copies` fill fields of the event, its `effects` fields of the profile, in this order."""

    id: str
    title: str
    family: str = "own"
    explanation: str = ""
    """One sentence: what has happened when such an event comes."""
    properties: dict[str, object] = {}
    """The properties of its events, as the `properties` of a JSON Schema."""
    copies: dict[str, str] = {}
    """Field of the event <- property: `"data.contact.email.main": "email.main"`."""
    effects: tuple[Operation, ...] = ()
    defaults: dict[str, object] = {}
    """Fields of the event that get a constant where nothing else has filled them."""
    tags: tuple[str, ...] = ()
    journey: Journey | Literal["by-visits"] | None = None
    """The state of the customer journey; `by-visits` is awareness at the first visit, consideration afterwards."""
    masks: tuple[Mask, ...] = ()
    example: dict[str, object] = {}
    """Properties of a typical event."""
    built_in: bool = False


def operations_of(event_type: EventType) -> tuple[Operation, ...]:
    """All that a type does, in its order: copies, defaults, effects."""
    copies = (
        Operation(op=Op.SET, target=f"event@{field}", value=f"event@properties.{name}")
        for field, name in event_type.copies.items()
    )
    defaults = (
        Operation(op=Op.SET_IF_EMPTY, target=f"event@{field}", constant=constant)
        for field, constant in event_type.defaults.items()
    )
    return (*copies, *defaults, *event_type.effects)


def event_type_faults(event_type: EventType) -> Iterator[RuleFault]:
    """Everything that keeps a type from being saved."""
    for operation in operations_of(event_type):
        for fault in operation_faults(operation):
            yield RuleFault(("operations", operation.target, *fault.loc), fault.msg)
