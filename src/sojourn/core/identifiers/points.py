"""Identification points: which properties of which events tell whose they are, beside what fields of profiles tell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

import msgspec

from sojourn.core.faults import RuleFault, type_faults
from sojourn.core.references import Reference, parse_reference


class PointIdentifier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One property of an event that holds an id of a kind."""

    property: str
    """Where it stands: `email.main` among the properties, or a reference such as `event@context.customer`."""
    kind: str
    """The id of the kind."""


class IdentificationPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event of this type, of which the condition holds, asserts the ids that it carries."""

    id: str
    name: str
    event_type: str
    source: str | None = None
    """Only events of this source, where given."""
    condition: str | None = None
    """Only events of which this holds, in the condition language."""
    identifiers: tuple[PointIdentifier, ...]
    """Which of their properties hold ids, and of which kind."""
    enabled: bool = True
    version: int = 1
    """Counts the changes of the point; its history keeps the earlier ones."""


class PointVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A point as it was in force for a while, or is. Versions of one id count on, even after it was removed."""

    point: IdentificationPoint
    since: datetime
    until: datetime | None = None
    """When it was changed or removed; null while it is in force."""


def point_faults(point: IdentificationPoint, kinds: Collection[str]) -> Iterator[RuleFault]:
    """Everything that keeps a point from being saved, given the ids of all kinds.

    Its condition is judged by the condition language.
    """
    yield from type_faults("event_type", point.event_type)
    if not point.identifiers:
        yield RuleFault(("identifiers",), "An identification point needs at least one property with its kind.")
    for index, identifier in enumerate(point.identifiers):
        if property_reference(identifier.property) is None:
            msg = "Write a property of the event like `email.main`, or a reference like `event@context.customer`."
            yield RuleFault(("identifiers", index, "property"), msg)
        if identifier.kind not in kinds:
            msg = f"There is no kind of id `{identifier.kind}`."
            yield RuleFault(("identifiers", index, "kind"), msg)


def property_reference(written: str) -> Reference | None:
    """Where a property stands: a reference into the event, or a bare path among its properties; None for neither."""
    reference = parse_reference(written) if "@" in written else parse_reference(f"event@properties.{written}")
    return reference if reference is not None and reference.root == "event" else None
