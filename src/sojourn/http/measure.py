"""Whether free-form JSON keeps to the limits: depth, keys, strings, numbers, ids (docs/reference/limits.md).

One walk without recursion over values that are already decoded; it stops at the first thing that is too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from sojourn.core.events import BadEvent, Problem
from sojourn.core.limits import Limits, PayloadLimits
from sojourn.core.outcomes import QUARANTINED_LIMIT

EXACT_INTEGER_MAX = 2**63 - 1

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Excess(NamedTuple):
    """Which limit was passed, and where, from the value that was measured."""

    code: str
    loc: tuple[str | int, ...]
    msg: str


class Measured(NamedTuple):
    """How many values there were, and what was too much, if anything."""

    nodes: int
    excess: Excess | None


def measure(fields: dict[str, object], limits: Limits, payload_limits: PayloadLimits) -> Measured:
    """Measure free-form fields, such as `properties` and `context`, together; each of them is at level 1 of nesting."""
    nodes = 1
    leaves = 0
    pending: list[tuple[object, tuple[str | int, ...]]] = [(fields, ())]
    while pending:
        item, loc = pending.pop()
        members: Iterable[tuple[str | int, object]] = ()
        if isinstance(item, dict):
            excess = _object_excess(item, loc, limits)
            members = item.items()
            nodes += len(item)
        elif isinstance(item, list):
            excess = _depth_excess(loc, limits)
            members = enumerate(item)
            nodes += len(item)
        else:
            leaves += 1
            excess = _leaf_excess(item, loc, payload_limits)
        if excess is None and (leaves > limits.event_leaves_max or nodes > payload_limits.nodes_max):
            excess = Excess("limit.values", loc[:1], "Too many values.")
        if excess is not None:
            return Measured(nodes, excess)
        pending.extend((member, (*loc, key)) for key, member in members)
    return Measured(nodes, None)


def event_excess(properties: dict[str, object], limits: Limits, payload_limits: PayloadLimits) -> Excess | None:
    """What is too much about an event that has nothing but properties, if anything is."""
    excess = measure({"body": properties}, limits, payload_limits).excess
    if excess is None and len(msgspec.json.encode(properties)) > payload_limits.event_bytes_max:
        return Excess("limit.event", (), "The event is too large.")
    return excess._replace(loc=excess.loc[1:]) if excess else None


def beyond_limit(index: int, excess: Excess, loc: tuple[str | int, ...], raw: str) -> BadEvent:
    """An event that is too much; `loc` is the place that was measured, `raw` the text that was sent."""
    problem = Problem(event=index, code=excess.code, loc=(*loc, *excess.loc), msg=excess.msg)
    return BadEvent(index=index, outcome=QUARANTINED_LIMIT, problems=(problem,), raw=raw)


def is_fit_id(text: str, limits: Limits) -> bool:
    """Whether a trimmed id can be one: not too long, nothing that cannot be seen."""
    if text.isascii() and text.isprintable():
        return len(text) <= limits.id_bytes_max
    return len(text) <= limits.id_bytes_max and len(text.encode()) <= limits.id_bytes_max and not _CONTROL.search(text)


def _depth_excess(loc: tuple[str | int, ...], limits: Limits) -> Excess | None:
    if len(loc) > limits.json_depth_max:
        return Excess("limit.depth", loc[:3], "Nested too deeply.")
    return None


def _object_excess(item: dict[str, object], loc: tuple[str | int, ...], limits: Limits) -> Excess | None:
    if len(item) > limits.object_keys_max:
        return Excess("limit.keys", loc, "Too many keys in one object.")
    for key in item:
        if not key or _CONTROL.search(key):
            return Excess("limit.key", loc, "A key is empty or holds control characters.")
        if len(key.encode()) > limits.key_bytes_max:
            return Excess("limit.key", loc, "A key is too long.")
    return _depth_excess(loc, limits)


def _leaf_excess(item: object, loc: tuple[str | int, ...], payload_limits: PayloadLimits) -> Excess | None:
    if isinstance(item, str):
        longest = payload_limits.string_bytes_max
        if len(item) > longest or (len(item) > longest // 4 and len(item.encode()) > longest):
            return Excess("limit.string", loc, "A text is too long.")
    elif isinstance(item, int) and not -EXACT_INTEGER_MAX <= item <= EXACT_INTEGER_MAX:
        return Excess("limit.number", loc, "An integer is beyond 64 bits.")
    return None
