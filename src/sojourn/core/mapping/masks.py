"""What is never kept as it was sent: card numbers, and secrets beside them."""

from __future__ import annotations

from collections.abc import Iterable

from sojourn.core.mapping.event_type import Mask
from sojourn.core.references import value_at, with_value

_LAST = 4


def masked(properties: dict[str, object], masks: Iterable[Mask]) -> dict[str, object]:
    """The properties without what is to be hidden in them."""
    for mask in masks:
        path = tuple(mask.property.split("."))
        value = value_at(properties, path)
        if value is not None:
            properties = with_value(properties, path, _hidden(value) if mask.keep == "last-four" else None)
    return properties


def _hidden(value: object) -> str:
    digits = "".join(char for char in str(value) if char.isdigit())
    return "*" * max(len(digits) - _LAST, 0) + digits[-_LAST:]
