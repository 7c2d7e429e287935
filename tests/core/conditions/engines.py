"""The two SQL engines, each with one table of documents, asked the way that a store will ask them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import apsw
import duckdb
import msgspec

from sojourn.core.conditions.dialects import DUCKDB, SQLITE, SQLITE_FUNCTIONS, Dialect
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.sides import Columns
from sojourn.core.conditions.sql import predicate
from sojourn.core.conditions.types import Checked
from tests.core.conditions.strategies import NOW

COLUMNS = Columns(event="subject.event", profile="subject.profile", session="subject.session")
TABLE = "CREATE TABLE subject (number INTEGER, event {text}, profile {text}, session {text})"


class Engine(Protocol):
    """A SQL engine that keeps subjects, and answers a condition for each of them."""

    def keep(self, subjects: Sequence[Subject]) -> None:
        """Keep these subjects in place of all others."""
        ...

    def answers(self, checked: Checked) -> list[bool]:
        """What the condition is of each subject, in their order."""
        ...


class DuckDb:
    """DuckDB; the documents are texts."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        # A machine may be anywhere; moments without an offset are UTC all the same.
        self.connection.execute("SET TimeZone = 'America/New_York'")
        self.connection.execute(TABLE.format(text="VARCHAR"))

    def keep(self, subjects: Sequence[Subject]) -> None:
        self.connection.execute("DELETE FROM subject")
        columns = [list(column) for column in zip(*rows(subjects), strict=True)]
        documents = ", ".join(["unnest(?::VARCHAR[])"] * 3)
        self.connection.execute(f"INSERT INTO subject SELECT unnest(?::INTEGER[]), {documents}", columns)

    def answers(self, checked: Checked) -> list[bool]:
        answered = [answer for (answer,) in self.connection.execute(*question(checked, DUCKDB)).fetchall()]
        assert all(answer is True or answer is False for answer in answered)
        return answered


class SQLite:
    """SQLite; the documents are bytes, as the embedded store keeps them."""

    def __init__(self) -> None:
        self.connection = apsw.Connection(":memory:")
        self.connection.execute(TABLE.format(text="BLOB"))
        for name, function in SQLITE_FUNCTIONS.items():
            self.connection.create_scalar_function(name, function, deterministic=True)

    def keep(self, subjects: Sequence[Subject]) -> None:
        self.connection.execute("DELETE FROM subject")
        insert = "INSERT INTO subject VALUES (?, CAST(? AS BLOB), CAST(? AS BLOB), CAST(? AS BLOB))"
        self.connection.executemany(insert, rows(subjects))

    def answers(self, checked: Checked) -> list[bool]:
        answered = [answer for (answer,) in self.connection.execute(*question(checked, SQLITE))]
        assert all(answer in {0, 1} for answer in answered)
        return [bool(answer) for answer in answered]


def rows(subjects: Sequence[Subject]) -> Iterator[tuple[int, str | None, str | None, str | None]]:
    """The subjects as rows of the table."""
    for number, subject in enumerate(subjects):
        yield number, json(subject.event), json(subject.profile), json(subject.session)


def json(document: dict[str, object] | None) -> str | None:
    """A document as the store writes it."""
    return None if document is None else msgspec.json.encode(document).decode()


def question(checked: Checked, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """The statement that asks a condition of all subjects, and its parameters."""
    asked = predicate(checked, COLUMNS, dialect, now=NOW)
    return f"SELECT {asked.sql} FROM subject ORDER BY number", dict(asked.parameters)
