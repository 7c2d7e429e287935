"""Random conditions and random documents, over few keys and few values, so that they meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.fields import OPEN, Default, FieldTypes, Kind, KnownField
from sojourn.core.conditions.nodes import (
    And,
    Between,
    Boolean,
    Compare,
    Condition,
    Field,
    Has,
    List,
    Moment,
    MomentOf,
    Not,
    Now,
    Number,
    Operator,
    Or,
    Presence,
    Text,
)
from sojourn.core.conditions.types import check

Tests: TypeAlias = SearchStrategy[Condition]

NOW = datetime(2026, 6, 15, 12, 30, tzinfo=UTC)

YEAR_1000 = NOW.replace(year=1000, tzinfo=None)

KEYS = (
    "a", "b", "a.b", "0", 'q"t', "back\\slash", "\\", '\\"', "a\\", "ü", "*", "[0]", "$", "sp ace", "__class__", "'",
)  # fmt: skip
TEXTS = (
    "", "a", "b", "ab", "aé", "Ä", "a\0b", "\0b", "5", "true", "null",
    "[]", "{}", "\\", '\\"', "\\\\d", "\U0001f600", "\uffff", "%", "'",
    "2026-06-15", "2026-06-15T12:30:00Z", "2026-06-15 12:30", "2026-06-15T14:30:00.000000+02:00",
    "2026-06-08T12:30:00Z", "2026-06-15T12:30:00.123456789Z", "2026-02-30", "2026-06-15T24:00:00Z", "0000-01-01",
    "2026-06-15T12:30:60Z", "9999-12-31T23:59:59-10:00", "1000-01-01T00:00:00+10:00", "2026-06-15T12:30:00+24:00",
)  # fmt: skip
NUMBERS = (
    0,
    -0.0,
    1,
    1.0,
    -1,
    5,
    2.5,
    1e300,
    5e-324,
    0.1,
    0.30000000000000004,
    2**53 - 1,
    2**53,
    2**53 + 1,
    2**63,
    2**64,
)
PATTERNS = ("a", "^a", "b$", "(?i)é", "^$", ".", "^[0-9]+$", "a.b", r"\x00", "^(a+)+$", "[^a]")

keys = st.sampled_from(("a", "b")) | st.sampled_from(KEYS)
texts = st.sampled_from(TEXTS) | st.text("ab\0é", max_size=3)
numbers = st.sampled_from(NUMBERS) | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(keys, json_values, max_size=4)

roots = st.sampled_from(("event", "profile", "session"))
paths = st.lists(keys | st.integers(0, 2), min_size=1, max_size=3).map(tuple)
fields = st.builds(Field, roots, st.sampled_from((("a",), ("b",))) | paths)

some_text = st.builds(Text, texts)
some_number = st.builds(
    Number, st.sampled_from((0, 1, 5, 2.5, 0.1, 2**53 - 1)) | st.integers(-3, 3) | st.floats(-1e9, 1e9)
)
some_boolean = st.builds(Boolean, st.booleans())
some_moment = st.builds(Moment, st.datetimes(YEAR_1000, timezones=st.just(UTC)) | st.just(NOW))
some_now = st.builds(Now, st.sampled_from((0, -7 * 86_400, 60, -86_399)))

IN_ORDER = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
OF_EQUALS = (Operator.EQUAL, Operator.UNEQUAL)
CHOOSING = (Operator.IN, Operator.NOT_IN)
OF_TEXTS = (Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH)


def comparisons(operators: Sequence[Operator], left: SearchStrategy[Any], right: SearchStrategy[Any]) -> Tests:
    """Comparisons with one of the operators."""
    return st.builds(Compare, left, st.sampled_from(operators), right)


def of_one_kind(value: SearchStrategy[Any]) -> Tests:
    """All that may be asked of values of one kind."""
    term = fields | value
    return comparisons((*IN_ORDER, *OF_EQUALS), term, term) | st.builds(Between, term, term, term)


def choices(value: SearchStrategy[Any]) -> Tests:
    """Choices from a list in brackets."""
    brackets = st.builds(List, st.lists(value, min_size=1, max_size=3).map(tuple))
    return comparisons(CHOOSING, fields | value, brackets)


held = fields | some_text | some_number | some_boolean
tests: Tests = st.one_of(
    of_one_kind(some_text),
    of_one_kind(some_number),
    of_one_kind(some_moment | some_now | st.builds(MomentOf, fields)),
    comparisons(OF_EQUALS, fields | some_boolean, fields | some_boolean),
    choices(some_text),
    choices(some_number),
    choices(some_boolean),
    choices(some_moment),
    comparisons(CHOOSING, held, fields),
    comparisons((Operator.CONTAINS,), fields, held),
    comparisons(OF_TEXTS, fields | some_text, fields | some_text),
    comparisons((Operator.MATCHES,), fields, st.builds(Text, st.sampled_from(PATTERNS))),
    st.builds(Has, fields, st.sampled_from(Presence)),
)

KNOWN = FieldTypes({
    "event": {("a",): KnownField(Kind.NUMBER, Default(0)), ("b",): KnownField(Kind.TEXT, Default("ab"))},
    "profile": {
        ("a",): KnownField(Kind.LIST, Default(["a", 5])),
        ("b",): KnownField(Kind.OBJECT),
        ("b", "a"): KnownField(Kind.BOOLEAN, Default(value=True, within=("b",))),
        ("b", "b"): KnownField(Kind.MOMENT, Default("2026-06-15", within=("b",))),
    },
    "session": {("a",): KnownField(Kind.OBJECT, Default({})), ("b",): KnownField(Kind.MOMENT)},
})  # fmt: skip


def conditions(known: FieldTypes = OPEN) -> Tests:
    """Conditions that mean something, in which every kind of node and every operator turns up."""
    leaves = tests.filter(lambda condition: is_sensible(condition, known))
    return st.recursive(leaves, groups, max_leaves=5)


def groups(inner: Tests) -> Tests:
    """What conditions make together."""
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, inner) | st.builds(And, several) | st.builds(Or, several)


def is_sensible(condition: Condition, known: FieldTypes) -> bool:
    """Whether the check lets a condition pass."""
    try:
        check(condition, known)
    except ConditionError:
        return False
    return True
