"""What events of a type are seen to say, and the contract that one could make of it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath

from sojourn.core.cardinality import estimate
from sojourn.core.contracts import Contract
from sojourn.core.observed import ITEMS, ObservedProperty, ObservedType
from sojourn.core.proposals import proposed_schema
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.problems import UNKNOWN_ID, Declined


class PropertySeen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one property."""

    path: str
    """With dots between the names; `[]` stands for the items of a list: `products[].price`."""
    count: int
    """Events that had it."""
    fill_rate: float
    """The part of the events that had it, 0 to 1."""
    types: dict[str, int]
    """Events in which it was of each kind, under the names of JSON Schema."""
    cardinality: int
    """About how many different values it had; the error is about 7 %."""
    examples: tuple[str | int | float, ...]
    """Short codes that at least three people sent; none of what is masked."""
    first_seen: datetime
    last_seen: datetime


class TypeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of events of one type, among those that were kept."""

    id: str
    events: int
    """Events that were looked at."""
    skipped: int
    """Events that were not, since too many came at once."""
    invalid: int
    """Of those that were looked at, the ones that broke the contract of the type."""
    first_seen: datetime
    last_seen: datetime
    properties: tuple[PropertySeen, ...]
    is_full: bool
    """Whether there were more properties than are held (`observed_properties_max`)."""


@get("/event-types/{type_id:str}/observed", needs="read")
async def read_observed(type_id: FromPath[str], parts: Given) -> TypeSeen:
    """Read what was seen of events of a type, described or not: their properties, kinds, how often, examples."""
    seen = _required(type_id, parts)
    return TypeSeen(
        id=seen.id,
        events=seen.events,
        skipped=seen.skipped,
        invalid=seen.invalid,
        first_seen=seen.first_seen,
        last_seen=seen.last_seen,
        properties=tuple(_shown(each, seen) for each in seen.properties),
        is_full=seen.is_full,
    )


@delete("/event-types/{type_id:str}/observed", needs="configure")
async def forget_observed(type_id: FromPath[str], parts: Given) -> None:
    """Forget what was seen of events of a type, and begin anew with the next one."""
    if not await parts.observing.forget(type_id):
        raise _unseen()


@post("/event-types/{type_id:str}/contract/from-observed", needs="read", status_code=200)
async def propose_contract(type_id: FromPath[str], parts: Given) -> Contract:
    """Propose a contract that everything seen of a type keeps to, in the mode `observe`. Nothing is saved."""
    return Contract(id=type_id, schema=proposed_schema(_required(type_id, parts)))


HANDLERS = (read_observed, forget_observed, propose_contract)


def _required(type_id: str, parts: Parts) -> ObservedType:
    seen = parts.observing.seen(type_id)
    if seen is None:
        raise _unseen()
    return seen


def _unseen() -> Declined:
    return Declined(UNKNOWN_ID, "No event of this type was seen, or what was seen is forgotten.")


def _shown(each: ObservedProperty, seen: ObservedType) -> PropertySeen:
    return PropertySeen(
        path=".".join(each.path).replace(f".{ITEMS}", ITEMS),
        count=each.count,
        fill_rate=each.count / seen.events,
        types=each.types,
        cardinality=estimate(each.sketch),
        examples=each.examples,
        first_seen=each.first_seen,
        last_seen=each.last_seen,
    )
