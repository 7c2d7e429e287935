"""Applying compiled rules to one event: what changes, and what could not be used.

Rules are compiled once for each set of rules; applying them reads no text any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from sojourn.core.documents import Condition
from sojourn.core.fields import Kind, Unfit, described
from sojourn.core.mapping.change import Change, Copied
from sojourn.core.mapping.copies import Copy, copy_of, filled_by, independent
from sojourn.core.mapping.operations import Effect, Entering, Op, Origin, operate
from sojourn.core.mapping.rules import WITHOUT_VALUE, MappingRule, Operation, target_kind
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.references import Obstructed, Reference, parse_reference, read_back


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A value that did not fit into its field; the field stays as it was (tracker.md R-12)."""

    rule: str
    field: str
    value: Reference | None
    """Where the value stands; none for a constant."""
    msg: str


class CompiledOperation(NamedTuple):
    """An operation with its references taken apart."""

    op: Op
    target: Reference
    field: str
    """The target as it is written."""
    kind: Kind
    value: Reference | None
    constant: object
    key: Reference | None
    each: bool
    matching: tuple[tuple[Reference, Reference], ...]
    """Pairs of what has to hold the same: a field, and where the value for it stands."""


class CompiledRule(NamedTuple):
    """A rule that is ready to be applied."""

    id: str
    source: str | None
    condition: Condition | None
    operations: tuple[CompiledOperation, ...]
    copies: tuple[Copy, ...] = ()
    """The first operations, as far as they copy properties of the event and can be done together."""
    reads_session: bool = False
    """Whether what it does may depend on the session."""
    names_person: bool = True
    """Whether it may read or write anything but the event: the profile, or the session."""

    @property
    def only_copies(self) -> bool:
        """Whether it copies properties of any event, and does nothing else."""
        return self.source is None and self.condition is None and len(self.copies) == len(self.operations)


def compile_rule(rule: MappingRule, condition: Condition | None) -> CompiledRule:
    """Make a rule, which has no faults, ready to be applied."""
    compiled = compile_operations(rule.id, rule.operations)
    return compiled._replace(
        source=rule.source,
        condition=condition,
        reads_session=compiled.reads_session or "session" in (rule.condition or ""),
        names_person=compiled.names_person or condition is not None,
    )


def compile_operations(rule_id: str, operations: Iterable[Operation]) -> CompiledRule:
    """Make operations, which have no faults, the rule of that name, meant for every event."""
    compiled = tuple(compile_operation(operation) for operation in operations)
    return CompiledRule(
        rule_id,
        None,
        None,
        compiled,
        copies=independent(_copies_at_first(compiled)),
        reads_session=any("session" in _roots_read(each) for each in compiled),
        names_person=any({each.target.root, *_roots_read(each)} != {"event"} for each in compiled),
    )


def _roots_read(operation: CompiledOperation) -> set[str]:
    read = (operation.value, operation.key, *(value for pair in operation.matching for value in pair))
    return {reference.root for reference in read if reference is not None}


def compile_operation(operation: Operation) -> CompiledOperation:
    """Make an operation, which has no faults, ready to be applied."""
    target = _parsed(operation.target)
    kind = target_kind(operation, target)
    assert kind is not None, "faulty rules are not saved"
    return CompiledOperation(
        op=operation.op,
        target=target,
        field=str(target),
        kind=kind,
        value=_parsed(operation.value) if operation.value else None,
        constant=operation.constant,
        key=_parsed(operation.key) if operation.key else None,
        each=operation.each,
        matching=tuple((_parsed(field), _parsed(value)) for field, value in operation.matching.items()),
    )


def _copy_of(operation: CompiledOperation) -> Copy | None:
    is_more = operation.each or operation.key or operation.matching or operation.constant is not None
    if operation.op is not Op.SET or is_more:
        return None
    return copy_of(operation.target, operation.value, operation.kind)


def _copies_at_first(operations: Iterable[CompiledOperation]) -> Iterator[Copy]:
    for operation in operations:
        copy = _copy_of(operation)
        if copy is None:
            return
        yield copy


def _parsed(written: str) -> Reference:
    reference = parse_reference(written)
    assert reference is not None, "faulty rules are not saved"
    return reference


def entered(sheet: Sheet, effect: Effect) -> None:
    """Let a value enter a field once more, as it did before. Raises Unfit."""
    path = read_back(effect.field).path
    after = operate(effect.op, sheet.held(path, effect.field), Entering(effect.value, effect.kind, effect.by))
    if after is not None:
        sheet.write(path, effect.field, after)


