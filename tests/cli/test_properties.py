"""Properties as they are typed."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sojourn.cli.failures import UsageFailed
from sojourn.cli.properties import properties_of

KEYS = st.text(min_size=1).filter(lambda key: "=" not in key)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(KEYS, VALUES)
def test_a_value_that_reads_as_json_is_that(key: str, value: object) -> None:
    assert properties_of([f"{key}={json.dumps(value)}"]) == {key: value}


@given(KEYS, st.text())
def test_any_other_value_is_text(key: str, text: str) -> None:
    assume(not reads_as_json(text))
    assert properties_of([f"{key}={text}"]) == {key: text}


@pytest.mark.parametrize("text", ["01234", "+1", "home", "a=b", "", " 5 apples", "NaN", "True"])
def test_what_only_looks_like_json_is_text(text: str) -> None:
    assert properties_of([f"key={text}"]) == {"key": text}


def test_an_assignment_wins_over_the_object() -> None:
    assert properties_of(["price=2"], '{"price": 1, "currency": "EUR"}') == {"price": 2, "currency": "EUR"}


@pytest.mark.parametrize("assignment", ["price", "=1", ""])
def test_what_is_no_assignment_is_declined(assignment: str) -> None:
    with pytest.raises(UsageFailed, match="is no property"):
        properties_of([assignment])


@pytest.mark.parametrize("text", ["", "5", "[1]", "{", '{"a": 1'])
def test_what_is_no_object_is_declined(text: str) -> None:
    with pytest.raises(UsageFailed, match="is no JSON object"):
        properties_of([], text)


def reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
