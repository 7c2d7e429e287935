"""A change of what people are recognised by that is only tried: it is held to what holds for one that is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from sojourn.core.identifiers.change import IdentityChange
from sojourn.core.identifiers.kinds import IdKind, kind_faults
from sojourn.engine.jobs import JobOrder
from sojourn.engine.regraphing import APPLY, DRY_RUN
from sojourn.engine.rules import faults_of_point, kinds_of
from sojourn.http.manage.id_kinds import changed_faults, limit_faults
from sojourn.http.manage.parts import Parts
from sojourn.http.manage.rule_faults import told
from sojourn.http.problems import INVALID_BODY, Declined, Fault


def require_sound(order: JobOrder, parts: Parts) -> None:
    """Raise Declined where an order holds a change that could not be made, or what its kind of job has no use for."""
    faults = list(_misplaced(order))
    if not faults and order.change is not None:
        faults = list(_faults(order.change, parts))
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)


def _misplaced(order: JobOrder) -> Iterator[Fault]:
    if order.change is not None and order.kind != DRY_RUN:
        yield Fault(("body", "change"), "unexpected", f"Only a job of the kind `{DRY_RUN}` tries a change.")
    if order.profile is not None and order.kind in (DRY_RUN, APPLY):
        yield Fault(("body", "profile"), "unexpected", "Who is one person is asked of everybody at once.")


def _faults(change: IdentityChange, parts: Parts) -> Iterator[Fault]:
    known = kinds_of(parts.catalog)
    kinds = known | {kind.id: kind for kind in change.kinds}
    for index, kind in enumerate(change.kinds):
        yield from _within(("kinds", index), _kind_faults(kind, kinds, known.get(kind.id), parts))
    for index, point in enumerate(change.points):
        yield from _within(("points", index), told(faults_of_point(point, kinds)))


def _kind_faults(kind: IdKind, kinds: dict[str, IdKind], former: IdKind | None, parts: Parts) -> Iterator[Fault]:
    yield from told(kind_faults(kind, kinds.values()))
    yield from limit_faults(kind, parts.limits)
    yield from changed_faults(kind, former)


def _within(place: tuple[str | int, ...], faults: Iterable[Fault]) -> Iterator[Fault]:
    for fault in faults:
        yield replace(fault, loc=("body", "change", *place, *fault.loc[1:]))
