"""Where, in what is sent, the ids stand that events of a type may assert: followed back from the fields that tell ids.

A condition is taken to hold, and an operation to do something, so that no id is overlooked. What comes from elsewhere
than the event, such as from a field of the session, cannot be foretold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.mapping.apply import CompiledOperation, CompiledRule
from sojourn.core.mapping.operations import Op
from sojourn.core.references import Reference, parse_reference

SENT = ("properties", "context")
"""The parts of an event that come from its sender as they are."""
TELLING = (Op.SET, Op.SET_IF_EMPTY, Op.FIRST, Op.LAST, Op.MIN, Op.MAX)
"""The operations after which a field holds the very value that entered it."""


class Assertion(NamedTuple):
    """An id that events of a type may assert: where it stands in the event, else the constant that it is."""

    path: tuple[str, ...]
    """Begins with one of `SENT`; empty for a constant."""
    constant: object
    kind: IdKind


def assertions_of(event_type: str, rules: Iterable[CompiledRule], identifiers: Identifiers) -> tuple[Assertion, ...]:
    """All that events of this type, to which these rules apply in their order, may assert."""
    trail = _Trail([operation for rule in rules for operation in rule.operations if operation.op in TELLING])
    found: dict[Assertion, None] = {}
    for field, kind in identifiers.fields.items():
        read = parse_reference(field)
        assert read is not None, "fields are written as references"
        found.update(dict.fromkeys(trail.followed(read, kind)))
    for point in identifiers.points_of(event_type):
        for read, kind in point.properties:
            found.update(dict.fromkeys(trail.followed(read, kind)))
    return tuple(found)


class _Step(NamedTuple):
    """A place that is read, when so many operations have been done; or a constant that enters it."""

    read: Reference | None
    constant: object
    done: int


class _Trail:
    """The way back from where an id is read to what was sent."""

    def __init__(self, operations: list[CompiledOperation]) -> None:
        """`operations` are all of a type, in the order in which they are done."""
        self._operations = operations

    def followed(self, read: Reference, kind: IdKind) -> Iterator[Assertion]:
        """Everything sent, and every constant, that may stand where an id is read after all operations."""
        waiting = [_Step(read, None, len(self._operations))]
        seen: set[tuple[Reference, int]] = set()
        while waiting and len(seen) < _STEPS_MAX:
            step = waiting.pop()
            if isinstance(step.constant, str | int | float):
                yield Assertion((), step.constant, kind)
            if step.read is None or (step.read, step.done) in seen:
                continue
            seen.add((step.read, step.done))
            if step.read.root == "event" and step.read.path[0] in SENT:
                yield Assertion(step.read.path, None, kind)
            for done in range(step.done):
                waiting.extend(_entering(self._operations[done], step.read, done))


def _entering(operation: CompiledOperation, read: Reference, done: int) -> Iterator[_Step]:
    """What an operation, the next after so many, lets stand at a place, which may lie within what it writes."""
    target = operation.target
    depth = len(target.path)
    if read.root != target.root or read.path[:depth] != target.path:
        return
    rest = read.path[depth:]
    if operation.key is not None:
        # The name is known only when the event is; any may come.
        rest = rest[1:]
    value = operation.value
    entering = Reference(value.root, (*value.path, *rest)) if value else None
    yield _Step(entering, _within(operation.constant, rest), done)


def _within(constant: object, path: tuple[str, ...]) -> object:
    for name in path:
        constant = constant.get(name) if isinstance(constant, dict) else None
    return constant


_STEPS_MAX = 1_000
"""Places that are looked at for one field; rules that lead through more of them have gone astray."""
