"""What a predicate is made of, and that the engines take the largest ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from sojourn.core.conditions.closure import closure
from sojourn.core.conditions.dialects import DUCKDB, SQLITE, Dialect
from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.nodes import Condition
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.sides import Columns
from sojourn.core.conditions.sql import predicate
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from tests.core.conditions.engines import COLUMNS, DuckDb, SQLite
from tests.core.conditions.strategies import NOW, conditions

DIALECTS = pytest.mark.parametrize("dialect", [DUCKDB, SQLITE], ids=["duckdb", "sqlite"])
ENGINES = pytest.mark.parametrize("make", [DuckDb, SQLite])


def test_this_is_what_duckdb_is_asked() -> None:
    asked = predicate(check(parse('event.type = "order"')), Columns(event="event.doc"), DUCKDB, now=NOW)
    assert asked.sql == (
        "((json_type(event.doc, $c0) = 'VARCHAR' AND json_extract_string(event.doc, $c0) = $c1) IS TRUE)"
    )
    assert asked.parameters == {"c0": '$."type"', "c1": "order"}


def test_this_is_what_sqlite_is_asked() -> None:
    asked = predicate(check(parse("profile.age >= 18")), Columns(profile="profile.doc"), SQLITE, now=NOW, prefix="age")
    assert asked.sql == (
        "((json_type(profile.doc, $age0) IN ('integer', 'real')"
        " AND CAST(json_extract(profile.doc, $age0) AS REAL) >= $age1) IS TRUE)"
    )
    assert asked.parameters == {"age0": '$."age"', "age1": 18.0}


@DIALECTS
def test_no_word_of_a_condition_stands_in_the_sql(dialect: Dialect) -> None:
    hostile = (
        """event."x'); ATTACH 'y'" = "' or 1=1 --" or "zyx" in ["qwx"] or event.a matches "zwq" or event.a > 987654"""
    )
    asked = predicate(check(parse(hostile)), COLUMNS, dialect, now=NOW)
    assert re.search("ATTACH|--|zyx|qwx|zwq|987654", asked.sql) is None


@DIALECTS
def test_now_is_a_parameter_like_all_others(dialect: Dialect) -> None:
    asked = predicate(check(parse("event.a > now - 1s")), COLUMNS, dialect, now=NOW)
    assert 1_781_526_599_000_000 in asked.parameters.values()


@DIALECTS
def test_a_document_that_no_column_holds_cannot_be_asked(dialect: Dialect) -> None:
    with pytest.raises(ConditionError, match="line 1, column 16: No profile is at hand here"):
        predicate(check(parse("event.a = 1 or profile.b = 2")), Columns(event="doc"), dialect, now=NOW)


@given(condition=conditions())
@DIALECTS
def test_every_parameter_is_used_and_every_used_one_is_there(dialect: Dialect, condition: Condition) -> None:
    asked = predicate(check(condition), COLUMNS, dialect, now=NOW, prefix="some_")
    assert set(re.findall(r"\$(some_\d+)", asked.sql)) == set(asked.parameters)


@ENGINES
@pytest.mark.parametrize(
    "text",
    [
        " and ".join("event.a = 1" for _ in range(333)),
        " or ".join("event.a = 2" for _ in range(332)) + " or event.a = 1",
        f"event.a in [{', '.join(map(str, range(997)))}]",
        "(event.b = 1 or (event.a = 1 and " * 16 + "event.a = 1" + "))" * 16,
        "not " * 32 + "event.a = 1",
    ],
    ids=["and", "or", "in", "groups", "not"],
)
def test_the_engines_take_the_largest_conditions(make: type[DuckDb | SQLite], text: str) -> None:
    checked = check(parse(text))
    subject = Subject(now=NOW, event={"a": 1})
    assert closure(checked)(subject)
    engine = make()
    engine.keep([subject])
    assert engine.answers(checked) == [True]


@ENGINES
def test_a_pattern_takes_the_time_that_the_text_is_long(make: type[DuckDb | SQLite]) -> None:
    engine = make()
    engine.keep([Subject(now=NOW, event={"a": "a" * 30_000 + end}) for end in ("", "!")])
    assert engine.answers(check(parse("event.a matches '^(a+)+$'"))) == [True, False]
