"""Nothing passes that breaks a limit, and nothing is stopped that keeps to all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits, PayloadLimits
from sojourn.http.measure import is_fit_id, measure

LIMITS = Limits(json_depth_max=3, object_keys_max=3, event_leaves_max=5, key_bytes_max=4, id_bytes_max=4)
PAYLOAD_LIMITS = PayloadLimits(string_bytes_max=6, nodes_max=9)

KEYS = st.sampled_from(["a", "b", "c", "d", "key", "long key", "øøø", "", "\x00", "\x85", " "])
SCALARS = st.sampled_from(
    [None, True, 0, 1.5, "", "text", "too long", "øøø", "øøøø", 2**63 - 1, 1 - 2**63, 2**63, -(2**63), 10**40]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=8
)
FIELDS = st.dictionaries(st.sampled_from(["context", "options"]), VALUES, max_size=2).map(
    # The names of the fields are ours; the limits of keys are for what is in them.
    lambda fields: {name[:3]: value for name, value in fields.items()}
)


class Value(NamedTuple):
    """A value inside of others, and how many objects and lists it is in, its own level included if it is one."""

    value: Any
    level: int


@given(FIELDS)
def test_fields_pass_if_and_only_if_they_break_no_limit(fields: dict[str, Any]) -> None:
    assert (measure(fields, LIMITS, PAYLOAD_LIMITS).excess is None) is keeps_to_all_limits(fields)


@given(FIELDS)
def test_what_is_too_much_is_named_by_the_place_where_it_is(fields: dict[str, Any]) -> None:
    excess = measure(fields, LIMITS, PAYLOAD_LIMITS).excess
    found: Any = fields
    for key in excess.loc if excess else ():
        found = found[key]
    assert excess is None or excess.code.startswith("limit.")


@given(FIELDS)
def test_what_passes_was_counted_to_its_last_value(fields: dict[str, Any]) -> None:
    measured = measure(fields, LIMITS, PAYLOAD_LIMITS)
    assert measured.excess is not None or measured.nodes == len(list(values_in(fields, 0)))


@pytest.mark.parametrize(
    ("fields", "code", "loc"),
    [
        ({"p": {"a": {"b": {"c": {}}}}}, "limit.depth", ("p", "a", "b")),
        ({"p": [[[[]]]]}, "limit.depth", ("p", 0, 0)),
        ({"p": {"a": 1, "b": 1, "c": 1, "d": 1}}, "limit.keys", ("p",)),
        ({"p": [0, 0, 0, 0, 0, 0]}, "limit.values", ("p",)),
        ({"p": [[], [], [], [], [], [], [], []]}, "limit.values", ("p",)),
        ({"p": {"x": {"long key": 1}}}, "limit.key", ("p", "x")),
        ({"p": {"": 1}}, "limit.key", ("p",)),
        ({"p": {"a": ["ok", "too long"]}}, "limit.string", ("p", "a", 1)),
        ({"p": {"a": 2**63}}, "limit.number", ("p", "a")),
    ],
)
def test_each_limit_has_its_code(fields: dict[str, Any], code: str, loc: tuple[str | int, ...]) -> None:
    excess = measure(fields, LIMITS, PAYLOAD_LIMITS).excess
    assert excess is not None
    assert (excess.code, excess.loc) == (code, loc)


@pytest.mark.parametrize(
    ("text", "fits"),
    [("", True), ("abcd", True), ("abcde", False), ("øø", True), ("øøø", False), ("a b", True), ("a\nb", False)],
)
def test_an_id_is_short_and_visible(text: str, *, fits: bool) -> None:
    assert is_fit_id(text, LIMITS) is fits


def keeps_to_all_limits(fields: dict[str, Any]) -> bool:
    """The limits once more, as plainly as they can be said."""
    values = list(values_in(fields, 0))
    objects = [each.value for each in values if isinstance(each.value, dict)]
    scalars = [each.value for each in values if not isinstance(each.value, dict | list)]
    return (
        len(values) <= 9
        and len(scalars) <= 5
        and all(each.level <= 3 for each in values if isinstance(each.value, dict | list))
        and all(len(each) <= 3 for each in objects)
        and all(1 <= len(key.encode()) <= 4 and key not in ("\x00", "\x85") for each in objects for key in each)
        and all(len(scalar.encode()) <= 6 for scalar in scalars if isinstance(scalar, str))
        and all(abs(scalar) < 2**63 for scalar in scalars if isinstance(scalar, int))
    )


def values_in(value: Any, level: int) -> Iterator[Value]:
    """A value and all values in it; fields that are not in any other are at level 1."""
    yield Value(value, level)
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        yield from values_in(member, level + 1)
