"""Contracts: what the properties of events of one type must look like, and what becomes of an event that breaks it.

A schema is compiled by jsonschema-rs, which never fetches anything and matches patterns in linear time. What
`schema_faults` lets through costs an event no more than the limits allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

import jsonschema_rs
import msgspec

from sojourn.core.contract_schemas import SchemaFault, has_unevaluated, schema_faults, without_reasons
from sojourn.core.limits import Limits

Mode = Literal["observe", "quarantine", "refuse"]


class Contract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the properties of events of one type must look like, as a JSON Schema (2020-12)."""

    id: str
    """The event type that it holds for."""
    mode: Mode = "observe"
    """What becomes of an event that breaks it: kept with a warning, put aside, or refused."""
    schema: dict[str, object]
    """A JSON Schema of the properties as a whole. `$ref` may lead to its own `$defs`, and nowhere else."""
    version: int = 1
    """Counts the changes of the contract; its history keeps the earlier ones."""


class ContractVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as it was in force for a while, or is. Versions of one type count on, even after it was removed."""

    contract: Contract
    since: datetime
    until: datetime | None = None
    """When it was changed or removed; null while it is in force."""


class Violation(NamedTuple):
    """One place in which properties break a contract. The value itself is never told."""

    path: tuple[str | int, ...]
    msg: str


class CompiledContract:
    """A contract that has no faults, ready to be held against events."""

    __slots__ = ("_schema", "_validator", "mode")

    def __init__(self, contract: Contract) -> None:
        """Compile, or find what was compiled for the same schema before."""
        self.mode = contract.mode
        self._schema = _encode(contract.schema)
        self._validator = _compiled(self._schema)

    def violations(self, properties: dict[str, object]) -> tuple[Violation, ...]:
        """Where the properties break the contract, `VIOLATIONS_MAX` at most; empty when they keep it."""
        if self._validator.is_valid(properties):
            return ()
        locator = _locator(self._schema)
        return (locator and locator.places(properties)) or (_SOMEWHERE,)


VIOLATIONS_MAX = 10
"""As many violations of one event are told."""


def contract_faults(contract: Contract, limits: Limits) -> Iterator[SchemaFault]:
    """Everything that keeps the schema of a contract from being in force."""
    faults = list(schema_faults(contract.schema, limits))
    yield from faults
    if faults:
        return
    try:
        _compiled(_encode(contract.schema))
    except jsonschema_rs.ValidationError as error:
        yield SchemaFault(tuple(error.instance_path), f"This is no JSON Schema that can be used: {error.message}.")


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode

_SOMEWHERE = Violation((), "The properties break the contract.")
_PATTERN_BYTES_MAX = 64 * 1024
_PATTERN_CACHE_BYTES_MAX = 1024 * 1024
_WORK_MAX = 2_000_000
"""Bytes of the properties times bytes of the schema up to which every violation is looked for."""


@lru_cache(maxsize=1024)
def _compiled(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        schema.decode(),
        validate_formats=True,
        offline=True,
        mask="The value",
        # This engine matches in linear time, whatever the pattern; the other one can be made to hang.
        pattern_options=jsonschema_rs.RegexOptions(
            size_limit=_PATTERN_BYTES_MAX, dfa_size_limit=_PATTERN_CACHE_BYTES_MAX
        ),
    )


class _Locator:
    """Finds the places, which costs much more than to know that there are some: errors are made all at once."""

    def __init__(self, schema: dict[str, object]) -> None:
        encoded = _encode(without_reasons(schema))
        self._bytes = len(encoded)
        self._validator = _compiled(encoded)

    def places(self, properties: dict[str, object]) -> tuple[Violation, ...]:
        """All of them where that is little work, else the first."""
        if len(_encode(properties)) * self._bytes <= _WORK_MAX:
            return tuple(_violation(error) for error in islice(self._validator.iter_errors(properties), VIOLATIONS_MAX))
        try:
            self._validator.validate(properties)
        except jsonschema_rs.ValidationError as error:
            return (_violation(error),)
        return ()


@lru_cache(maxsize=1024)
def _locator(schema: bytes) -> _Locator | None:
    decoded = _decode(schema)
    return None if has_unevaluated(decoded) else _Locator(decoded)


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    path = tuple(error.instance_path)
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.Required(property=missing):
            return Violation((*path, missing), "The contract asks for this property.")
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(unexpected=[first, *_]):
            return Violation((*path, first), "The contract knows no such property.")
        case jsonschema_rs.ValidationErrorKind.Not():
            return Violation(path, "The value is none that the contract allows here.")
        case _:
            return Violation(path, f"{error.message}.")
