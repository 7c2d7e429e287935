"""Kinds of id: by what people are recognised. The built-in ones can be changed and switched off, own ones be made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath
from msgspec.structs import replace

from sojourn.core.identifiers.kinds import IdKind, KindVersion, kind_faults, namespace_of
from sojourn.core.limits import Limits
from sojourn.engine.rules import BUILT_IN_BY_ID, kinds_of
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, patched, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, latest_first, listing_by_id
from sojourn.http.manage.names import text_faults, unknown, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.rule_faults import told
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, WRONG_STATE, Declined, Fault


class IdKindFields(IdKind, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one says of a kind of id. `built_in` and `version` are left aside: the server tells them."""

    built_in: bool = False
    """Whether it came along; then it can be changed and switched off, and not be removed."""


class IdKindAnswer(IdKindFields, frozen=True, kw_only=True):
    """A kind of id, as it is in force. A built-in one that nobody has changed has the version 0."""


@post("/identity/kinds", needs="configure", body=IdKindFields, problems=(ID_TAKEN, WRONG_STATE))
async def add_id_kind(request: Asked, parts: Given) -> Response[IdKindAnswer]:
    """Make a kind of id, in force for the next event. People who have its ids already are not looked for."""
    given = await object_of(request)
    async with parts.configuring:
        kind = _checked(given, parts)
        if kind.id in kinds_of(parts.catalog):
            raise Declined(ID_TAKEN)
        await _put(kind, parts)
        return Answer(_known(kind.id, parts), status_code=201)


