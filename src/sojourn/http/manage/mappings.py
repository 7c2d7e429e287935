"""Mapping rules: what events of a type do to fields. Each change of a rule is a version, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, QueryParameter

from sojourn.core.mapping.rules import MappingRule, RuleVersion
from sojourn.engine.dry_run import TriedEvent, dry_run
from sojourn.engine.rules import faults_of
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, patched, record_of
from sojourn.http.manage.changes import FieldChange, FieldSkipped, field_change, field_skipped
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, latest_first, listing_by_id
from sojourn.http.manage.names import id_faults, text_faults, unknown, with_id, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.rule_faults import operation_limit_faults, told
from sojourn.http.problems import ID_TAKEN, INVALID_BODY, WRONG_STATE, Declined, Fault
from sojourn.ports.errors import AlreadyExists

DRY_RUN = "dry-run"
"""What stands in a path where ids do, and so is none."""


class EventTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would do to one event."""

    event: str
    source: str
    at: datetime
    profile: str | None
    is_meant: bool
    """Whether the condition of the rule holds of the event."""
    changes: tuple[FieldChange, ...]
    skipped: tuple[FieldSkipped, ...]


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would do to the last events of its type, the newest first. Nothing of it has happened."""

    events: int
    """How many events were looked at."""
    meant: int
    """Of how many of them the condition holds."""
    changed: int
    """In how many the rule would change a field."""
    items: tuple[EventTrial, ...]


@post("/mappings", needs="configure", body=MappingRule, problems=(ID_TAKEN, WRONG_STATE))
async def add_mapping(request: Asked, parts: Given) -> Response[MappingRule]:
    """Make a mapping rule, in force for the next event. Without an `id`, it gets a new UUID.

    `version` is counted by the server; what is sent of it is left aside.
    """
    given = with_id(await object_of(request), parts.chance)
    async with parts.configuring:
        rule = _checked(given, parts)
        _require_room(parts)
        try:
            await parts.catalog.add_mapping(rule, parts.clock.now())
        except AlreadyExists as error:
            raise Declined(ID_TAKEN) from error
        return Answer(_known(rule.id, parts), status_code=201)


@get("/mappings", needs="read")
async def list_mappings(
    parts: Given,
    event_type: Annotated[str | None, QueryParameter(description="Only rules for events of this type.")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[MappingRule]:
    """List the mapping rules, by id. Those of one type act by `order`, then by id."""
    rules = [rule for rule in parts.catalog.mappings() if event_type in (None, rule.event_type)]
    return listing_by_id(rules, lambda rule: rule.id, items_max(limit, parts.limits), cursor)


@get("/mappings/{mapping_id:str}", needs="read")
async def read_mapping(mapping_id: FromPath[str], parts: Given) -> MappingRule:
    """Read a mapping rule."""
    return _known(mapping_id, parts)


@put("/mappings/{mapping_id:str}", needs="configure", body=MappingRule, also_201=True, problems=(WRONG_STATE,))
async def put_mapping(mapping_id: FromPath[str], request: Asked, parts: Given) -> Response[MappingRule]:
    """Replace a mapping rule, or make it. Fields that are left out get their defaults; `version` is left aside."""
    given = with_this_id(await object_of(request), mapping_id)
    async with parts.configuring:
        rule = _checked(given, parts)
        if parts.catalog.mapping(mapping_id) is None:
            _require_room(parts)
        is_new = await parts.catalog.put_mapping(rule, parts.clock.now())
        return Answer(_known(mapping_id, parts), status_code=201 if is_new else 200)


@patch("/mappings/{mapping_id:str}", needs="configure", body=MappingRule)
async def patch_mapping(mapping_id: FromPath[str], request: Asked, parts: Given) -> MappingRule:
    """Change some fields of a mapping rule (JSON merge patch). Null sets a field back to its default."""
    given = with_this_id(await object_of(request), mapping_id)
    async with parts.configuring:
        rule = _checked(patched(_known(mapping_id, parts), given), parts)
        await parts.catalog.put_mapping(rule, parts.clock.now())
        return _known(mapping_id, parts)


@delete("/mappings/{mapping_id:str}", needs="configure")
async def remove_mapping(mapping_id: FromPath[str], parts: Given) -> None:
    """Remove a mapping rule. What it wrote stays, and so does its history."""
    async with parts.configuring:
        if not await parts.catalog.remove_mapping(mapping_id, parts.clock.now()):
            raise unknown("mapping rule")


@get("/mappings/{mapping_id:str}/history", needs="read")
async def list_versions_of_mapping(
    mapping_id: FromPath[str], parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[RuleVersion]:
    """List the versions of a mapping rule, the latest first, also after it was removed."""
    history = await parts.catalog.mapping_history(mapping_id)
    if not history:
        raise unknown("mapping rule")
    return listing_by_id(
        history, lambda version: latest_first(version.rule.version), items_max(limit, parts.limits), cursor
    )


@post("/mappings/dry-run", needs="read", status_code=200, body=MappingRule)
async def try_mapping(request: Asked, parts: Given, limit: Limit = PAGE_ITEMS) -> DryRun:
    """Ask what a mapping rule, saved or not, enabled or not, would do to the last events of its type and source.

    Nothing is written. Each event is taken as it is stored, its profile and session as they are now.
    """
    rule = _checked(with_id(await object_of(request), parts.chance), parts)
    tried = await dry_run(rule, parts.records, parts.limits, events_max=items_max(limit, parts.limits))
    return DryRun(
        events=len(tried),
        meant=sum(each.trial.is_meant for each in tried),
        changed=sum(bool(each.trial.changes) for each in tried),
        items=tuple(map(_shown, tried)),
    )


HANDLERS = (
    add_mapping,
    list_mappings,
    read_mapping,
    put_mapping,
    patch_mapping,
    remove_mapping,
    list_versions_of_mapping,
    try_mapping,
)


def _known(mapping_id: str, parts: Parts) -> MappingRule:
    rule = parts.catalog.mapping(mapping_id)
    if rule is None:
        raise unknown("mapping rule")
    return rule


def _require_room(parts: Parts) -> None:
    rules_max = parts.limits.mapping_rules_max
    if len(parts.catalog.mappings()) >= rules_max:
        raise Declined(WRONG_STATE, f"There are {rules_max} mapping rules, which are the most. Remove one first.")


def _checked(given: JsonObject, parts: Parts) -> MappingRule:
    rule = record_of(MappingRule, given)
    limits = parts.limits
    faults = [
        *id_faults(rule.id, limits),
        *text_faults("name", rule.name, limits),
        *_faults(rule, parts),
        *told(faults_of(rule)),
        *operation_limit_faults("operations", rule.operations, limits),
    ]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return rule


def _faults(rule: MappingRule, parts: Parts) -> Iterator[Fault]:
    if rule.id == DRY_RUN:
        yield Fault(("body", "id"), "reserved", f"`{DRY_RUN}` means something else in a path.")
    if rule.source is not None and parts.catalog.source(rule.source) is None:
        yield Fault(("body", "source"), "unknown-source", "There is no source of this id.")
    if len(rule.event_type) > parts.limits.event_type_chars_max:
        msg = f"An event type has at most {parts.limits.event_type_chars_max} characters."
        yield Fault(("body", "event_type"), "too-long", msg)


def _shown(tried: TriedEvent) -> EventTrial:
    event, trial = tried
    return EventTrial(
        event=event.id,
        source=event.source.id,
        at=event.metadata.time.insert,
        profile=event.profile.id if event.profile is not None else None,
        is_meant=trial.is_meant,
        changes=tuple(map(field_change, trial.changes)),
        skipped=tuple(map(field_skipped, trial.skipped)),
    )
