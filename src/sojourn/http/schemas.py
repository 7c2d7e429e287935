"""JSON schemas of our records, with the docstrings under their fields, so that nothing is said twice."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from textwrap import dedent
from typing import Any, get_origin

import msgspec
from msgspec import inspect as kinds

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"


@cache
def field_docs(record: type[msgspec.Struct]) -> dict[str, str]:
    """The docstring of each field that has one, inherited fields included."""
    found: dict[str, str] = {}
    for ancestor in reversed(record.__mro__):
        if issubclass(ancestor, msgspec.Struct) and ancestor is not msgspec.Struct:
            found |= _docs_in(ancestor)
    return found


def schemas_of(types: Iterable[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """A schema for each type, and the components that these refer to."""
    wanted = list(types)
    schemas, components = msgspec.json.schema_components(wanted, schema_hook=_any_json, ref_template=REFERENCE)
    for record in _records_in(kinds.multi_type_info(wanted)):
        properties = components[record.__name__].get("properties", {})
        for name, said in field_docs(record).items():
            properties[name]["description"] = said
    return _readable(list(schemas)), _readable(components)


def as_answer(schema: Schema) -> Schema:
    """A component as answers show it: every field stands, so none has a default; but a field may be left unset."""
    if "properties" not in schema:
        return schema
    properties = {name: _without(held, "default") for name, held in schema["properties"].items()}
    # A field that is neither required nor has a default is one that may be unset.
    required = [name for name, held in schema["properties"].items() if name in schema["required"] or "default" in held]
    return {**_without(schema, "additionalProperties"), "properties": properties, "required": required}


def as_body(schema: Schema) -> Schema:
    """A component as requests that make or replace a thing may send it: the id may be left out."""
    return {**schema, "required": [name for name in schema["required"] if name != "id"]}


def as_patch(schema: Schema) -> Schema:
    """A component as a JSON merge patch: nothing is required, and null sets a field that has a default back to it."""
    properties = {
        name: {"anyOf": [_without(held, "default"), {"type": "null"}]} if "default" in held else held
        for name, held in schema["properties"].items()
    }
    return {**schema, "properties": properties, "required": []}


def _without(schema: Schema, name: str) -> Schema:
    return {key: value for key, value in schema.items() if key != name}


def _any_json(kind: type) -> Schema:
    assert kind is object, "records hold records, JSON, and nothing else"
    return {"description": "Any JSON value."}


def _readable(schemas: Any) -> Any:  # noqa: ANN401  Schemas in whatever holds them, all of it JSON.
    """The same in words for strangers: lists named after what they list, no pages that only we have."""
    text = msgspec.json.encode(schemas).decode()
    for written, meant in _WORDS:
        text = written.sub(meant, text)
    return msgspec.json.decode(text)


_WORDS = (
    (re.compile(r"Listing_(\w+?)_(?=\")"), r"\1List"),
    (re.compile(r"Listing\[(\w+)\]"), r"\1List"),
    (re.compile(r" \((?:tracker|security)\.md[^)]*\)"), ""),
    (re.compile(r" \(architecture[^)]*\)"), ""),
    (re.compile(r"; field names are those of tracker\.md §[\d.]+|Field names are those of tracker\.md §[\d.]+\."), ""),
)


def _docs_in(record: type[msgspec.Struct]) -> dict[str, str]:
    definition = ast.parse(dedent(inspect.getsource(record))).body[0]
    assert isinstance(definition, ast.ClassDef), "the source of a class is a class"
    found = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            said = after.value
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                found[field.target.id] = inspect.cleandoc(said.value)
    return found


def _records_in(types: Iterable[kinds.Type]) -> Iterator[type[msgspec.Struct]]:
    """The records among types and all that they hold; of generic ones, those that they hold."""
    for kind in types:
        match kind:
            case kinds.StructType(cls=record, fields=held):
                if get_origin(record) is None:
                    yield record
                yield from _records_in(field.type for field in held)
            case kinds.UnionType(types=held) | kinds.TupleType(item_types=held):
                yield from _records_in(held)
            case kinds.CollectionType(item_type=held):
                yield from _records_in([held])
            case kinds.DictType(value_type=held):
                yield from _records_in([held])
            case _:
                pass
