"""The law of the back ends: whatever the condition and whatever the documents, all three answer the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.conditions.closure import closure
from sojourn.core.conditions.fields import OPEN
from sojourn.core.conditions.nodes import Condition
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.types import check
from tests.core.conditions.engines import DuckDb, Engine, SQLite
from tests.core.conditions.strategies import KNOWN, NOW, conditions, documents

subjects = st.builds(Subject, now=st.just(NOW), event=documents, profile=st.none() | documents, session=documents)


@pytest.fixture(scope="module", params=[DuckDb, SQLite])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


@given(condition=conditions(), asked=st.lists(subjects, min_size=1, max_size=8))
def test_sql_answers_what_python_answers(engine: Engine, condition: Condition, asked: list[Subject]) -> None:
    checked = check(condition, OPEN)
    holds = closure(checked)
    assert engine.answers(checked, asked) == [holds(subject) for subject in asked]


@given(condition=conditions(KNOWN), asked=st.lists(subjects, min_size=1, max_size=8))
def test_sql_takes_the_same_defaults_as_python(engine: Engine, condition: Condition, asked: list[Subject]) -> None:
    checked = check(condition, KNOWN)
    holds = closure(checked)
    assert engine.answers(checked, asked) == [holds(subject) for subject in asked]
