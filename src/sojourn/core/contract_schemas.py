"""What a contract's schema may be made of, so that a schema is what it looks like, and cheap for every event.

Names that JSON Schema does not have are refused, since a misspelt one would check nothing. References lead to `$defs`
at the top of the same schema and never round in a circle, so that a schema can be written out, and its cost be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from sojourn.core.limits import Limits

FORMATS = frozenset({"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid"})
"""The formats that are checked. Others are refused: nobody shall believe in a check that is not made."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Place = tuple[str | int, ...]


class SchemaFault(NamedTuple):
    """What is wrong with a schema, and where in it."""

    loc: Place
    msg: str


def schema_faults(schema: dict[str, object], limits: Limits) -> Iterator[SchemaFault]:
    """Everything that keeps a schema from being a contract's, as far as that can be seen without compiling it."""
    size = len(msgspec.json.encode(schema))
    if size > limits.contract_bytes_max:
        yield SchemaFault((), f"The schema has {size} bytes, {limits.contract_bytes_max} are the most.")
        return
    if _is_too_deep(schema, limits.json_depth_max):
        yield SchemaFault((), f"The schema is nested deeper than {limits.json_depth_max} levels.")
        return
    faults = list(_faults(schema, ()))
    yield from faults
    if not faults:
        yield from _cost_faults(schema, limits.contract_checks_max)


_ONE = frozenset(
    {
        "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then", "unevaluatedItems",
        "unevaluatedProperties",
    }
)  # fmt: skip
"""Keywords that hold one schema."""
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords that hold a list of schemas."""
_NAMED = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
"""Keywords that hold schemas by names."""
_PLAIN = frozenset(
    {
        "$comment", "$ref", "$schema", "const", "default", "dependentRequired", "deprecated", "description", "enum",
        "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maxItems", "maxLength",
        "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf",
        "pattern", "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
    }
)  # fmt: skip
"""Keywords that hold no schema."""
_KNOWN = _ONE | _LISTED | _NAMED | _PLAIN
_REFERENCE = re.compile(r"#/\$defs/([A-Za-z0-9_.-]+)")


def _faults(schema: object, loc: Place) -> Iterator[SchemaFault]:
    """What is wrong with a schema and with those inside of it, each for itself."""
    if not isinstance(schema, dict):
        return
    for keyword in sorted(schema.keys() - _KNOWN):
        msg = "There is no such keyword, or none that contracts know; what it says would not be checked."
        yield SchemaFault((*loc, keyword), msg)
    yield from _value_faults(schema, loc)
    for place, child in _children(schema):
        yield from _faults(child, (*loc, *place))


def _value_faults(schema: dict[str, object], loc: Place) -> Iterator[SchemaFault]:
    reference = schema.get("$ref")
    if isinstance(reference, str) and not _REFERENCE.fullmatch(reference):
        msg = "A reference leads to `#/$defs/<name>` in the same schema: nothing is ever fetched."
        yield SchemaFault((*loc, "$ref"), msg)
    if loc and "$defs" in schema:
        yield SchemaFault((*loc, "$defs"), "`$defs` stands at the top of the schema.")
    if schema.get("$schema", DIALECT) != DIALECT:
        yield SchemaFault((*loc, "$schema"), f"A contract is written in {DIALECT}.")
    written = schema.get("format")
    if isinstance(written, str) and written not in FORMATS:
        yield SchemaFault((*loc, "format"), f"These formats are checked: {', '.join(sorted(FORMATS))}.")


def _children(schema: dict[str, object]) -> Iterator[tuple[Place, object]]:
    """The schemas inside of a schema, each with its place. What has another shape is left to the compiler."""
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield (keyword,), value
        elif keyword in _LISTED and isinstance(value, list):
            for index, child in enumerate(value):
                yield (keyword, index), child
        elif keyword in _NAMED and isinstance(value, dict):
            for name, child in value.items():
                yield (keyword, name), child


def _cost_faults(schema: dict[str, object], checks_max: int) -> Iterator[SchemaFault]:
    named = schema.get("$defs")
    definitions = named if isinstance(named, dict) else {}
    cost = _Cost(definitions, checks_max)
    checks = cost.of({keyword: value for keyword, value in schema.items() if keyword != "$defs"})
    if checks is None:
        yield SchemaFault(("$defs",), f"The definition `{cost.circle}` leads back to itself, or to others without end.")
    elif checks > checks_max:
        yield SchemaFault((), f"Written out, the schema holds more than {checks_max} schemas. Say less at once.")


def without_reasons(schema: object) -> object:
    """The same schema, but of alternatives that all fail none says why: why each of them fails may be endless to tell.

    Twice `not` is the same, and gives no reasons. What is `unevaluated` behind it would not be the same: such a schema
    has no form without reasons.
    """
    if not isinstance(schema, dict):
        return schema
    told: dict[str, object] = {}
    for keyword, value in schema.items():
        if keyword in _ONE:
            told[keyword] = without_reasons(value)
        elif keyword in _NAMED and isinstance(value, dict):
            told[keyword] = {name: without_reasons(child) for name, child in value.items()}
        elif keyword in _LISTED and isinstance(value, list) and keyword not in _ALTERNATIVES:
            told[keyword] = [without_reasons(child) for child in value]
        elif keyword not in _ALTERNATIVES:
            told[keyword] = value
    alternatives = [{"not": {"not": {keyword: schema[keyword]}}} for keyword in _ALTERNATIVES if keyword in schema]
    if not alternatives:
        return told
    every = told.get("allOf")
    return {**told, "allOf": [*(every if isinstance(every, list) else ()), *alternatives]}


def has_unevaluated(schema: object) -> bool:
    """Whether anything in a schema asks for what else has been evaluated."""
    if not isinstance(schema, dict):
        return False
    asks = "unevaluatedItems" in schema or "unevaluatedProperties" in schema
    return asks or any(has_unevaluated(child) for _, child in _children(schema))


_ALTERNATIVES = ("anyOf", "oneOf")
_CHAIN_MAX = 32


class _Cost:
    """How many schemas a schema holds when each reference is written out: so often may one value be looked at."""

    def __init__(self, definitions: dict[str, object], most: int) -> None:
        """Count no further than just beyond `most`."""
        self.circle = ""
        self._definitions = definitions
        self._most = most
        self._known: dict[str, int] = {}
        self._open: list[str] = []

    def of(self, schema: object) -> int | None:
        """The number; None when a definition leads back to itself, which `circle` then names."""
        if not isinstance(schema, dict):
            return 1
        total = 1
        inside = [self.of(child) for _, child in _children(schema)]
        reference = schema.get("$ref")
        if isinstance(reference, str):
            inside.append(self._of_definition(reference.removeprefix("#/$defs/")))
        for each in inside:
            if each is None:
                return None
            total += each
        # To know what is unevaluated, everything beside it is evaluated once more.
        looks = 1 + ("unevaluatedItems" in schema) + ("unevaluatedProperties" in schema)
        return min(total * looks, self._most + 1)

    def _of_definition(self, name: str) -> int | None:
        if name in self._known:
            return self._known[name]
        if name in self._open or len(self._open) >= _CHAIN_MAX:
            self.circle = name
            return None
        self._open.append(name)
        cost = self.of(self._definitions.get(name, True))
        self._open.pop()
        if cost is not None:
            self._known[name] = cost
        return cost


def _is_too_deep(schema: object, depth_max: int) -> bool:
    """Whether objects and lists are nested too deeply; level by level, so that no depth is too much to ask."""
    level: list[object] = [schema]
    for _ in range(depth_max):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, dict | list) for value in level)
