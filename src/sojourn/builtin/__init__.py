"""The event types that Sojourn brings along, as data: one file for each family in `types/`.

A file holds event types as `core/mapping/event_type.py` describes them, each under its id. `like` names a type of the
same file, further up, of which one has everything that it does not say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from sojourn.core.mapping.event_type import EventType, event_type_faults

FAMILIES = (
    "traffic",
    "identity",
    "interests",
    "products",
    "checkout",
    "orders",
    "finance",
    "loyalty",
    "marketing",
    "preferences",
    "messaging",
    "internal",
)
"""The files in `types/`, in the order in which people read about them."""


@cache
def built_in_types() -> tuple[EventType, ...]:
    """All built-in types, by family."""
    types = tuple(event_type for family in FAMILIES for event_type in _family(family))
    faults = [(event_type.id, fault) for event_type in types for fault in event_type_faults(event_type)]
    assert not faults, f"built-in types are well formed: {faults}"
    return types


def _family(family: str) -> Iterator[EventType]:
    text = resources.files(__package__).joinpath("types", f"{family}.toml").read_text(encoding="utf-8")
    told: dict[str, dict[str, Any]] = {}
    for type_id, said in msgspec.toml.decode(text).items():
        model = said.pop("like", None)
        told[type_id] = _beside(told[model], said) if model else said
        yield msgspec.convert({**told[type_id], "id": type_id, "family": family, "built_in": True}, EventType)


def _beside(model: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What is said, and beside it what the model says; where both list something by name, both lists together."""
    both = {
        field: {**model[field], **value}
        for field, value in said.items()
        if isinstance(value, dict) and isinstance(model.get(field), dict)
    }
    return {**model, **said, **both}
