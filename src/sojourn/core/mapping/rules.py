"""Mapping rules as people write them, and what is wrong with one before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from sojourn.core.faults import RuleFault, type_faults
from sojourn.core.fields import Kind, Unfit, fitted, kind_of
from sojourn.core.mapping.operations import Op
from sojourn.core.references import Reference, parse_reference


class Operation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One effect of a rule: a value enters a field."""

    op: Op
    target: str
    """Where the value goes: `profile@data.contact.email.main`."""
    value: str | None = None
    """Where it comes from: `event@properties.email`. An event without it leaves the field alone."""
    constant: object = None
    """The value itself, where it is always the same, or where `value` leads to nothing."""
    key: str | None = None
    """A reference to a text that names the field below `target`: the interest in `profile@interests`."""
    each: bool = False
    """Whether the value is an object of which each member enters the field of its name below `target`; with `set`, a
    member that is null empties that field."""
    matching: dict[str, str] = {}
    """Only if each of these fields holds what the reference beside it leads to, or nothing so far."""


class MappingRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What events of one type do to fields, under a condition. Rules of a type act by `order`, then by id."""

    id: str
    name: str
    event_type: str
    source: str | None = None
    """Only events of this source, where given."""
    condition: str | None = None
    """Only events of which this holds, in the condition language."""
    operations: tuple[Operation, ...]
    order: int = 100
    enabled: bool = True
    version: int = 1
    """Counts the changes of the rule; its history keeps the earlier ones."""


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it was in force for a while, or is. Versions of one id count on, even after the rule was removed."""

    rule: MappingRule
    since: datetime
    until: datetime | None = None
    """When it was changed or removed; null while it is in force."""


def rule_faults(rule: MappingRule) -> Iterator[RuleFault]:
    """Everything that keeps a rule from being saved; its condition is judged by the condition language."""
    yield from type_faults("event_type", rule.event_type)
    if not rule.operations:
        yield RuleFault(("operations",), "A rule needs at least one operation.")
    for index, operation in enumerate(rule.operations):
        for fault in operation_faults(operation):
            yield RuleFault(("operations", index, *fault.loc), fault.msg)


def operation_faults(operation: Operation) -> Iterator[RuleFault]:
    """Everything that is wrong with one operation."""
    yield from _reference_faults(operation)
    if operation.op not in WITHOUT_VALUE and operation.value is None and operation.constant is None:
        yield RuleFault(("value",), f"`{operation.op}` needs a value or a constant.")
    if operation.key is not None and operation.each:
        yield RuleFault(("each",), "Either `key` names the field, or `each` member does.")
    target = parse_reference(operation.target)
    if target is None:
        yield RuleFault(("target",), "Write a target like `profile@data.pii.firstname`.")
        return
    kind = target_kind(operation, target)
    if kind is None:
        yield RuleFault(("target",), f"`{operation.target}` is no field that rules may write.")
    elif kind not in _KINDS_OF.get(operation.op, tuple(Kind)):
        yield RuleFault(("op",), f"`{operation.op}` does not work on a field that holds {kind}.")
    elif operation.constant is not None and not operation.each:
        yield from _constant_faults(operation.constant, kind)


def _reference_faults(operation: Operation) -> Iterator[RuleFault]:
    written: dict[tuple[str, ...], str | None] = {("value",): operation.value, ("key",): operation.key}
    for field, value in operation.matching.items():
        written |= {("matching", field): field, ("matching", field, "value"): value}
    for loc, reference in written.items():
        if reference is not None and parse_reference(reference) is None:
            yield RuleFault(loc, "Write a reference like `event@properties.price`.")


def _constant_faults(constant: object, kind: Kind) -> Iterator[RuleFault]:
    try:
        fitted(constant, kind)
    except Unfit as unfit:
        yield RuleFault(("constant",), str(unfit))


def target_kind(operation: Operation, target: Reference) -> Kind | None:
    """The kind of the field that an operation writes; None where rules may not write."""
    path = (*target.path, "*") if operation.key or operation.each else target.path
    return kind_of(target.root, path)


WITHOUT_VALUE = (Op.INCREMENT, Op.DELETE)
"""Operations that need no value."""
_NUMBERS = (Kind.NUMBER, Kind.INTEGER, Kind.ANY)
_LISTS = (Kind.TEXTS, Kind.ANY)
_ORDERED = (Kind.NUMBER, Kind.INTEGER, Kind.MOMENT, Kind.ANY)

_KINDS_OF = {
    Op.ADD: _NUMBERS,
    Op.SUBTRACT: _NUMBERS,
    Op.INCREMENT: _NUMBERS,
    Op.APPEND: _LISTS,
    Op.REMOVE: _LISTS,
    Op.MIN: _ORDERED,
    Op.MAX: _ORDERED,
}