class Applied:
    """The documents of one event while rules are applied, and what the rules did."""

    def __init__(
        self, sheets: Mapping[str, Sheet], by: Origin, *, name_bytes_max: int, withheld: frozenset[str] = frozenset()
    ) -> None:
        """`sheets` holds those of `event`, `profile` and `session` that there are; `by` names time and event.

        `name_bytes_max` is how long the name of a field may be that an event itself names; `withheld` are fields that
        the event does not write, whatever rules say.
        """
        self.sheets = sheets
        self.changes: list[Change | Copied] = []
        self.skipped: list[Skipped] = []
        self.effects: list[Effect] = []
        """What entered fields of the profile and of the session."""
        self._by = by
        self._name_bytes_max = name_bytes_max
        self._withheld = withheld
        self._obstacles: set[Reference] = set()

    def apply(self, rule: CompiledRule, source: str) -> bool:
        """Apply one rule, if it is meant for this source and its condition holds; whether it was."""
        if rule.source is not None and rule.source != source:
            return False
        if rule.condition is not None and not self._holds(rule.condition):
            return False
        by = Origin(self._by.at, self._by.event, rule.id)
        for operation in rule.operations[self._copy(rule) :]:
            sheet = self.sheets.get(operation.target.root)
            if sheet is not None and not (operation.matching and self._differs(operation.matching)):
                self._operate(operation, sheet, by)
        return True

    def _holds(self, condition: Condition) -> bool:
        return condition({root: sheet.content for root, sheet in self.sheets.items()}, self._by.at)

    def _differs(self, matching: Iterable[tuple[Reference, Reference]]) -> bool:
        """Whether a field holds something else than it has to."""
        for field, value in matching:
            held, wanted = self._read(field), self._read(value)
            if wanted is None or held not in (None, wanted):
                return True
        return False

    def _copy(self, rule: CompiledRule) -> int:
        """Do what can be done together; how many operations that were, none where one of them needs a closer look.

        Whatever stands in a field of the event was written for this event, so it always gives way.
        """
        event = self.sheets.get("event")
        if not rule.copies or event is None or self._withheld:  # what is withheld is looked at one by one
            return 0
        filled = filled_by(rule.id, rule.copies, event.parts, event.parts.get("properties"))
        if filled is None:
            return 0
        if filled.parts:
            event.fill(filled.parts)
        if filled.told.fields:
            self.changes.append(filled.told)
        return len(rule.copies)

    def _operate(self, operation: CompiledOperation, sheet: Sheet, by: Origin) -> None:
        try:
            value = None if operation.value is None else self._find(operation.value)
            if value is None:
                value = operation.constant
                if value is None and operation.op not in WITHOUT_VALUE:
                    return
            for path, entering in self._entries(operation, value):
                self._write(operation, sheet, path, entering, by)
        except _Unusable as unusable:
            if unusable.at not in self._obstacles:
                self._obstacles.add(unusable.at)
                self.skipped.append(Skipped(by.rule, operation.field, unusable.at, str(unusable)))

    def _entries(self, operation: CompiledOperation, value: object) -> Iterable[tuple[tuple[str, ...], object]]:
        """What is to be written where. Raises _Unusable."""
        path = operation.target.path
        if operation.each:
            return [((*path, name), member) for name, member in _members(value, operation)]
        if operation.key is None:
            return ((path, value),)
        name = self._find(operation.key)
        return () if name is None else (((*path, self._checked(name, operation.key)), value),)

    def _find(self, reference: Reference) -> object:
        """What a reference leads to; None where nothing is. Raises _Unusable when something stands in its way."""
        sheet = self.sheets.get(reference.root)
        if sheet is None:
            return None
        try:
            return sheet.find(reference.path)
        except Obstructed as obstructed:
            place = obstructed.place
            wanted = "a list" if reference.path[len(place)].isdecimal() else "an object"
            msg = f"Expected {wanted}, got {described(sheet.read(place))}."
            raise _Unusable(msg, Reference(reference.root, place)) from obstructed

    def _read(self, reference: Reference) -> object:
        sheet = self.sheets.get(reference.root)
        return sheet.read(reference.path) if sheet is not None else None

    def _checked(self, name: object, at: Reference) -> str:
        if not isinstance(name, str):
            raise _Unusable(f"Expected the name of a field, got {described(name)}.", at)
        if not name or len(name.encode()) > self._name_bytes_max or _CONTROL.search(name):
            raise _Unusable("The name of a field is empty, too long, or holds control characters.", at)
        return name

    def _write(
        self, operation: CompiledOperation, sheet: Sheet, path: tuple[str, ...], value: object, by: Origin
    ) -> None:
        op = Op.DELETE if operation.each and value is None else operation.op
        is_target = path is operation.target.path
        field = operation.field if is_target else str(Reference(operation.target.root, path))
        if field in self._withheld:
            return
        held = sheet.held(path, field)
        try:
            after = operate(op, held, Entering(value, operation.kind, by))
        except Unfit as unfit:
            self.skipped.append(Skipped(by.rule, field, _source_of(operation, path), str(unfit)))
            return
        if operation.target.root != "event":
            self.effects.append(Effect(op, field, operation.kind, value, by))
        if after is not None:
            sheet.write(path, field, after)
            if after.value != held.value:
                self.changes.append(Change(by.rule, op, field, held.value, after.value))


class _Unusable(Exception):
    """A value, or what stands on the way to it, is nothing to work with."""

    def __init__(self, msg: str, at: Reference) -> None:
        super().__init__(msg)
        self.at = at


def _members(value: object, operation: CompiledOperation) -> list[tuple[str, object]]:
    if not isinstance(value, dict):
        raise _Unusable(f"Expected an object, got {described(value)}.", operation.value or operation.target)
    may_empty = operation.op in (Op.SET, Op.LAST, Op.DELETE)
    return [(name, member) for name, member in value.items() if may_empty or member is not None]


def _source_of(operation: CompiledOperation, path: tuple[str, ...]) -> Reference | None:
    """Where the value stands that entered a path."""
    if operation.value is None or not operation.each:
        return operation.value
    return Reference(operation.value.root, (*operation.value.path, path[-1]))


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
