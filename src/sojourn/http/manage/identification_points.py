"""Identification points: which properties of events hold ids. Each change of a point is a version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, QueryParameter

from sojourn.core.identifiers.points import IdentificationPoint, PointVersion
from sojourn.engine.rules import faults_of_point, kinds_of
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, patched, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, latest_first, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_id, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.rule_faults import told
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, WRONG_STATE, Declined, Fault


@post("/identification-points", needs="configure", body=IdentificationPoint, problems=(ID_TAKEN, WRONG_STATE))
async def add_identification_point(request: Asked, parts: Given) -> Response[IdentificationPoint]:
    """Make an identification point, in force for the next event. Without an `id`, it gets a new UUID.

    `version` is counted by the server; what is sent of it is left aside.
    """
    given = with_id(await object_of(request), parts.chance)
    async with parts.configuring:
        point = _checked(given, parts)
        if parts.catalog.identification_point(point.id) is not None:
            raise Declined(ID_TAKEN)
        await _put(point, parts)
        return Answer(_known(point.id, parts), status_code=201)


@get("/identification-points", needs="read")
async def list_identification_points(
    parts: Given,
    event_type: Annotated[str | None, QueryParameter(description="Only points for events of this type.")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[IdentificationPoint]:
    """List the identification points, by id."""
    points = [point for point in parts.catalog.identification_points() if event_type in (None, point.event_type)]
    return listing_by_id(points, lambda point: point.id, items_max(limit, parts.limits), cursor)


@get("/identification-points/{point_id:str}", needs="read")
async def read_identification_point(point_id: FromPath[str], parts: Given) -> IdentificationPoint:
    """Read an identification point."""
    return _known(point_id, parts)


@put(
    "/identification-points/{point_id:str}",
    needs="configure",
    body=IdentificationPoint,
    also_201=True,
    problems=(WRONG_STATE,),
)
async def put_identification_point(
    point_id: FromPath[str], request: Asked, parts: Given
) -> Response[IdentificationPoint]:
    """Replace an identification point, or make it. Fields that are left out get their defaults."""
    given = with_this_id(await object_of(request), point_id)
    async with parts.configuring:
        is_new = await _put(_checked(given, parts), parts)
        return Answer(_known(point_id, parts), status_code=201 if is_new else 200)


@patch("/identification-points/{point_id:str}", needs="configure", body=IdentificationPoint)
async def patch_identification_point(point_id: FromPath[str], request: Asked, parts: Given) -> IdentificationPoint:
    """Change some fields of an identification point (JSON merge patch). Null sets a field back to its default."""
    given = with_this_id(await object_of(request), point_id)
    async with parts.configuring:
        await _put(_checked(patched(_known(point_id, parts), given), parts), parts)
        return _known(point_id, parts)


@delete("/identification-points/{point_id:str}", needs="configure")
async def remove_identification_point(point_id: FromPath[str], parts: Given) -> None:
    """Remove an identification point. Whom it identified stays identified, and its history stays."""
    async with parts.configuring:
        if not await parts.catalog.remove_identification_point(point_id, parts.clock.now()):
            raise unknown("identification point")


@get("/identification-points/{point_id:str}/history", needs="read")
async def list_versions_of_identification_point(
    point_id: FromPath[str], parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[PointVersion]:
    """List the versions of an identification point, the latest first, also after it was removed."""
    history = await parts.catalog.identification_point_history(point_id)
    if not history:
        raise unknown("identification point")
    return listing_by_id(
        history, lambda version: latest_first(version.point.version), items_max(limit, parts.limits), cursor
    )


HANDLERS = (
    add_identification_point,
    list_identification_points,
    read_identification_point,
    put_identification_point,
    patch_identification_point,
    remove_identification_point,
    list_versions_of_identification_point,
)


def _known(point_id: str, parts: Parts) -> IdentificationPoint:
    point = parts.catalog.identification_point(point_id)
    if point is None:
        raise unknown("identification point")
    return point


async def _put(point: IdentificationPoint, parts: Parts) -> bool:
    """Keep it; whether there was none."""
    points_max = parts.limits.identification_points_max
    is_new = parts.catalog.identification_point(point.id) is None
    if is_new and len(parts.catalog.identification_points()) >= points_max:
        msg = f"There are {points_max} identification points, which are the most. Remove one first."
        raise Declined(WRONG_STATE, msg)
    return await parts.catalog.put_identification_point(point, parts.clock.now())


def _checked(given: JsonObject, parts: Parts) -> IdentificationPoint:
    point = record_of(IdentificationPoint, given)
    faults = [
        *id_faults(point.id, parts.limits),
        *text_faults("name", point.name, parts.limits),
        *_faults(point, parts),
        *told(faults_of_point(point, kinds_of(parts.catalog))),
    ]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return point


def _faults(point: IdentificationPoint, parts: Parts) -> Iterator[Fault]:
    limits = parts.limits
    if point.source is not None and parts.catalog.source(point.source) is None:
        yield Fault(("body", "source"), "unknown-source", "There is no source of this id.")
    if len(point.event_type) > limits.event_type_chars_max:
        msg = f"An event type has at most {limits.event_type_chars_max} characters."
        yield Fault(("body", "event_type"), "too-long", msg)
    if len(point.identifiers) > limits.rule_operations_max:
        msg = f"A point has at most {limits.rule_operations_max} properties."
        yield Fault(("body", "identifiers"), "too-many", msg)
