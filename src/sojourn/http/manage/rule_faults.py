"""What is wrong with rules and event types, as the API tells it: where in the body, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sojourn.core.faults import RuleFault
from sojourn.core.limits import Limits
from sojourn.core.mapping.rules import Operation
from sojourn.http.measure import measure
from sojourn.http.problems import Fault


def told(faults: Iterable[RuleFault]) -> Iterator[Fault]:
    """Faults that the core has found."""
    return (Fault(("body", *fault.loc), "rule", fault.msg) for fault in faults)


def operation_limit_faults(field: str, operations: tuple[Operation, ...], limits: Limits) -> Iterator[Fault]:
    """What goes beyond a limit in the operations of a field of the body."""
    if len(operations) > limits.rule_operations_max:
        msg = f"There are at most {limits.rule_operations_max} operations."
        yield Fault(("body", field), "too-many", msg)
    for index, operation in enumerate(operations):
        yield from value_faults({"constant": operation.constant}, limits, within=(field, index))


def value_faults(values: dict[str, object], limits: Limits, *, within: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """What goes beyond a limit in free-form JSON. It ends up in documents, and is held to the limits of sent events."""
    excess = measure(values, limits, limits.public).excess
    if excess is not None:
        yield Fault(("body", *within, *excess.loc), excess.code, excess.msg)
