"""What is wrong with a rule or a type is found before it is saved, and told at its place."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.mapping.event_type import EventType, event_type_faults
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation, operation_faults, rule_faults


def an_operation(target: str, value: str | None = None, op: Op = Op.SET, **fields: Any) -> Operation:
    return Operation(op=op, target=target, value=value, **fields)


@pytest.mark.parametrize(
    ("operation", "loc"),
    [
        (an_operation("profile@traits.a", "properties.a"), ("value",)),
        (an_operation("profile@interests", constant=1, key="topic"), ("key",)),
        (an_operation("profile@traits.a"), ("value",)),
        (an_operation("traits.a", constant=1), ("target",)),
        (an_operation("profile@id", constant="x"), ("target",)),
        (an_operation("profile@segments", constant="x"), ("target",)),
        (an_operation("profile@data.nowhere", constant="x"), ("target",)),
        (an_operation("profile@data.contact", "event@properties.a"), ("target",)),
        (an_operation("profile@data.contact", "event@properties.a", each=True), ("target",)),
        (an_operation("event@properties.a", constant=1), ("target",)),
        (an_operation("profile@data.pii.firstname", constant=1, op=Op.ADD), ("op",)),
        (an_operation("profile@data.pii.firstname", constant="x", op=Op.APPEND), ("op",)),
        (an_operation("profile@data.preferences.colors", constant="x", op=Op.MIN), ("op",)),
        (an_operation("profile@data.metrics.ltv", constant="much"), ("constant",)),
        (an_operation("profile@interests", "event@properties.a", each=True, key="event@properties.b"), ("each",)),
        (an_operation("profile@traits.a", constant=1, matching={"a": "event@id"}), ("matching", "a")),
        (
            an_operation("profile@traits.a", constant=1, matching={"profile@traits.b": "b"}),
            ("matching", "profile@traits.b", "value"),
        ),
    ],
)
def test_each_kind_of_fault_of_an_operation_is_found_at_its_place(operation: Operation, loc: tuple[str, ...]) -> None:
    assert [fault.loc for fault in operation_faults(operation)] == [loc]


def test_a_rule_without_operations_is_faulty() -> None:
    rule = MappingRule(id="r", name="R", event_type="seen", operations=())
    assert [fault.loc for fault in rule_faults(rule)] == [("operations",)]


def test_a_fault_of_a_rule_names_the_operation() -> None:
    operations = (an_operation("profile@traits.a", constant=1), an_operation("profile@id", constant=1))
    rule = MappingRule(id="r", name="R", event_type="seen", operations=operations)
    assert [fault.loc for fault in rule_faults(rule)] == [("operations", 1, "target")]


@pytest.mark.parametrize("op", Op)
def test_every_operation_works_on_a_free_field(op: Op) -> None:
    assert list(operation_faults(an_operation("profile@traits.a", "event@properties.a", op=op))) == []


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"id": "Page View"}, ("id",)),
        ({"id": ""}, ("id",)),
        ({"copies": {"data.nowhere": "a"}}, ("copies", "data.nowhere")),
        ({"defaults": {"data.ec.product.price": "a"}}, ("defaults", "data.ec.product.price")),
        ({"profile_takes": {"data.contact": Op.SET}}, ("profile_takes", "data.contact")),
        ({"copies": {"data.ec.order.id": "a"}, "profile_takes": {"data.ec": Op.SET}}, ("profile_takes", "data.ec")),
        ({"effects": (an_operation("data.pii", "event@id"),)}, ("effects", 0, "target")),
    ],
)
def test_each_kind_of_fault_of_a_type_is_found(fields: dict[str, Any], loc: tuple[str | int, ...]) -> None:
    event_type = EventType(**{"id": "seen", "title": "Seen", **fields})
    assert [fault.loc for fault in event_type_faults(event_type)] == [loc]
