"""Event types: the built-in ones, and people's own. An own type takes the place of a built-in one of the same id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, QueryParameter
from msgspec.structs import asdict

from sojourn.core.limits import Limits
from sojourn.core.mapping.event_type import EventType, event_type_faults, operations_of
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, patched, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.rule_faults import operation_limit_faults, told, value_faults
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, WRONG_STATE, Declined, Fault


class EventTypeFields(EventType, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one says of an event type. `built_in` and `replaces_built_in` are left aside: the server tells them."""

    replaces_built_in: bool = False
    """Whether it is an own type in the place of a built-in one, which is back when this one is removed."""


class EventTypeAnswer(EventTypeFields, frozen=True, kw_only=True):
    """An event type, built in or own."""


@post("/event-types", needs="configure", body=EventTypeFields, problems=(ID_TAKEN, WRONG_STATE))
async def add_event_type(request: Asked, parts: Given) -> Response[EventTypeAnswer]:
    """Make an own event type. Its `id` is what clients send as `type`; one that is built in is replaced by `PUT`."""
    given = await object_of(request)
    async with parts.configuring:
        event_type = _checked(given, parts.limits)
        if _known(event_type.id, parts) is not None:
            raise Declined(ID_TAKEN)
        _require_room(parts)
        await parts.catalog.add_event_type(event_type)
    return Answer(_shown(event_type, parts), status_code=201)


@get("/event-types", needs="read")
async def list_event_types(
    parts: Given,
    family: Annotated[str | None, QueryParameter(description="Only types of this family, such as `traffic`.")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[EventTypeAnswer]:
    """List the event types, built-in and own ones, by id."""
    own = {event_type.id: event_type for event_type in parts.catalog.event_types()}
    types = [
        _shown(event_type, parts)
        for event_type in (parts.rules.built_in | own).values()
        if family in (None, event_type.family)
    ]
    return listing_by_id(types, lambda event_type: event_type.id, items_max(limit, parts.limits), cursor)


@get("/event-types/{type_id:str}", needs="read")
async def read_event_type(type_id: FromPath[str], parts: Given) -> EventTypeAnswer:
    """Read an event type."""
    return _shown(_required(type_id, parts), parts)


@put("/event-types/{type_id:str}", needs="configure", body=EventTypeFields, also_201=True, problems=(WRONG_STATE,))
async def put_event_type(type_id: FromPath[str], request: Asked, parts: Given) -> Response[EventTypeAnswer]:
    """Replace an own event type, or make it, or put it in the place of a built-in one, which `replaces_built_in` tells.

    Fields that are left out get their defaults.
    """
    given = with_this_id(await object_of(request), type_id)
    async with parts.configuring:
        event_type = _checked(given, parts.limits)
        is_new = _known(type_id, parts) is None
        await _put(event_type, parts)
    return Answer(_shown(event_type, parts), status_code=201 if is_new else 200)


@patch("/event-types/{type_id:str}", needs="configure", body=EventTypeFields, problems=(WRONG_STATE,))
async def patch_event_type(type_id: FromPath[str], request: Asked, parts: Given) -> EventTypeAnswer:
    """Change some fields of an event type (JSON merge patch). Null sets a field back to its default.

    A built-in type stays as it is: what is changed is an own type in its place.
    """
    given = with_this_id(await object_of(request), type_id)
    async with parts.configuring:
        event_type = _checked(patched(_required(type_id, parts), given), parts.limits)
        await _put(event_type, parts)
    return _shown(event_type, parts)


@delete("/event-types/{type_id:str}", needs="configure", problems=(WRONG_STATE,))
async def remove_event_type(type_id: FromPath[str], parts: Given) -> None:
    """Remove an own event type. A built-in one that it replaced is back for the next event."""
    async with parts.configuring:
        if await parts.catalog.remove_event_type(type_id):
            return
        if type_id in parts.rules.built_in:
            raise Declined(WRONG_STATE, "A built-in type cannot be removed; `PUT` replaces it by an own one.")
        raise unknown("event type")


HANDLERS = (
    add_event_type,
    list_event_types,
    read_event_type,
    put_event_type,
    patch_event_type,
    remove_event_type,
)


def _known(type_id: str, parts: Parts) -> EventType | None:
    return parts.catalog.event_type(type_id) or parts.rules.built_in.get(type_id)


def _required(type_id: str, parts: Parts) -> EventType:
    event_type = _known(type_id, parts)
    if event_type is None:
        raise unknown("event type")
    return event_type


async def _put(event_type: EventType, parts: Parts) -> None:
    if parts.catalog.event_type(event_type.id) is None:
        _require_room(parts)
    await parts.catalog.put_event_type(event_type)


def _require_room(parts: Parts) -> None:
    types_max = parts.limits.own_event_types_max
    if len(parts.catalog.event_types()) >= types_max:
        raise Declined(WRONG_STATE, f"There are {types_max} own event types, which are the most. Remove one first.")


def _shown(event_type: EventType, parts: Parts) -> EventTypeAnswer:
    told_fields: dict[str, Any] = asdict(event_type)
    replaces = not event_type.built_in and event_type.id in parts.rules.built_in
    return EventTypeAnswer(**told_fields, replaces_built_in=replaces)


def _checked(given: JsonObject, limits: Limits) -> EventType:
    fields: dict[str, Any] = asdict(record_of(EventTypeFields, given))
    del fields["replaces_built_in"]
    event_type = EventType(**fields | {"built_in": False})
    faults = [
        *id_faults(event_type.id, limits),
        *text_faults("title", event_type.title, limits),
        *told(event_type_faults(event_type)),
        *_limit_faults(event_type, limits),
    ]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return event_type


def _limit_faults(event_type: EventType, limits: Limits) -> Iterator[Fault]:
    if len(event_type.id) > limits.event_type_chars_max:
        yield Fault(("body", "id"), "too-long", f"An event type has at most {limits.event_type_chars_max} characters.")
    if len(event_type.tags) > limits.tags_max:
        yield Fault(("body", "tags"), "too-many", f"An event has at most {limits.tags_max} tags.")
    if len(operations_of(event_type)) > limits.rule_operations_max:
        msg = f"A type does at most {limits.rule_operations_max} things: copies, defaults, effects, what profiles take."
        yield Fault(("body",), "too-many", msg)
    yield from operation_limit_faults("effects", event_type.effects, limits)
    for field in ("properties", "defaults", "example"):
        yield from value_faults({field: getattr(event_type, field)}, limits)
