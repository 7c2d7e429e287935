"""Which schemas a contract may have, and what it finds in properties."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.builtin import built_in_types
from sojourn.core.contract_schemas import FORMATS
from sojourn.core.contracts import VIOLATIONS_MAX, CompiledContract, Contract, Violation, contract_faults
from sojourn.core.limits import Limits
from sojourn.testing.strategies import json_objects
from tests.builders import a_contract

LIMITS = Limits(contract_bytes_max=2_000, contract_checks_max=100)
PRICE: dict[str, Any] = {"properties": {"price": {"type": "number"}}, "required": ["price"]}


def faults_of(schema: dict[str, Any], limits: Limits = LIMITS) -> list[tuple[tuple[str | int, ...], str]]:
    return [(fault.loc, fault.msg) for fault in contract_faults(a_contract(schema=schema), limits)]


def broken(schema: dict[str, Any], properties: dict[str, Any]) -> list[tuple[str | int, ...]]:
    violations = CompiledContract(a_contract(schema=schema)).violations(properties)
    return [violation.path for violation in violations]


def doubled(levels: int) -> dict[str, Any]:
    """A small schema that asks 2 ** levels questions of one value."""
    definitions: dict[str, Any] = {
        f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {"type": "object"}}}


def within(levels: int, keyword: str) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {keyword: schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {},
        PRICE,
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A page view", "type": "object"},
        {"$defs": {"money": {"type": "number", "minimum": 0}}, "properties": {"price": {"$ref": "#/$defs/money"}}},
        {"properties": {"code": {"pattern": "^(a+)+$"}, "mail": {"format": "email"}}},
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 3}},
        {"dependentSchemas": {"a": {"required": ["b"]}}, "unevaluatedProperties": False},
        doubled(3),
    ],
    ids=str,
)
def test_a_schema_has_no_faults_when_it_is(schema: dict[str, Any]) -> None:
    assert faults_of(schema) == []


@pytest.mark.parametrize(
    ("schema", "loc"),
    [
        ({"properties": {"a": {"typ": "string"}}}, ("properties", "a", "typ")),
        ({"$id": "https://shop.example/schema"}, ("$id",)),
        ({"$dynamicRef": "#x"}, ("$dynamicRef",)),
        ({"properties": {"a": {"$ref": "http://127.0.0.1/schema"}}}, ("properties", "a", "$ref")),
        ({"$ref": "file:///etc/passwd"}, ("$ref",)),
        ({"$ref": "#"}, ("$ref",)),
        ({"$ref": "#/properties/a", "properties": {"a": True}}, ("$ref",)),
        ({"properties": {"a": {"$defs": {}}}}, ("properties", "a", "$defs")),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, ("$schema",)),
        ({"allOf": [{}, {"format": "regex"}]}, ("allOf", 1, "format")),
        ({"properties": {"a": {"type": "text"}}}, ("properties", "a", "type")),
        ({"required": "price"}, ("required",)),
        ({"minimum": "one"}, ("minimum",)),
        ({"pattern": "("}, ("pattern",)),
        ({"pattern": "(?=a)b"}, ("pattern",)),
        ({"pattern": "(a)\\1"}, ("pattern",)),
        ({"pattern": "((a{100}){100}){100}"}, ("pattern",)),
        ({"patternProperties": {"(?!a)": True}}, ("patternProperties", "(?!a)")),
        ({"$ref": "#/$defs/nothing"}, ()),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}, ("$defs",)),
        ({"enum": ["x" * 2_000]}, ()),
        (within(33, "not"), ()),
        (doubled(7), ()),
        (within(7, "unevaluatedProperties"), ()),
    ],
    ids=str,
)
def test_a_fault_of_a_schema_is_told_with_its_place(schema: dict[str, Any], loc: tuple[str | int, ...]) -> None:
    assert [place for place, _ in faults_of(schema)] == [loc]


def test_a_chain_of_references_is_followed_only_so_far() -> None:
    definitions = {f"d{number}": {"$ref": f"#/$defs/d{number + 1}"} for number in range(500)}
    schema = {"$ref": "#/$defs/d0", "$defs": definitions}
    assert [place for place, _ in faults_of(schema, Limits())] == [("$defs",)]


def test_a_definition_that_nobody_refers_to_is_judged_too() -> None:
    assert [place for place, _ in faults_of({"$defs": {"a": {"typ": 1}}})] == [("$defs", "a", "typ")]


@pytest.mark.parametrize("event_type", built_in_types(), ids=lambda event_type: event_type.id)
def test_the_properties_of_a_built_in_type_can_be_enforced(event_type: Any) -> None:
    schema = {"type": "object", "properties": event_type.properties}
    assert faults_of(schema, Limits()) == []
    assert broken(schema, event_type.example) == []


@pytest.mark.parametrize(
    ("properties", "paths"),
    [
        ({"price": 1}, []),
        ({"price": 1.5, "more": None}, []),
        ({}, [("price",)]),
        ({"price": "1"}, [("price",)]),
        ({"price": None}, [("price",)]),
        ({"price": 10**40}, []),
    ],
    ids=str,
)
def test_properties_keep_a_contract_or_break_it_at_a_place(properties: dict[str, Any], paths: list[Any]) -> None:
    assert broken(PRICE, properties) == paths


def test_the_place_of_a_violation_leads_into_lists_and_objects() -> None:
    schema = {"properties": {"lines": {"items": {"properties": {"sku": {"type": "string"}}}}}}
    assert broken(schema, {"lines": [{"sku": "a"}, {"sku": 2}]}) == [("lines", 1, "sku")]


def test_a_property_too_many_is_named() -> None:
    assert broken({**PRICE, "additionalProperties": False}, {"price": 1, "prise": 2}) == [("prise",)]


def test_a_violation_tells_nothing_of_the_value() -> None:
    schema = {"properties": {"mail": {"type": "integer"}, "name": {"enum": ["x"]}, "code": {"pattern": "^x"}}}
    properties: dict[str, Any] = {"mail": "ann@example.com", "name": "Ann Smith", "code": "4111"}
    violations = CompiledContract(a_contract(schema=schema)).violations(properties)
    assert len(violations) == 3
    assert [each for each in violations if any(value in each.msg for value in properties.values())] == []


def test_of_alternatives_that_all_fail_the_place_is_told_and_not_why_each_of_them_fails() -> None:
    schema = {"properties": {"size": {"anyOf": [{"type": "number"}, {"enum": ["s", "m"]}], "maxLength": 1}}}
    [violation] = CompiledContract(a_contract(schema=schema)).violations({"size": "xl", "more": 1})[1:]
    assert violation == Violation(("size",), "The value is none that the contract allows here.")


def test_of_much_work_only_the_first_place_is_told() -> None:
    alternatives = {"anyOf": [{"const": f"x{number}"} for number in range(500)]}
    schema = {"additionalProperties": {"anyOf": [{"additionalProperties": alternatives}]}}
    properties = {f"k{outer}": {str(inner): inner for inner in range(20)} for outer in range(20)}
    assert broken(schema, properties) == [("k0",)]


def test_a_contract_about_what_is_unevaluated_tells_no_place() -> None:
    schema = {"anyOf": [{"properties": {"price": True}}], "unevaluatedProperties": False}
    assert (broken(schema, {"price": 1}), broken(schema, {"prise": 1})) == ([], [()])


def test_only_so_many_violations_are_told() -> None:
    schema = {"additionalProperties": {"type": "string"}}
    assert len(broken(schema, {str(number): number for number in range(50)})) == VIOLATIONS_MAX


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_that_is_let_through_is_checked(name: str) -> None:
    assert broken({"properties": {"a": {"format": name}}}, {"a": "\n no such thing"}) == [("a",)]


def test_a_contract_is_compiled_once_for_the_same_schema() -> None:
    one, other = CompiledContract(a_contract()), CompiledContract(a_contract(id="sign-in", mode="refuse"))
    assert one._validator is other._validator


@given(schema=json_objects(), properties=json_objects())
def test_whatever_the_schema_says_it_is_refused_or_decides(schema: dict[str, Any], properties: dict[str, Any]) -> None:
    contract = Contract(id="page-view", schema=schema)
    if not list(contract_faults(contract, LIMITS)):
        assert bool(CompiledContract(contract).violations(properties)) is not _is_valid(schema, properties)


_LEAVES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"type": "string"}, {"type": ["integer", "null"]}, {"minimum": 3}, {"enum": [1, "a"]}, {"maxLength": 1}]
)
_SCHEMAS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda held: {"properties": held}, st.dictionaries(st.sampled_from("abc"), inner)),
        st.builds(lambda held: {"anyOf": held}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda held: {"items": held}, inner),
        st.builds(lambda held: {"not": held}, inner),
    ),
    max_leaves=8,
)
_VALUES = st.recursive(
    st.sampled_from([None, True, 1, 5, 2.5, "a", "bcd"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(schema=_SCHEMAS, properties=st.dictionaries(st.sampled_from("abc"), _VALUES))
def test_a_contract_says_what_its_schema_says(schema: dict[str, Any], properties: dict[str, Any]) -> None:
    assert faults_of(schema) == []
    assert bool(broken(schema, properties)) is not _is_valid(schema, properties)


def _is_valid(schema: dict[str, Any], properties: dict[str, Any]) -> bool:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(properties)
