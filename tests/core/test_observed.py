"""What is learnt of a type by looking at its events, and the schema that follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.cardinality import REGISTERS, estimate, take
from sojourn.core.contracts import CompiledContract, contract_faults
from sojourn.core.events import EventMetadata, EventTime
from sojourn.core.limits import Limits
from sojourn.core.observed import EXAMPLES_MAX, ObservedProperty, ObservedType, TypeObserver, nothing_seen
from sojourn.core.proposals import proposed_schema
from sojourn.testing.strategies import json_objects
from tests.builders import NOON, a_contract, an_event, noon_plus


def seen(*properties: dict[str, Any], most: int = 200, people: int = 1, **options: Any) -> ObservedType:
    """What is seen of events with these properties, each sent by so many people."""
    observer = TypeObserver(nothing_seen("page-view", NOON), properties_max=most)
    hidden = options.pop("hidden", ())
    for number, each in enumerate(properties):
        for person in range(people):
            event = an_event(properties=each, profile=f"p{person}", at=noon_plus(number))
            observer.take(event, hidden, shows_examples=options.get("shows_examples", True))
    return observer.document()


def of(observed: ObservedType, *path: str) -> ObservedProperty:
    return next(each for each in observed.properties if each.path == path)


def test_properties_are_seen_with_their_paths_kinds_and_how_often() -> None:
    observed = seen({"price": 1}, {"price": 1.5, "line": {"sku": "a"}}, {"price": None, "tags": ["x", 2]})
    assert observed.events == 3
    assert {each.path: (each.count, each.types) for each in observed.properties} == {
        ("line",): (1, {"object": 1}),
        ("line", "sku"): (1, {"string": 1}),
        ("price",): (3, {"integer": 1, "null": 1, "number": 1}),
        ("tags",): (1, {"array": 1}),
        ("tags", "[]"): (1, {"integer": 1, "string": 1}),
    }


def test_it_is_told_when_a_property_was_seen_first_and_last() -> None:
    observed = seen({"a": 1}, {}, {"a": 2}, {})
    assert (of(observed, "a").first_seen, of(observed, "a").last_seen) == (NOON, noon_plus(2))
    assert (observed.first_seen, observed.last_seen) == (NOON, noon_plus(3))


def test_events_that_broke_their_contract_are_counted() -> None:
    observer = TypeObserver(nothing_seen("page-view", NOON), properties_max=1)
    observer.take(an_event(metadata=EventMetadata(time=EventTime(insert=NOON), valid=False)), (), shows_examples=True)
    observer.skip(3)
    assert (observer.document().invalid, observer.document().skipped) == (1, 3)


def test_there_are_no_more_properties_than_the_limit() -> None:
    observed = seen({"a": 1, "b": 1, "c": 1}, {"a": 1}, most=2)
    assert ([each.path for each in observed.properties], observed.is_full) == ([("a",), ("b",)], True)


def test_what_lies_too_deep_is_part_of_its_object() -> None:
    value: Any = 1
    for _ in range(20):
        value = {"a": value}
    assert max(len(each.path) for each in seen(value).properties) == 6


def test_a_value_is_an_example_when_several_people_sent_it() -> None:
    assert of(seen({"plan": "gold"}, people=2), "plan").examples == ()
    assert of(seen({"plan": "gold"}, people=3), "plan").examples == ("gold",)


def test_one_person_alone_makes_no_example_however_often() -> None:
    assert of(seen(*[{"plan": "gold"}] * 10), "plan").examples == ()


@pytest.mark.parametrize(
    "value",
    ["ann@example.com", "Ann Smith", "+49 30 1234567", "4111111111111111", 491701234567, "x" * 30, "", True, "a\nb"],
)
def test_what_may_lead_to_a_person_is_no_example(value: Any) -> None:
    assert of(seen({"a": value}, people=5), "a").examples == ()


def test_nothing_masked_is_an_example_nor_what_lies_below() -> None:
    observed = seen({"card": {"last": "1111"}, "plan": "gold"}, people=5, hidden=[("card",)])
    assert (of(observed, "card", "last").examples, of(observed, "plan").examples) == ((), ("gold",))


def test_examples_can_be_switched_off() -> None:
    assert of(seen({"plan": "gold"}, people=5, shows_examples=False), "plan").examples == ()


def test_there_are_only_a_few_examples() -> None:
    observed = seen(*({"plan": f"plan-{number}"} for number in range(20)), people=3)
    assert len(of(observed, "plan").examples) == EXAMPLES_MAX


def test_one_may_go_on_from_what_was_kept() -> None:
    whole = seen({"a": 1, "b": "x"}, {"a": 2})
    half = TypeObserver(seen({"a": 1, "b": "x"}), properties_max=200)
    half.take(an_event(properties={"a": 2}, at=noon_plus(1), profile="p0"), (), shows_examples=True)
    assert half.document() == whole


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_few_values_are_counted_almost_exactly(count: int) -> None:
    assert abs(_estimated(count) - count) <= max(1, count // 10)


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_many_values_are_counted_about(count: int) -> None:
    assert abs(_estimated(count) - count) < count / 5


def _estimated(count: int) -> int:
    sketch = bytearray(REGISTERS)
    for _ in range(2):
        for number in range(count):
            take(sketch, str(number).encode())
    return estimate(sketch)


def test_a_property_that_held_no_plain_value_has_none() -> None:
    assert estimate(of(seen({"a": {}}), "a").sketch) == 0


def test_a_proposal_asks_for_what_every_event_had() -> None:
    observed = seen(
        {"price": 1, "line": {"sku": "a"}}, {"price": 1.5, "line": {"sku": "b", "tags": ["x"]}, "code": "c"}
    )
    assert proposed_schema(observed) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "code": {"type": "string"},
            "line": {
                "type": "object",
                "properties": {"sku": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
                "required": ["sku"],
            },
            "price": {"type": "number"},
        },
        "required": ["line", "price"],
    }


@given(properties=st.lists(json_objects(), min_size=1, max_size=5), most=st.integers(1, 20))
def test_everything_seen_keeps_to_the_proposal_whatever_it_is(properties: list[dict[str, Any]], most: int) -> None:
    contract = a_contract(schema=proposed_schema(seen(*properties, most=most)))
    assert list(contract_faults(contract, Limits())) == []
    assert [each for each in properties if CompiledContract(contract).violations(each)] == []


@given(properties=st.lists(json_objects(), min_size=1, max_size=5))
def test_a_proposal_does_not_hang_on_the_order_of_events(properties: list[dict[str, Any]]) -> None:
    assert proposed_schema(seen(*properties)) == proposed_schema(seen(*reversed(properties)))


def test_what_is_seen_of_a_type_is_bounded_whatever_comes() -> None:
    wide = {f"k{number}": ["x"] * 500 for number in range(500)}
    observed = seen(wide, wide)
    assert len(observed.properties) == 200
    assert replace(observed, properties=()).is_full
