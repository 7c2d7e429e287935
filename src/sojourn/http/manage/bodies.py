"""Bodies of requests: a JSON object, read into a record in which every unknown or ill-typed field is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException
from msgspec.structs import fields

from sojourn.http.manage.answers import document
from sojourn.http.problems import INVALID_BODY, NOT_JSON, Declined, Fault

Record = TypeVar("Record", bound=msgspec.Struct)
JsonObject = dict[str, object]
Asked = Request[Any, Any, Any]
"""A request of which a handler needs more than parameters."""


async def object_of(request: Asked) -> JsonObject:
    """The JSON object that a request brings. Raises Declined when it brings something else."""
    try:
        return _objects.decode(await request.body())
    except msgspec.ValidationError as error:
        fault = _fault(("body",), str(error))
        raise Declined(INVALID_BODY, "The body must be a JSON object.", [fault]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Declined(NOT_JSON) from error
    except InternalServerException as error:
        raise Declined(NOT_JSON, "The connection ended before the body did.") from error


def record_of(kind: type[Record], given: JsonObject) -> Record:
    """The record that the fields make; what is missing has its default. Raises Declined with every fault there is."""
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", _faults(kind, given)) from error


def patched(former: msgspec.Struct, patch: JsonObject) -> JsonObject:
    """The fields of a record after a JSON merge patch. Names that it does not have stay, so that they are refused."""
    whole = document(former)
    assert isinstance(whole, dict), "a record becomes an object"
    result = merged(whole, patch)
    for name, value in patch.items():
        held = getattr(former, name, None)
        if name not in whole:
            result[name] = value
        elif isinstance(held, msgspec.Struct) and isinstance(value, dict):
            result[name] = patched(held, value)
    return result


def merged(target: JsonObject, patch: JsonObject) -> JsonObject:
    """The target after a JSON merge patch (RFC 7396): null removes a field, which so falls back to its default."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            held = result.get(name)
            result[name] = merged(held if isinstance(held, dict) else {}, value)
        else:
            result[name] = value
    return result


def _faults(kind: type[Record], given: JsonObject) -> Iterator[Fault]:
    known = {field.encode_name: field for field in fields(kind)}
    for name in sorted(given.keys() - known.keys()):
        yield Fault(("body", name), "unknown", _NO_SUCH_FIELD)
    for name, field in known.items():
        if name in given:
            try:
                msgspec.convert(given[name], field.type)
            except msgspec.ValidationError as error:
                yield _fault(("body", name), str(error))
        elif field.required:
            yield Fault(("body", name), "missing", "This field is required.")


def _fault(loc: tuple[str, ...], error: str) -> Fault:
    """What the decoder said, with the place inside the value, and without the value."""
    said, _, place = error.partition(" - at `$")
    within = tuple(name or int(index) for name, index in _STEP.findall(place))
    unknown = _UNKNOWN_FIELD.search(said)
    if unknown:
        return Fault((*loc, *within, unknown["name"]), "unknown", _NO_SUCH_FIELD)
    msg = "This is not one of the values that are allowed." if said.startswith("Invalid enum value") else f"{said}."
    return Fault((*loc, *within), "invalid", msg)


_NO_SUCH_FIELD = "There is no such field."
_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<name>.*)`")
_STEP = re.compile(r"\.([^.\[\]`]+)|\[(\d+)\]")
_objects = msgspec.json.Decoder(JsonObject)
