"""What conditions say of a person, a session and an event; one rule for all that is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.conditions.closure import closure
from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.nodes import And, Compare, Condition, Field, List, Not, Number, Operator, Or, Text
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from tests.core.conditions.strategies import NOW, conditions, documents, fields, some_number, some_text
from tests.core.conditions.tables import (
    DEFAULTS,
    FALSE_FOR_ANOTHER_KIND,
    FALSE_FOR_WANT_OF_A_VALUE,
    RECORDS,
    SUBJECT,
    TRUE,
)


def holds(text: str, subject: Subject = SUBJECT) -> bool:
    """What a condition is of a subject."""
    return closure(check(parse(text), RECORDS))(subject)


@pytest.mark.parametrize("text", TRUE)
def test_this_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize("text", FALSE_FOR_WANT_OF_A_VALUE)
def test_nothing_that_is_missing_compares(text: str) -> None:
    assert not holds(text)
    assert holds(f"not ({text})")


@pytest.mark.parametrize("text", FALSE_FOR_ANOTHER_KIND)
def test_nothing_is_turned_into_another_kind(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize("name", ["__class__", "__dict__", "__init__", "get", "keys", "__class__.__mro__"])
def test_what_python_adds_to_a_value_is_a_missing_field(name: str) -> None:
    assert holds(f"profile.{name} not exists and profile.segments.{name} not exists")


def test_numbers_are_doubles_between_fields_too() -> None:
    assert holds("event.properties.big = event.properties.bigger")


def test_a_number_beyond_all_doubles_is_infinite() -> None:
    subject = Subject(now=NOW, event={"huge": 10**400, "low": -(10**400), "big": 1e300})
    assert holds("event.huge > event.big and event.low < event.big and event.huge > 1", subject)


@pytest.mark.parametrize("text", DEFAULTS)
def test_what_a_record_leaves_out_has_its_default(text: str) -> None:
    assert holds(text) is DEFAULTS[text]


def test_a_part_has_its_default_once_the_record_around_it_is_there() -> None:
    event: dict[str, object] = {"session": {"id": "s-1", "start": "2026-06-15T12:00:00.000000Z"}}
    assert holds("event.session.status = 'active'", Subject(now=NOW, event=event))


def test_a_pattern_takes_the_time_that_the_text_is_long() -> None:
    # Python's own engine would be at this until the end of the world.
    subject = Subject(now=NOW, event={"a": "a" * 30_000 + "!"})
    assert not holds("event.a matches '^(a+)+$'", subject)
    assert holds("event.a matches '^(a+)+!$'", subject)


def test_a_pattern_that_cannot_be_read_says_nothing_to_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConditionError):
        check(parse("event.a matches '('"))
    assert capfd.readouterr().err == ""


subjects = st.builds(Subject, now=st.just(NOW), event=documents, profile=st.none() | documents, session=documents)


@given(conditions(), subjects)
def test_not_turns_every_answer_round(condition: Condition, subject: Subject) -> None:
    assert closure(check(Not(condition)))(subject) is not closure(check(condition))(subject)


@given(conditions(), conditions(), subjects)
def test_and_and_or_mirror_each_other(one: Condition, other: Condition, subject: Subject) -> None:
    both = closure(check(And((one, other))))
    neither = closure(check(Not(Or((Not(one), Not(other))))))
    assert both(subject) is neither(subject)


@given(fields, st.lists(some_text, min_size=2, max_size=3) | st.lists(some_number, min_size=2, max_size=3), subjects)
def test_in_is_one_of_many_equals(field: Field, items: list[Text | Number], subject: Subject) -> None:
    chosen = Compare(field, Operator.IN, List(tuple(items)))
    equals = Or(tuple(Compare(field, Operator.EQUAL, item) for item in items))
    assert closure(check(chosen))(subject) is closure(check(equals))(subject)


@given(fields, st.lists(some_text, min_size=2, max_size=3) | st.lists(some_number, min_size=2, max_size=3), subjects)
def test_not_in_is_unequal_to_all(field: Field, items: list[Text | Number], subject: Subject) -> None:
    chosen = Compare(field, Operator.NOT_IN, List(tuple(items)))
    unequal = And(tuple(Compare(field, Operator.UNEQUAL, item) for item in items))
    assert closure(check(chosen))(subject) is closure(check(unequal))(subject)
