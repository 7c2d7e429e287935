"""The two SQL engines, each with one table of documents, asked the way that a store will ask them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import apsw
import duckdb
import msgspec

from sojourn.core.conditions.dialects import DUCKDB, SQLITE, SQLITE_FUNCTIONS, Dialect
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.sides import Columns
from sojourn.core.conditions.sql import predicate
from sojourn.core.conditions.types import Checked

COLUMNS = Columns(event="subject.event", profile="subject.profile", session="subject.session")
TABLE = "CREATE TABLE subject (number INTEGER, event {text}, profile {text}, session {text})"


class Engine(Protocol):
    """A SQL engine that answers conditions."""

    def answers(self, checked: Checked, subjects: Sequence[Subject]) -> list[bool]:
        """What the condition is of each subject."""
        ...


class DuckDb:
    """DuckDB; the documents are texts."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        # A machine may be anywhere; moments without an offset are UTC all the same.
        self.connection.execute("SET TimeZone = 'America/New_York'")
        self.connection.execute(TABLE.format(text="VARCHAR"))

    def answers(self, checked: Checked, subjects: Sequence[Subject]) -> list[bool]:
        self.connection.execute("DELETE FROM subject")
        self.connection.executemany("INSERT INTO subject VALUES (?, ?, ?, ?)", list(rows(subjects)))
        statement, parameters = question(checked, DUCKDB, subjects)
        return only_booleans(self.connection.execute(statement, parameters).fetchall())


class SQLite:
    """SQLite; the documents are bytes, as the embedded store keeps them."""

    def __init__(self) -> None:
        self.connection = apsw.Connection(":memory:")
        self.connection.execute(TABLE.format(text="BLOB"))
        for name, function in SQLITE_FUNCTIONS.items():
            self.connection.create_scalar_function(name, function, deterministic=True)

    def answers(self, checked: Checked, subjects: Sequence[Subject]) -> list[bool]:
        self.connection.execute("DELETE FROM subject")
        for row in rows(subjects):
            self.connection.execute(
                "INSERT INTO subject VALUES (?, CAST(? AS BLOB), CAST(? AS BLOB), CAST(? AS BLOB))", row
            )
        statement, parameters = question(checked, SQLITE, subjects)
        answered = self.connection.execute(statement, parameters).fetchall()
        assert {answer for (answer,) in answered} <= {0, 1}
        return [bool(answer) for (answer,) in answered]


def rows(subjects: Sequence[Subject]) -> Iterable[tuple[int, str | None, str | None, str | None]]:
    for number, subject in enumerate(subjects):
        yield number, json(subject.event), json(subject.profile), json(subject.session)


def json(document: dict[str, object] | None) -> str | None:
    return None if document is None else msgspec.json.encode(document).decode()


def question(checked: Checked, dialect: Dialect, subjects: Sequence[Subject]) -> tuple[str, dict[str, Any]]:
    asked = predicate(checked, COLUMNS, dialect, now=subjects[0].now)
    return f"SELECT {asked.sql} FROM subject ORDER BY number", dict(asked.parameters)


def only_booleans(answered: list[tuple[Any, ...]]) -> list[bool]:
    answers = [answer for (answer,) in answered]
    assert all(answer is True or answer is False for answer in answers)
    return answers
