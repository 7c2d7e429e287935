"""The sides of a comparison in SQL. A side has one face for each kind that its value may be of.

A face tells whether the value is of that kind, and what it is then. Two sides stand in a relation when they show faces
of one kind that do; so no engine ever gets to turn a value into another kind.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias, assert_never

import msgspec

from sojourn.core.conditions.dialects import Dialect, Scalar
from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.fields import Default, FieldTypes, Kind
from sojourn.core.conditions.moments import microseconds
from sojourn.core.conditions.nodes import Boolean, Field, Moment, MomentOf, Now, Number, Part, Root, Term, Text
from sojourn.core.conditions.tokens import quoted


class Columns(msgspec.Struct, frozen=True):
    """How the documents are reached: the SQL expression of the JSON text of each, None where there is none.

    They are words of our own code, never of people.
    """

    event: str | None = None
    profile: str | None = None
    session: str | None = None

    def of(self, root: Root) -> str | None:
        """The expression of one document."""
        match root:
            case "event":
                return self.event
            case "profile":
                return self.profile
            case "session":
                return self.session


_PARAMETER = re.compile(r"\$(\w+)")


class Parameters:
    """The values of a predicate under their names; one name for each value, however often it is used."""

    def __init__(self, prefix: str) -> None:
        """Start with none; all names will begin with the prefix."""
        self._prefix = prefix
        self._names: dict[tuple[type, Scalar], str] = {}

    def bind(self, value: Scalar) -> str:
        """The SQL that stands for a value."""
        name = f"{self._prefix}{len(self._names)}"
        return "$" + self._names.setdefault((value.__class__, value), name)

    def used_in(self, sql: str) -> dict[str, Scalar]:
        """The values that stand in `sql`, by their names; what was bound and not needed is left out."""
        used = set(_PARAMETER.findall(sql))
        return {name: value for (_, value), name in self._names.items() if name in used}


class Json(NamedTuple):
    """A JSON value: the SQL of its kind, which is NULL where it is missing, and of its value."""

    kind: str
    value: str


class Face(NamedTuple):
    """One kind that a side may be of: the SQL of whether it is (none where it always is), and of its value then."""

    is_shown: str | None
    value: str


Faces: TypeAlias = dict[Kind, Face]


class Sides:
    """Makes the sides for the comparisons of one predicate."""

    def __init__(self, fields: FieldTypes, columns: Columns, dialect: Dialect, *, now: datetime, prefix: str) -> None:
        """Start with what is known of the fields, where they lie, how the engine speaks, and what time it is."""
        self.dialect = dialect
        self.parameters = Parameters(prefix)
        self._fields = fields
        self._columns = columns
        self._now = now

    def of(self, term: Term) -> Faces:
        """All faces of a term: for a value one, for a field one of each kind that JSON has."""
        bind = self.parameters.bind
        match term:
            case Text(text):
                return {Kind.TEXT: Face(None, bind(text))}
            case Number(number):
                return {Kind.NUMBER: Face(None, bind(float(number)))}
            case Boolean(boolean):
                return {Kind.BOOLEAN: Face(None, "TRUE" if boolean else "FALSE")}
            case Moment(at):
                return {Kind.MOMENT: Face(None, bind(microseconds(at)))}
            case Now(offset_s):
                return {Kind.MOMENT: Face(None, bind(microseconds(self._now + timedelta(seconds=offset_s))))}
            case MomentOf(field):
                face = self.of_json(self.json(field))[Kind.TEXT]
                return {Kind.MOMENT: Face(face.is_shown, self.dialect.moment_us.format(value=face.value))}
            case Field():
                return self.of_json(self.json(term))
            case _:
                assert_never(term)

    def of_json(self, json: Json) -> Faces:
        """The faces of a JSON value."""
        dialect = self.dialect
        number, boolean = dialect.number.format(value=json.value), dialect.boolean.format(**json._asdict())
        return {
            Kind.TEXT: Face(f"{json.kind} = '{dialect.text_kind}'", json.value),
            Kind.NUMBER: Face(_is_one_of(json, dialect.number_kinds), number),
            Kind.BOOLEAN: Face(_is_one_of(json, dialect.boolean_kinds), boolean),
        }

    def json(self, field: Field) -> Json:
        """The value of a field, or its default. Raises ConditionError where no column holds its document."""
        document = self._columns.of(field.root)
        if document is None:
            raise ConditionError(field.place, f"No {field.root} is at hand here.")
        found = self._at(document, field.path)
        default = self._fields.of(field).default
        return found if default is None else self._unless_there(found, document, default)

    def _at(self, document: str, path: tuple[Part, ...]) -> Json:
        bound = self.parameters.bind(json_path(path))
        kind_at, value_at = self.dialect.kind_at, self.dialect.value_at
        return Json(kind_at.format(document=document, path=bound), value_at.format(document=document, path=bound))

    def _unless_there(self, found: Json, document: str, default: Default) -> Json:
        within = f"{self._at(document, default.within).kind} = '{self.dialect.object_kind}'"
        kind, value = (self.parameters.bind(part) for part in self.dialect.constant(default.value))
        return Json(
            f"coalesce(nullif({found.kind}, '{self.dialect.null_kind}'), CASE WHEN {within} THEN {kind} END)",
            f"coalesce({found.value}, CASE WHEN {within} THEN {value} END)",
        )


def json_path(path: tuple[Part, ...]) -> str:
    """A path as both engines read it. Keys are always quoted, so that nothing in them is a sign of the path."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{quoted(part)}" for part in path)


def _is_one_of(json: Json, words: tuple[str, ...]) -> str:
    if len(words) == 1:
        return f"{json.kind} = '{words[0]}'"
    return f"{json.kind} IN ({', '.join(repr(word) for word in words)})"
