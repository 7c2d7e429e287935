"""What two SQL engines call the same things: JSON values and their kinds, texts, moments, patterns.

A dialect is a table of templates that put SQL together from SQL; every value of a condition is a parameter before it
comes here. What a template says may be NULL where it means "no"; `sql` turns that into false.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from sojourn.core.conditions.moments import DATE, DATE_AND_TIME, ZONE, moment_us
from sojourn.core.conditions.patterns import re2_matches

Scalar: TypeAlias = str | int | float
"""A value that can be bound to a parameter."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How an engine says what a condition says. `{kind}` and `{value}` stand for those of one JSON value."""

    null_kind: str
    """The engine's word for the kind of null; so for the other kinds."""
    text_kind: str
    number_kinds: tuple[str, ...]
    boolean_kinds: tuple[str, ...]
    list_kind: str
    object_kind: str

    kind_at: str
    """The kind of what stands at `{path}` of `{document}`; NULL where nothing does."""
    value_at: str
    """The value of what stands there."""
    constant: Callable[[object], tuple[str, Scalar]]
    """The kind and the value, as `kind_at` and `value_at` would find them, of a JSON value that is known."""
    number: str
    """The double that a number is."""
    boolean: str
    """Whether a boolean is true."""
    moment_us: str
    """The moment that the text `{value}` tells, in microseconds since 1970; NULL when it tells none."""

    has_item: str
    """Whether the list has an item for which `{wanted}` holds."""
    item_kind: str
    """The kind of an item, within `{wanted}`."""
    item_value: str
    """The value of an item, within `{wanted}`."""

    contains: str
    """Whether the text `{left}` holds the text `{right}`; so for the next ones."""
    starts_with: str
    ends_with: str
    matches: str


def _duckdb_constant(value: object) -> tuple[str, Scalar]:
    json = msgspec.json.encode(value).decode()
    match value:
        case str():
            return "VARCHAR", value
        case bool():
            return "BOOLEAN", json
        case int() | float():
            return "DOUBLE", json
        case list() | tuple():
            return "ARRAY", json
        case _:
            return "OBJECT", json


def _sqlite_constant(value: object) -> tuple[str, Scalar]:
    match value:
        case str():
            return "text", value
        case bool():
            return ("true" if value else "false"), int(value)
        case int() | float():
            return "real", float(value)
        case _:
            return ("array" if isinstance(value, list | tuple) else "object"), msgspec.json.encode(value).decode()


DUCKDB = Dialect(
    null_kind="NULL",
    text_kind="VARCHAR",
    number_kinds=("UBIGINT", "BIGINT", "HUGEINT", "DOUBLE"),
    boolean_kinds=("BOOLEAN",),
    list_kind="ARRAY",
    object_kind="OBJECT",
    kind_at="json_type({document}, {path})",
    value_at="json_extract_string({document}, {path})",
    constant=_duckdb_constant,
    number="TRY_CAST({value} AS DOUBLE)",
    boolean="({value} = 'true')",
    # Where no offset is written, the engine would take the time zone of the machine.
    moment_us=(
        "epoch_us(TRY_CAST(CASE"
        f" WHEN regexp_full_match({{value}}, '{DATE}') THEN {{value}} || ' 00:00+00'"
        f" WHEN regexp_full_match({{value}}, '{DATE_AND_TIME}') THEN {{value}} || '+00'"
        f" WHEN regexp_full_match({{value}}, '{DATE_AND_TIME}{ZONE}') THEN {{value}}"
        " END AS TIMESTAMPTZ))"
    ),
    has_item=(
        "(len(list_filter(json_extract(CASE {kind} WHEN 'ARRAY' THEN {value} END, '$[*]'),"
        " lambda an_item: {wanted})) > 0)"
    ),
    item_kind="json_type(an_item)",
    item_value="json_extract_string(an_item, '$')",
    contains="contains({left}, {right})",
    starts_with="starts_with({left}, {right})",
    ends_with="ends_with({left}, {right})",
    matches="regexp_matches({left}, {right})",
)
"""DuckDB, whose patterns are RE2's."""

SQLITE = Dialect(
    null_kind="null",
    text_kind="text",
    number_kinds=("integer", "real"),
    boolean_kinds=("true", "false"),
    list_kind="array",
    object_kind="object",
    kind_at="json_type({document}, {path})",
    value_at="json_extract({document}, {path})",
    constant=_sqlite_constant,
    number="CAST({value} AS REAL)",
    boolean="({kind} = 'true')",
    moment_us="moment_us({value})",
    has_item="EXISTS (SELECT 1 FROM json_each(CASE {kind} WHEN 'array' THEN {value} END) AS an_item WHERE {wanted})",
    item_kind="an_item.type",
    item_value="an_item.value",
    # length() and substr() of a text end at its first NUL; instr() and bytes do not.
    contains="instr({left}, {right}) > 0",
    starts_with="instr({left}, {right}) = 1",
    ends_with="({right} = '' OR substr(CAST({left} AS BLOB), -octet_length({right})) = CAST({right} AS BLOB))",
    matches="re2_matches({left}, {right})",
)
"""SQLite, to which the connection must have added `SQLITE_FUNCTIONS`."""

SQLITE_FUNCTIONS: dict[str, Callable[..., int | bool | None]] = {"moment_us": moment_us, "re2_matches": re2_matches}
"""What SQLite cannot say itself: scalar functions by name, pure, each of a fixed number of arguments."""
