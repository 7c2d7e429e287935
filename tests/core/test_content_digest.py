"""By what an event is recognised when it is sent again: equal for what JSON calls equal, and for nothing else."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.events import SentEvent
from sojourn.core.steps.recognise import content_digest

# As many values as possible that differ in writing only, or hardly differ at all.
SCALARS = st.sampled_from(
    [None, True, False, 0, 1, 10**17, 2**63 - 1, 1.0, 1e17, -0.0, 0.5, "", "1", "1.0", "1e17", "a"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c", "ü"]), VALUES, max_size=4)


@given(OBJECTS)
def test_the_order_of_keys_does_not_matter(properties: dict[str, Any]) -> None:
    assert digest(properties=properties) == digest(properties=_backwards(properties))


@given(OBJECTS)
def test_white_space_and_escapes_do_not_matter(properties: dict[str, Any]) -> None:
    roomy = json.dumps({"type": "x", "properties": properties}, indent=4)
    assert digest_of(roomy.encode()) == digest(properties=properties)


@given(OBJECTS, OBJECTS)
def test_two_contents_have_one_digest_if_and_only_if_they_are_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (digest(properties=one) == digest(properties=other)) is (_strict(one) == _strict(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("0", "-0.0"),
        ("100", "1e2"),
        ("100000000000000000", "1e17"),
        ("[1, 2.5]", "[1.0, 25e-1]"),
        ('"é"', '"\\u00e9"'),
    ],
)
def test_two_ways_to_write_a_value_are_one_content(one: str, other: str) -> None:
    assert digest_of(f'{{"type":"x","properties":{{"a":{one}}}}}'.encode()) == digest_of(
        f'{{"type":"x","properties":{{"a":{other}}}}}'.encode()
    )


@pytest.mark.parametrize("field", ["properties", "context", "time", "tags", "options"])
def test_a_field_that_is_null_or_empty_counts_as_absent(field: str) -> None:
    empty: object = [] if field == "tags" else {}
    assert digest(**{field: None}) == digest(**{field: empty}) == digest()


def test_a_time_of_nulls_counts_as_absent() -> None:
    assert digest(time={"insert": None}) == digest()


@pytest.mark.parametrize(
    "change",
    [
        {"properties": {"n": 1}},
        {"context": {"n": 1}},
        {"time": {"create": 1}},
        {"tags": ["n"]},
        {"options": {"n": 1}},
        {"properties": {"n": None}},
    ],
)
def test_every_field_belongs_to_the_content(change: dict[str, Any]) -> None:
    assert digest(**change) != digest()


def test_the_id_does_not_belong_to_the_content() -> None:
    assert digest(id="e1") == digest(id="e2")


def test_the_type_belongs_to_the_content_in_its_one_form() -> None:
    sent = SentEvent(type="Page View")
    assert content_digest("page-view", sent) == content_digest("page-view", SentEvent(type="page-view"))
    assert content_digest("page-view", sent) != content_digest("click", sent)


def digest(**fields: Any) -> bytes:
    """The digest of an event with these fields."""
    return digest_of(json.dumps({"type": "x", **fields}).encode())


def digest_of(event: bytes) -> bytes:
    """The digest of an event as it was sent."""
    return content_digest("x", msgspec.json.decode(event, type=SentEvent))


def _backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _backwards(item) for key, item in reversed(value.items())}
    return [_backwards(item) for item in value] if isinstance(value, list) else value


def _strict(value: Any) -> Any:
    """The value in a form in which Python's `==` is that of JSON: true is not 1, but 1 is 1.0."""
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_strict(item) for item in value]
    return ("boolean", value) if isinstance(value, bool) else value
