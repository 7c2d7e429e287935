"""The law of the back ends: whatever the condition and whatever the documents, all three answer the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.conditions.closure import closure
from sojourn.core.conditions.fields import OPEN, FieldTypes
from sojourn.core.conditions.moments import moment_of
from sojourn.core.conditions.nodes import (
    ORDERING,
    Boolean,
    Compare,
    Condition,
    Field,
    Has,
    Moment,
    MomentOf,
    Number,
    Operator,
    Presence,
    Term,
    Text,
)
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from tests.core.conditions.engines import DuckDb, Engine, SQLite
from tests.core.conditions.strategies import (
    KEYS,
    KNOWN,
    NOW,
    NUMBERS,
    PATTERNS,
    TEXTS,
    conditions,
    documents,
    is_sensible,
)
from tests.core.conditions.tables import (
    DEFAULTS,
    FALSE_FOR_ANOTHER_KIND,
    FALSE_FOR_WANT_OF_A_VALUE,
    RECORDS,
    SUBJECT,
    TRUE,
)

LISTS: tuple[list[object], ...] = ([], [[]], [None], ["a"], ["", "ab", "5"], [5, 1.0], [True], [False, 0])
VALUES: tuple[object, ...] = (*TEXTS, *NUMBERS, *LISTS, True, False, None, {}, {"a": 1})
A, B = Field("event", ("a",)), Field("event", ("b",))
DYNAMIC = [operator for operator in Operator if operator is not Operator.MATCHES]
RELATIONS = [*ORDERING, Operator.EQUAL, Operator.UNEQUAL]

subjects = st.builds(Subject, now=st.just(NOW), event=documents, profile=st.none() | documents, session=documents)


@pytest.fixture(scope="module", params=[DuckDb, SQLite])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


def an_event(**properties: object) -> Subject:
    """A subject of which only the event is there."""
    return Subject(now=NOW, event=properties)


def assert_agreement(engine: Engine, asked: list[Subject], condition: Condition, known: FieldTypes = OPEN) -> None:
    """Fail where the engine, which keeps these subjects, answers otherwise than Python."""
    checked = check(condition, known)
    holds = closure(checked)
    wrong = [
        (subject.event, answer)
        for subject, answer in zip(asked, engine.answers(checked), strict=True)
        if answer is not holds(subject)
    ]
    assert wrong == []


@given(condition=conditions(), asked=st.lists(subjects, min_size=1, max_size=8))
def test_all_answer_the_same_whatever_is_asked(engine: Engine, condition: Condition, asked: list[Subject]) -> None:
    engine.keep(asked)
    assert_agreement(engine, asked, condition)


@given(condition=conditions(KNOWN), asked=st.lists(subjects, min_size=1, max_size=8))
def test_all_take_the_same_defaults(engine: Engine, condition: Condition, asked: list[Subject]) -> None:
    engine.keep(asked)
    assert_agreement(engine, asked, condition, KNOWN)


def test_all_know_which_record_must_be_there_for_a_default(engine: Engine) -> None:
    asked = [Subject(now=NOW), an_event(), an_event(session={}), an_event(session=None), an_event(session="x"), SUBJECT]
    engine.keep(asked)
    for text in DEFAULTS:
        assert_agreement(engine, asked, parse(text), RECORDS)


def test_all_answer_the_tables_alike(engine: Engine) -> None:
    engine.keep([SUBJECT])
    for text in (*TRUE, *FALSE_FOR_WANT_OF_A_VALUE, *FALSE_FOR_ANOTHER_KIND):
        assert_agreement(engine, [SUBJECT], parse(text))


def test_all_compare_every_pair_of_values_alike(engine: Engine) -> None:
    asked = [an_event(a=one, b=other) for one, other in product(VALUES, VALUES)]
    engine.keep(asked)
    for operator in DYNAMIC:
        assert_agreement(engine, asked, Compare(A, operator, B))
    for relation in RELATIONS:
        assert_agreement(engine, asked, Compare(MomentOf(A), relation, MomentOf(B)))


def test_all_compare_every_value_with_every_constant_alike(engine: Engine) -> None:
    asked = [*(an_event(a=value) for value in VALUES), an_event()]
    engine.keep(asked)
    for constant, operator in product(constants(), DYNAMIC):
        for condition in (Compare(A, operator, constant), Compare(constant, operator, A)):
            if is_sensible(condition, OPEN):
                assert_agreement(engine, asked, condition)


def test_all_find_every_pattern_alike(engine: Engine) -> None:
    asked = [an_event(a=value) for value in VALUES]
    engine.keep(asked)
    for pattern in PATTERNS:
        assert_agreement(engine, asked, Compare(A, Operator.MATCHES, Text(pattern)))


def test_all_miss_the_same_values(engine: Engine) -> None:
    asked = [*(an_event(a=value) for value in VALUES), an_event(), Subject(now=NOW)]
    engine.keep(asked)
    for presence in Presence:
        assert_agreement(engine, asked, Has(A, presence))


def test_all_find_every_key_and_every_index(engine: Engine) -> None:
    asked = [an_event(**{key: 1}) for key in KEYS]
    asked += [an_event(a=value) for value in ([1], [0, 1], {"0": 1}, {"1": 1}, "11", None)]
    engine.keep(asked)
    paths = [*((key,) for key in KEYS), ("a", 0), ("a", 1), ("a", "0"), ("a", "1")]
    for path in paths:
        assert_agreement(engine, asked, Compare(Field("event", path), Operator.EQUAL, Number(1)))


def constants() -> Iterator[Term]:
    """Every value that can be written down, each as all that it can be."""
    yield from (Boolean(value=True), Boolean(value=False))
    yield from (Number(number) for number in NUMBERS if abs(number) < 2**53)
    for text in TEXTS:
        yield Text(text)
        moment = moment_of(text)
        if moment is not None:
            yield Moment(moment)
