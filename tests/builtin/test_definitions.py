"""The built-in types are those of the contract, say what they mean, and are true to their own schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from sojourn.builtin import FAMILIES, built_in_types
from sojourn.core import event_types
from sojourn.core.fields import kind_of
from sojourn.core.mapping.event_type import EventType, operations_of
from sojourn.core.mapping.rules import target_kind
from sojourn.core.references import Reference, parse_reference, value_at
from tests.builtin.sending import TYPES
from tests.tidy.repository import PACKAGE

IDS = [
    "page-view",
    "page-print",
    "screen-view",
    "search",
    "product-search-result",
    "location",
    "sign-in",
    "sign-up",
    "identification",
    "account-deleted",
    "profile-update",
    "consent-update",
    "increase-interest",
    "decrease-interest",
    "reset-interest",
    "session-opened",
    "visit-started",
    "visit-ended",
    "profile-created",
    "profile-inactive",
    "profile-archived",
    "product-clicked",
    "product-details-page-view",
    "product-added-to-basket",
    "product-removed-from-basket",
    "basket-viewed",
    "checkout-started",
    "checkout-completed",
    "checkout-status",
    "delivery-info-entered",
    "payment-info-entered",
    "order-started",
    "order-completed",
    "order-delivered",
    "order-status-change",
    "order-waiting-for-dispatch",
    "order-dispatched",
    "order-dispatch-in-transit",
    "order-awaiting-pickup",
    "sale-completed",
    "product-shared",
    "product-reviewed",
    "product-returned",
    "rating",
    "account-payable",
    "payable-overdue",
    "account-receivable",
    "receivable-overdue",
    "payment-sent",
    "payment-received",
    "loyalty-card-added",
    "loyalty-card-removed",
    "promotion-viewed",
    "promotion-clicked",
    "add-color-preference",
    "add-size-preference",
    "add-brand-preference",
    "add-channel-preference",
    "add-payment-preference",
    "messaging-started",
    "message-sent",
    "message-received",
    "message-opened",
    "messaging-ended",
    "message-status",
]

EVERY_TYPE = pytest.mark.parametrize("event_type", built_in_types(), ids=lambda event_type: event_type.id)


def test_all_65_types_are_there_and_no_other() -> None:
    assert len(IDS) == 65
    assert sorted(event_type.id for event_type in built_in_types()) == sorted(IDS)


def test_every_file_of_types_is_a_family() -> None:
    assert sorted(path.stem for path in (PACKAGE / "builtin" / "types").iterdir()) == sorted(FAMILIES)


@EVERY_TYPE
def test_a_type_says_what_it_means_in_a_sentence(event_type: EventType) -> None:
    assert event_type.built_in
    assert event_type.family in FAMILIES
    assert event_type.title
    assert event_type.explanation.endswith(".")


def test_the_types_that_sojourn_emits_itself_are_among_them() -> None:
    named = vars(event_types).items()
    emitted = {value for name, value in named if name.isupper() and isinstance(value, str) and name[0] != "_"}
    assert emitted <= TYPES.keys()


@EVERY_TYPE
def test_the_properties_of_a_type_are_a_json_schema(event_type: EventType) -> None:
    assert jsonschema_rs.meta.is_valid(schema_of(event_type))


@EVERY_TYPE
def test_the_example_of_a_type_is_what_its_schema_says_and_nothing_more(event_type: EventType) -> None:
    schema = schema_of(event_type, is_closed=True)
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert [error.message for error in validator.iter_errors(event_type.example)] == []


@EVERY_TYPE
def test_the_example_of_a_type_uses_every_property(event_type: EventType) -> None:
    paths = [path for path, _ in described_properties(event_type.properties)]
    assert [path for path in paths if value_at(event_type.example, path) is None] == []


@EVERY_TYPE
def test_every_target_of_a_type_is_a_field(event_type: EventType) -> None:
    nowhere = [each.target for each in operations_of(event_type) if target_kind(each, reference(each.target)) is None]
    assert nowhere == []


@EVERY_TYPE
def test_every_value_of_a_type_is_a_property_or_a_field_that_it_fills(event_type: EventType) -> None:
    operations = operations_of(event_type)
    filled = {each.target for each in operations if each.target.startswith("event@")}
    read = [written for each in operations for written in (each.value, each.key, *each.matching.values()) if written]
    assert [each for each in read if each not in filled and not is_property(event_type, reference(each))] == []


@EVERY_TYPE
def test_whatever_a_type_has_to_match_is_a_field(event_type: EventType) -> None:
    matched = [reference(field) for each in operations_of(event_type) for field in each.matching]
    assert [field for field in matched if kind_of(field.root, field.path) is None] == []


@EVERY_TYPE
def test_every_property_says_what_it_means_or_fills_a_field_that_does(event_type: EventType) -> None:
    read = {reference(each.value).path[1:] for each in operations_of(event_type) if each.value}
    unsaid = [
        path
        for path, schema in described_properties(event_type.properties)
        if "description" not in schema and "properties" not in schema and path not in read
    ]
    assert unsaid == []


@EVERY_TYPE
def test_what_a_type_hides_is_one_of_its_properties(event_type: EventType) -> None:
    assert [mask for mask in event_type.masks if not is_described(event_type, tuple(mask.property.split(".")))] == []


def reference(written: str) -> Reference:
    """A reference that has to be one."""
    parsed = parse_reference(written)
    assert parsed is not None
    return parsed


def is_property(event_type: EventType, place: Reference) -> bool:
    """Whether the schema knows what stands at a place of the event."""
    return place.path[0] == "properties" and is_described(event_type, place.path[1:])


def schema_of(event_type: EventType, *, is_closed: bool = False) -> dict[str, Any]:
    """The schema of the properties; a closed one takes no others, except where any name is taken."""
    schema: dict[str, Any] = {"type": "object", "properties": event_type.properties}
    return closed(schema) if is_closed else schema


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every object that lists its properties closed to others."""
    changed = dict(schema)
    if "properties" in schema:
        changed["properties"] = {name: closed(inner) for name, inner in schema["properties"].items()}
        changed.setdefault("additionalProperties", False)
    if "items" in schema:
        changed["items"] = closed(schema["items"])
    return changed


def described_properties(
    properties: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The way to every property, and its schema; of a list, those of its first item."""
    for name, schema in properties.items():
        path = (*above, name)
        yield path, schema
        yield from described_properties(schema.get("properties", {}), path)
        yield from described_properties(schema.get("items", {}).get("properties", {}), (*path, "0"))


def is_described(event_type: EventType, path: tuple[str, ...]) -> bool:
    """Whether the schema knows a place; a number stands for any item."""
    schema: dict[str, Any] = {"properties": event_type.properties}
    for name in path:
        schema = (
            schema["items"] if name.isdecimal() and "items" in schema else schema.get("properties", {}).get(name, {})
        )
    return bool(schema)
