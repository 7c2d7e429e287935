"""Operations that copy properties of an event into its fields, made ready to be done together.

Almost all operations of the built-in types are of this kind, and most of them find nothing to copy. What they do is
what each of them would do by itself, with one copy of the parts that they fill; a law in the tests holds them to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sojourn.core.fields import Kind, Path, acceptor
from sojourn.core.mapping.change import Copied
from sojourn.core.references import Reference, path_text


class Copy(NamedTuple):
    """One of them, taken apart."""

    property: str
    below: Path
    """The way on from the property."""
    holder: Path
    """The way to the object that holds the field."""
    name: str
    """The name of the field in it."""
    accept: Callable[[object], object]
    told: tuple[str, str]
    """How it is told."""


class Filled(NamedTuple):
    """What came of copies: the parts of the event that they filled, and what is to be told of it."""

    parts: dict[str, dict[str, object]]
    told: Copied


def copy_of(target: Reference, source: Reference | None, kind: Kind) -> Copy | None:
    """The operation that sets a field from there; None where it is none of these.

    A number may lead into a list, so that more care is needed with it.
    """
    if target.root != "event" or source is None or source.root != "event" or source.path[0] != "properties":
        return None
    property_path = source.path[1:]
    if not property_path or any(name.isdecimal() for name in (*target.path, *property_path)):
        return None
    told = path_text(target.path), path_text(property_path)
    return Copy(property_path[0], property_path[1:], target.path[:-1], target.path[-1], acceptor(kind), told)


def independent(copies: Iterable[Copy]) -> tuple[Copy, ...]:
    """The first of them that can be done together: none writes at, in or above what another one writes."""
    taken: list[Copy] = []
    for copy in copies:
        if any(_touch(copy, other) for other in taken):
            break
        taken.append(copy)
    return tuple(taken)


def filled_by(rule: str, copies: Iterable[Copy], parts: Mapping[str, object], properties: object) -> Filled | None:
    """Copy what there is into parts of an event.

    None where it cannot be done so simply: a value does not fit, or something is in its way, or another in its place.
    """
    if not isinstance(properties, dict):
        return None
    holders: dict[Path, dict[str, object]] = {}
    fields: list[tuple[str, str]] = []
    for name, below, path, field, accept, told in copies:
        value = properties.get(name)
        if value is not None and below:
            value = _value_below(value, below)
        if value is None:
            continue
        holder = holders.get(path)
        if holder is None:
            holder = _holder(holders, path, parts)
        kept = None if value is _OBSTACLE else accept(value)
        before = holder.get(field)
        if kept is None or (before is not None and before != kept):
            return None
        holder[field] = kept
        if before is None:
            fields.append(told)
    return Filled({path[0]: holder for path, holder in holders.items() if len(path) == 1}, Copied(rule, tuple(fields)))


def _value_below(value: object, path: Path) -> object:
    """What stands below a property; _OBSTACLE where something is in the way of it."""
    for name in path:
        if not isinstance(value, dict):
            return _OBSTACLE
        value = value.get(name)
        if value is None:
            return None
    return value


_OBSTACLE = object()


def _holder(holders: dict[Path, dict[str, object]], path: Path, parts: Mapping[str, object]) -> dict[str, object]:
    """The object at a place, for this event alone: copied when the first field of it is written."""
    if len(path) == 1:
        below = parts.get(path[0])
        holders[path] = holder = dict(below) if isinstance(below, dict) else {}
        return holder
    above = holders.get(path[:-1])
    if above is None:
        above = _holder(holders, path[:-1], parts)
    below = above.get(path[-1])
    above[path[-1]] = holders[path] = holder = dict(below) if isinstance(below, dict) else {}
    return holder


def _touch(one: Copy, other: Copy) -> bool:
    """Whether one of them writes at, in or above what the other one writes."""
    depth = min(len(one.holder), len(other.holder)) + 1
    return (*one.holder, one.name)[:depth] == (*other.holder, other.name)[:depth]