@get("/identity/kinds", needs="read")
async def list_id_kinds(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[IdKindAnswer]:
    """List the kinds of id, built-in and own ones, by id. Where two disagree, the smaller `priority` counts."""
    kinds = [_shown(kind) for kind in kinds_of(parts.catalog).values()]
    return listing_by_id(kinds, lambda kind: kind.id, items_max(limit, parts.limits), cursor)


@get("/identity/kinds/{kind_id:str}", needs="read")
async def read_id_kind(kind_id: FromPath[str], parts: Given) -> IdKindAnswer:
    """Read a kind of id."""
    return _known(kind_id, parts)


@put("/identity/kinds/{kind_id:str}", needs="configure", body=IdKindFields, also_201=True, problems=(WRONG_STATE,))
async def put_id_kind(kind_id: FromPath[str], request: Asked, parts: Given) -> Response[IdKindAnswer]:
    """Replace a kind of id, or make it. Fields that are left out get their defaults.

    `form` and `namespace` never change: the ids that are known already would not be found any more.
    """
    given = with_this_id(await object_of(request), kind_id)
    async with parts.configuring:
        former = kinds_of(parts.catalog).get(kind_id)
        await _put(_checked(given, parts, former), parts)
        return Answer(_known(kind_id, parts), status_code=201 if former is None else 200)


@patch("/identity/kinds/{kind_id:str}", needs="configure", body=IdKindFields, problems=(WRONG_STATE,))
async def patch_id_kind(kind_id: FromPath[str], request: Asked, parts: Given) -> IdKindAnswer:
    """Change some fields of a kind of id (JSON merge patch). Null sets a field back to its default.

    `form` and `namespace` never change: the ids that are known already would not be found any more.
    """
    given = with_this_id(await object_of(request), kind_id)
    async with parts.configuring:
        former = _known(kind_id, parts)
        await _put(_checked(patched(former, given), parts, former), parts)
        return _known(kind_id, parts)


@delete("/identity/kinds/{kind_id:str}", needs="configure", problems=(WRONG_STATE,))
async def remove_id_kind(kind_id: FromPath[str], parts: Given) -> None:
    """Remove an own kind of id, or set a built-in one back to how it came along. Its history stays.

    An own kind that an identification point names has to be left out there first.
    """
    async with parts.configuring:
        _require_removable(kind_id, parts)
        await parts.catalog.remove_id_kind(kind_id, parts.clock.now())


@get("/identity/kinds/{kind_id:str}/history", needs="read")
async def list_versions_of_id_kind(
    kind_id: FromPath[str], parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[KindVersion]:
    """List the versions that people made of a kind of id, the latest first, also after it was removed."""
    history = await parts.catalog.id_kind_history(kind_id)
    if not history and kind_id not in BUILT_IN_BY_ID:
        raise unknown("kind of id")
    return listing_by_id(
        history, lambda version: latest_first(version.kind.version), items_max(limit, parts.limits), cursor
    )


HANDLERS = (
    add_id_kind,
    list_id_kinds,
    read_id_kind,
    put_id_kind,
    patch_id_kind,
    remove_id_kind,
    list_versions_of_id_kind,
)


def _known(kind_id: str, parts: Parts) -> IdKindAnswer:
    kind = kinds_of(parts.catalog).get(kind_id)
    if kind is None:
        raise unknown("kind of id")
    return _shown(kind)


def _shown(kind: IdKind) -> IdKindAnswer:
    fields: dict[str, Any] = {name: getattr(kind, name) for name in kind.__struct_fields__}
    return IdKindAnswer(**fields, built_in=kind.id in BUILT_IN_BY_ID)


async def _put(kind: IdKind, parts: Parts) -> None:
    kinds_max = parts.limits.id_kinds_max
    former = parts.catalog.id_kind(kind.id)
    if former is None and len(parts.catalog.id_kinds()) >= kinds_max:
        raise Declined(
            WRONG_STATE, f"{kinds_max} kinds of id were made or changed, which are the most. Remove one first."
        )
    as_it_came = BUILT_IN_BY_ID.get(kind.id)
    if former is None and as_it_came is not None and replace(kind, version=as_it_came.version) == as_it_came:
        return
    await parts.catalog.put_id_kind(kind, parts.clock.now())


def _checked(given: JsonObject, parts: Parts, former: IdKind | None = None) -> IdKind:
    told_fields = record_of(IdKindFields, given)
    fields: dict[str, Any] = {name: getattr(told_fields, name) for name in IdKind.__struct_fields__}
    kind = IdKind(**fields)
    faults = [
        *text_faults("name", kind.name, parts.limits),
        *told(kind_faults(kind, kinds_of(parts.catalog).values())),
        *limit_faults(kind, parts.limits),
        *changed_faults(kind, former),
    ]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return kind


def limit_faults(kind: IdKind, limits: Limits) -> Iterator[Fault]:
    """What goes beyond a limit."""
    if len(kind.fields) > limits.rule_operations_max:
        yield Fault(("body", "fields"), "too-many", f"A kind has at most {limits.rule_operations_max} fields.")
    if len(kind.blocked) > limits.blocked_values_max:
        yield Fault(("body", "blocked"), "too-many", f"A kind blocks at most {limits.blocked_values_max} values.")


def changed_faults(kind: IdKind, former: IdKind | None) -> Iterator[Fault]:
    """What never changes of a kind: in another form, or under another name, its ids would not be found any more."""
    if former is None:
        return
    if kind.form != former.form:
        yield Fault(("body", "form"), "immutable", f"The form stays `{former.form}`. Make another kind instead.")
    if namespace_of(kind) != namespace_of(former):
        msg = f"The namespace stays `{namespace_of(former)}`. Make another kind instead."
        yield Fault(("body", "namespace"), "immutable", msg)


def _require_removable(kind_id: str, parts: Parts) -> None:
    built_in = BUILT_IN_BY_ID.get(kind_id)
    if parts.catalog.id_kind(kind_id) is None:
        if built_in is not None:
            raise Declined(WRONG_STATE, "A built-in kind cannot be removed; `PATCH` it with `enabled: false`.")
        raise unknown("kind of id")
    if built_in is not None:
        fault = next(kind_faults(built_in, kinds_of(parts.catalog).values()), None)
        if fault is not None:
            raise Declined(WRONG_STATE, f"It cannot be set back: {fault.msg}")
        return
    points = [
        point.id
        for point in parts.catalog.identification_points()
        if any(identifier.kind == kind_id for identifier in point.identifiers)
    ]
    if points:
        raise Declined(WRONG_STATE, f"Identification points name it: {', '.join(points[:_NAMED_MAX])}.")


_NAMED_MAX = 10
