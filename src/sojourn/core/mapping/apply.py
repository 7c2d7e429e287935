"""Applying compiled rules to one event: what changes, and what could not be used.

Rules are compiled once for each set of rules; applying them reads no text any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from sojourn.core.fields import Kind, Unfit
from sojourn.core.mapping.operations import Entering, Held, Op, Origin, operate
from sojourn.core.mapping.rules import MappingRule, Operation, target_kind
from sojourn.core.references import Reference, parse_reference, value_at, with_value

Document = Mapping[str, object]
Condition = Callable[[Mapping[str, Document]], bool]


class Change(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One field that a rule changed."""

    rule: str
    op: Op
    field: str
    before: object
    after: object


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A value that did not fit into its field; the field stays as it was (tracker.md R-12)."""

    rule: str
    field: str
    value: Reference | None
    """What led to the value."""
    msg: str


class CompiledOperation(NamedTuple):
    """An operation with its references taken apart."""

    op: Op
    target: Reference
    kind: Kind
    value: Reference | None
    constant: object
    key: Reference | None
    each: bool


class CompiledRule(NamedTuple):
    """A rule that is ready to be applied."""

    id: str
    source: str | None
    condition: Condition | None
    operations: tuple[CompiledOperation, ...]


def compile_rule(rule: MappingRule, condition: Condition | None) -> CompiledRule:
    """Make a rule, which has no faults, ready to be applied."""
    return CompiledRule(rule.id, rule.source, condition, tuple(compile_operation(each) for each in rule.operations))


def compile_operation(operation: Operation) -> CompiledOperation:
    """Make an operation, which has no faults, ready to be applied."""
    target = parse_reference(operation.target)
    assert target is not None, "faulty rules are not saved"
    kind = target_kind(operation, target)
    assert kind is not None, "faulty rules are not saved"
    return CompiledOperation(
        op=operation.op,
        target=target,
        kind=kind,
        value=parse_reference(operation.value) if operation.value else None,
        constant=operation.constant,
        key=parse_reference(operation.key) if operation.key else None,
        each=operation.each,
    )


class Sheet:
    """One document while rules write on it: what it holds, and who wrote what."""

    __slots__ = ("content", "is_changed", "origins")

    def __init__(self, content: Document, origins: Mapping[str, Origin]) -> None:
        """Start from a document and the origins of its fields, which both stay as they are."""
        self.content = content
        self.origins = origins
        self.is_changed = False

    def held(self, path: tuple[str, ...], field: str) -> Held:
        """What stands at a place, and who wrote it."""
        return Held(value_at(self.content, path), self.origins.get(field))

    def write(self, path: tuple[str, ...], field: str, held: Held) -> None:
        """Let a place hold something else."""
        self.content = with_value(self.content, path, held.value)
        if held.origin is not None:
            self.origins = {**self.origins, field: held.origin}
        self.is_changed = True


class Applied:
    """The documents of one event while rules are applied, and what the rules did."""

    def __init__(self, sheets: Mapping[str, Sheet], by: Origin) -> None:
        """`sheets` holds those of `event`, `profile` and `session` that there are; `by` names time and event."""
        self.sheets = sheets
        self.changes: list[Change] = []
        self.skipped: list[Skipped] = []
        self._by = by

    def apply(self, rule: CompiledRule, source: str) -> None:
        """Apply one rule, if it is meant for this source and its condition holds."""
        if rule.source is not None and rule.source != source:
            return
        if rule.condition is not None and not rule.condition({root: s.content for root, s in self.sheets.items()}):
            return
        by = msgspec.structs.replace(self._by, rule=rule.id)
        for operation in rule.operations:
            sheet = self.sheets.get(operation.target.root)
            if sheet is not None:
                self._operate(operation, sheet, by)

    def _operate(self, operation: CompiledOperation, sheet: Sheet, by: Origin) -> None:
        value = self._read(operation.value)
        if value is None:
            value = operation.constant
        if value is None and operation.op not in (Op.INCREMENT, Op.DELETE):
            return
        path = operation.target.path
        if operation.each:
            self._write_each(operation, sheet, value, by)
        elif operation.key is None:
            self._write(operation, sheet, path, value, by)
        else:
            name = self._read(operation.key)
            if isinstance(name, str) and name:
                self._write(operation, sheet, (*path, name), value, by)

    def _write_each(self, operation: CompiledOperation, sheet: Sheet, value: object, by: Origin) -> None:
        if not isinstance(value, Mapping):
            self._skip(operation, str(operation.target), by, "Expected an object.")
            return
        for name, member in value.items():
            self._write(operation, sheet, (*operation.target.path, name), member, by)

    def _write(
        self, operation: CompiledOperation, sheet: Sheet, path: tuple[str, ...], value: object, by: Origin
    ) -> None:
        field = str(Reference(operation.target.root, path))
        held = sheet.held(path, field)
        try:
            after = operate(operation.op, held, Entering(value, operation.kind, by))
        except Unfit as unfit:
            self._skip(operation, field, by, str(unfit))
            return
        if after is not None:
            sheet.write(path, field, after)
            if after.value != held.value:
                self.changes.append(Change(by.rule, operation.op, field, held.value, after.value))

    def _read(self, reference: Reference | None) -> object:
        if reference is None:
            return None
        sheet = self.sheets.get(reference.root)
        return value_at(sheet.content, reference.path) if sheet is not None else None

    def _skip(self, operation: CompiledOperation, field: str, by: Origin, msg: str) -> None:
        self.skipped.append(Skipped(by.rule, field, operation.value, msg))
