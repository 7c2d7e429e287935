"""Merge rules: how fields of two profiles become one where people have decided it. One document, with a history."""

from __future__ import annotations

from collections.abc import Iterator

from litestar import get, put

from sojourn.core.limits import Limits
from sojourn.core.merge_rules import MergeRules, MergeRulesVersion
from sojourn.core.merging.faults import merge_rule_faults
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, latest_first, listing_by_id
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rule_faults import told
from sojourn.http.problems import INVALID_BODY, Declined, Fault


@get("/identity/merge-rules", needs="read")
async def read_merge_rules(parts: Given) -> MergeRules:
    """Read the merge rules. Where they say nothing, how a field was written decides how it is merged."""
    return parts.catalog.merge_rules()


@put("/identity/merge-rules", needs="configure", body=MergeRules)
async def put_merge_rules(request: Asked, parts: Given) -> MergeRules:
    """Replace all merge rules, for the next merge; what was merged before stays as it is.

    `fields` has a strategy for each path, which holds for all that is below it, too. `version` is counted by the
    server; what is sent of it is left aside.
    """
    given = await object_of(request)
    async with parts.configuring:
        await parts.catalog.put_merge_rules(_checked(given, parts.limits), parts.clock.now())
        return parts.catalog.merge_rules()


@get("/identity/merge-rules/history", needs="read")
async def list_versions_of_merge_rules(
    parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[MergeRulesVersion]:
    """List the versions of the merge rules, the latest first."""
    history = await parts.catalog.merge_rules_history()
    return listing_by_id(
        history, lambda version: latest_first(version.rules.version), items_max(limit, parts.limits), cursor
    )


HANDLERS = (read_merge_rules, put_merge_rules, list_versions_of_merge_rules)


def _checked(given: JsonObject, limits: Limits) -> MergeRules:
    rules = record_of(MergeRules, given)
    faults = [*told(merge_rule_faults(rules)), *_limit_faults(rules, limits)]
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return rules


def _limit_faults(rules: MergeRules, limits: Limits) -> Iterator[Fault]:
    if len(rules.fields) > limits.merge_rules_max:
        yield Fault(("body", "fields"), "too-many", f"There are at most {limits.merge_rules_max} paths.")
