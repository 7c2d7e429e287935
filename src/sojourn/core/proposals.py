"""A schema that all that was seen of a type keeps to: where one begins who wants to write a contract.

It asks for what every event had, and names the kinds that each property had. It forbids nothing that was not seen.
"""

from __future__ import annotations

from sojourn.core.contract_schemas import DIALECT
from sojourn.core.observed import ITEMS, ObservedProperty, ObservedType


def proposed_schema(observed: ObservedType) -> dict[str, object]:
    """A JSON Schema of the properties of a type, by what was seen of it."""
    root = _Place()
    root.types["object"] = observed.events
    for each in observed.properties:
        root.add(each)
    return {"$schema": DIALECT, **root.schema(is_counted=True)}


class _Place:
    """One place in the properties: what was seen there, and the places below."""

    def __init__(self) -> None:
        self.count = 0
        self.types: dict[str, int] = {}
        self.below: dict[str, _Place] = {}

    def add(self, each: ObservedProperty) -> None:
        """Put in what was seen of one property."""
        place = self
        for name in each.path:
            place = place.below.setdefault(name, _Place())
        place.count, place.types = each.count, each.types

    def schema(self, *, is_counted: bool) -> dict[str, object]:
        """What keeps to it. Inside of lists nothing is known to be always there: events are counted, not items."""
        schema: dict[str, object] = {}
        types = set(self.types) - ({"integer"} if "number" in self.types else set())
        if types:
            schema["type"] = sorted(types) if len(types) > 1 else next(iter(types))
        named = {name: place for name, place in sorted(self.below.items()) if name != ITEMS}
        if named:
            schema["properties"] = {name: place.schema(is_counted=is_counted) for name, place in named.items()}
        objects = self.types.get("object", 0)
        required = [name for name, place in named.items() if is_counted and place.count == objects]
        if required:
            schema["required"] = required
        if ITEMS in self.below:
            schema["items"] = self.below[ITEMS].schema(is_counted=False)
        return schema
