"""Mapping rules can be made, read, changed, removed and tried; each change is a version, and every fault is named."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.limits import Limits
from sojourn.testing.stores import keep
from tests.builders import a_profile, a_session, a_source, a_submission_record, an_event, noon_plus
from tests.http.manage.desk import Desk, a_desk

OPERATION = {"op": "set", "target": "profile@traits.path", "value": "event@properties.path"}
RULE = {"id": "path", "name": "Last path", "event_type": "page-view", "operations": [OPERATION]}
WHOLE = {
    **RULE,
    "source": None,
    "condition": None,
    "operations": [{**OPERATION, "constant": None, "key": None, "each": False, "matching": {}}],
    "order": 100,
    "enabled": True,
    "version": 1,
}


async def test_a_rule_is_made_with_every_default(desk: Desk) -> None:
    assert await desk.made("/mappings", RULE) == WHOLE
    assert await desk.get("/mappings/path") == WHOLE


async def test_a_rule_without_an_id_gets_a_uuid(desk: Desk) -> None:
    made = await desk.made("/mappings", {name: value for name, value in RULE.items() if name != "id"})
    assert len(made["id"]) == 36


async def test_a_new_rule_is_in_force_for_the_next_event(desk: Desk) -> None:
    await desk.made("/mappings", RULE)
    assert desk.parts.rules.in_force().of_type("page-view").rules[-1].id == "path"


async def test_an_id_that_exists_is_a_conflict(desk: Desk) -> None:
    await desk.made("/mappings", RULE)
    response = await desk.ask("POST", "/mappings", {**RULE, "name": "Another"})
    assert (response.status_code, response.json()["code"]) == (409, "SJ-4090")
    assert await desk.get("/mappings/path") == WHOLE


async def test_put_makes_a_rule_and_replaces_it(desk: Desk) -> None:
    assert (await desk.ask("PUT", "/mappings/path", RULE)).status_code == 201
    replaced = await desk.ask("PUT", "/mappings/path", {**RULE, "order": 5})
    assert (replaced.status_code, replaced.json()) == (200, {**WHOLE, "order": 5, "version": 2})


async def test_putting_a_rule_again_changes_nothing(desk: Desk) -> None:
    await desk.ask("PUT", "/mappings/path", RULE)
    assert (await desk.ask("PUT", "/mappings/path", RULE)).json() == WHOLE


async def test_what_is_sent_of_the_version_is_left_aside(desk: Desk) -> None:
    assert (await desk.made("/mappings", {**RULE, "version": 9}))["version"] == 1
    patched = await desk.ask("PATCH", "/mappings/path", {"version": 9})
    assert (patched.status_code, patched.json()["version"]) == (200, 1)


async def test_a_patch_changes_what_it_names(desk: Desk) -> None:
    await desk.made("/mappings", {**RULE, "order": 5})
    patched = (await desk.ask("PATCH", "/mappings/path", {"enabled": False, "order": None})).json()
    assert patched == {**WHOLE, "enabled": False, "version": 2}


async def test_a_removed_rule_is_gone_and_its_history_stays(desk: Desk) -> None:
    await desk.made("/mappings", RULE)
    assert (await desk.ask("DELETE", "/mappings/path")).status_code == 204
    assert (await desk.ask("GET", "/mappings/path")).status_code == 404
    [version] = (await desk.get("/mappings/path/history"))["items"]
    assert version["rule"] == WHOLE


async def test_rules_are_listed_by_id_or_those_of_one_type(desk: Desk) -> None:
    for rule_id, event_type in (("b", "page-view"), ("c", "sign-in"), ("a", "page-view")):
        await desk.made("/mappings", {**RULE, "id": rule_id, "event_type": event_type})
    assert [rule["id"] for rule in (await desk.get("/mappings"))["items"]] == ["a", "b", "c"]
    of_type = await desk.get("/mappings", params={"event_type": "page-view"})
    assert [rule["id"] for rule in of_type["items"]] == ["a", "b"]


async def test_the_history_tells_when_each_version_was_in_force(desk: Desk) -> None:
    await desk.made("/mappings", RULE)
    desk.clock.turn(hours=1)
    await desk.ask("PATCH", "/mappings/path", {"order": 1})
    desk.clock.turn(hours=1)
    await desk.ask("PATCH", "/mappings/path", {"order": 2})
    history = (await desk.get("/mappings/path/history"))["items"]
    assert [(each["rule"]["order"], each["rule"]["version"], each["since"], each["until"]) for each in history] == [
        (2, 3, "2026-11-24T14:00:00Z", None),
        (1, 2, "2026-11-24T13:00:00Z", "2026-11-24T14:00:00Z"),
        (100, 1, "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z"),
    ]


async def test_pages_of_a_history_join_without_a_gap(desk: Desk) -> None:
    for order in range(12):
        await desk.ask("PUT", "/mappings/path", {**RULE, "order": order})
    seen, cursor = [], None
    while True:
        page = await desk.get("/mappings/path/history", params={"limit": 5, **({"cursor": cursor} if cursor else {})})
        seen += [version["rule"]["version"] for version in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == list(range(12, 0, -1))


@pytest.mark.parametrize("path", ["/mappings/nobody", "/mappings/nobody/history"])
async def test_an_unknown_rule_is_404(desk: Desk, path: str) -> None:
    response = await desk.ask("GET", path)
    assert (response.status_code, response.json()["code"]) == (404, "SJ-4041")


@pytest.mark.parametrize(
    ("fields", "loc", "code"),
    [
        ({"name": " "}, ["name"], "shape"),
        ({"id": "dry-run"}, ["id"], "reserved"),
        ({"id": "@mine"}, ["id"], "reserved"),
        ({"event_type": "Page View"}, ["event_type"], "rule"),
        ({"event_type": "x" * 201}, ["event_type"], "too-long"),
        ({"source": "nowhere"}, ["source"], "unknown-source"),
        ({"condition": "event.type ="}, ["condition"], "rule"),
        ({"condition": 5}, ["condition"], "invalid"),
        ({"operations": []}, ["operations"], "rule"),
        ({"operations": [{**OPERATION, "op": "multiply"}]}, ["operations", 0, "op"], "invalid"),
        ({"operations": [{**OPERATION, "amount": 1}]}, ["operations", 0, "amount"], "unknown"),
        ({"operations": [OPERATION, {**OPERATION, "target": "profile@id"}]}, ["operations", 1, "target"], "rule"),
        ({"operations": [{**OPERATION, "target": "profile@data.anywhere"}]}, ["operations", 0, "target"], "rule"),
        ({"operations": [{**OPERATION, "target": "traits.path"}]}, ["operations", 0, "target"], "rule"),
        ({"operations": [{**OPERATION, "value": "properties.path"}]}, ["operations", 0, "value"], "rule"),
        ({"operations": [{"op": "set", "target": "profile@traits.path"}]}, ["operations", 0, "value"], "rule"),
        ({"operations": [OPERATION] * 201}, ["operations"], "too-many"),
        (
            {"operations": [{"op": "set", "target": "profile@traits.a", "constant": {"a": "x" * 9000}}]},
            ["operations", 0, "constant", "a"],
            "limit.string",
        ),
        ({"order": "first"}, ["order"], "invalid"),
        ({"colour": "red"}, ["colour"], "unknown"),
    ],
)
@pytest.mark.parametrize("path", ["/mappings", "/mappings/dry-run"])
async def test_what_cannot_be_a_rule_is_named(
    desk: Desk, path: str, fields: dict[str, Any], loc: list[Any], code: str
) -> None:
    response = await desk.ask("POST", path, {**RULE, **fields})
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["code"]) == (422, ["body", *loc], code)
    assert desk.parts.catalog.mappings() == ()


@pytest.mark.parametrize("depth", [40, 400, 4_000])
async def test_a_constant_that_nests_too_deeply_is_declined(desk: Desk, depth: int) -> None:
    constant = f'{{"a": {"[" * depth}{"]" * depth}}}'
    operation = f'{{"op": "set", "target": "profile@traits.a", "constant": {constant}}}'
    body = f'{{"name": "Deep", "event_type": "page-view", "operations": [{operation}]}}'
    response = await desk.ask("POST", "/mappings", content=body)
    assert response.status_code == 422
    assert desk.parts.catalog.mappings() == ()


@pytest.mark.parametrize("patch", [{"condition": "event.type"}, {"colour": None}])
async def test_a_change_is_held_to_the_same_rules(desk: Desk, patch: dict[str, Any]) -> None:
    await desk.made("/mappings", RULE)
    response = await desk.ask("PATCH", "/mappings/path", patch)
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["body", *patch])
    assert await desk.get("/mappings/path") == WHOLE


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_there_are_no_more_rules_than_the_server_allows(method: str) -> None:
    async with a_desk(limits=Limits(mapping_rules_max=1)) as desk:
        await desk.made("/mappings", RULE)
        path = "/mappings" if method == "POST" else "/mappings/second"
        response = await desk.ask(method, path, {**RULE, "id": "second"})
        assert (response.status_code, response.json()["code"]) == (409, "SJ-4091")
        assert (await desk.ask("PUT", "/mappings/path", {**RULE, "order": 1})).status_code == 200


@pytest.fixture
async def visits(desk: Desk) -> Desk:
    """A shop and an app, in each of which Ann viewed a page; the one of the app is newer."""
    await desk.parts.catalog.add_source(a_source(id="shop"))
    await desk.parts.catalog.add_source(a_source(id="app"))
    await keep(
        desk.store,
        a_profile("ann"),
        a_session("visit"),
        a_submission_record("request", context={"lang": "de"}),
        an_event("old", source="shop", at=noon_plus(0), properties={"path": "/tea"}),
        an_event("new", source="app", at=noon_plus(1), properties={"path": 5}),
        an_event("other", at=noon_plus(2), type="sign-in"),
    )
    return desk


async def test_a_dry_run_tells_what_each_event_would_change(visits: Desk) -> None:
    told = await visits.ask("POST", "/mappings/dry-run", RULE)
    assert told.json() == {
        "events": 2,
        "meant": 2,
        "changed": 2,
        "items": [
            {
                "event": "new",
                "source": "app",
                "at": "2026-06-01T12:00:01Z",
                "profile": "ann",
                "is_meant": True,
                "changes": [
                    {"rule": "path", "op": "set", "field": "profile@traits.path", "before": None, "after": 5},
                ],
                "skipped": [],
            },
            {
                "event": "old",
                "source": "shop",
                "at": "2026-06-01T12:00:00Z",
                "profile": "ann",
                "is_meant": True,
                "changes": [
                    {"rule": "path", "op": "set", "field": "profile@traits.path", "before": None, "after": "/tea"},
                ],
                "skipped": [],
            },
        ],
    }


async def dry_run(desk: Desk, limit: int = 100, **fields: Any) -> Any:
    response = await desk.ask("POST", "/mappings/dry-run", {**RULE, **fields}, params={"limit": limit})
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_dry_run_tells_what_would_be_skipped(visits: Desk) -> None:
    operation = {**OPERATION, "target": "profile@data.pii.birthday"}
    told = await dry_run(visits, operations=[operation])
    assert [[skipped["value"] for skipped in item["skipped"]] for item in told["items"]] == [
        [],
        ["event@properties.path"],
    ]


async def test_a_dry_run_tells_for_which_events_the_condition_holds(visits: Desk) -> None:
    told = await dry_run(visits, condition='event.properties.path = "/tea" and event.context.lang = "de"')
    assert (told["events"], told["meant"], told["changed"]) == (2, 1, 1)
    assert [item["is_meant"] for item in told["items"]] == [False, True]


async def test_a_dry_run_takes_events_of_the_source_of_the_rule(visits: Desk) -> None:
    assert [item["event"] for item in (await dry_run(visits, source="shop"))["items"]] == ["old"]


async def test_a_dry_run_takes_no_more_events_than_it_is_asked_for(visits: Desk) -> None:
    assert [item["event"] for item in (await dry_run(visits, limit=1))["items"]] == ["new"]


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_dry_run_looks_at_a_thousand_events_at_most(visits: Desk, limit: int) -> None:
    response = await visits.ask("POST", "/mappings/dry-run", RULE, params={"limit": limit})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["query", "limit"])


async def test_a_dry_run_of_a_disabled_rule_tells_what_it_would_do(visits: Desk) -> None:
    assert (await dry_run(visits, enabled=False))["changed"] == 2


async def test_a_dry_run_needs_no_id(visits: Desk) -> None:
    rule = {name: value for name, value in RULE.items() if name != "id"}
    assert (await visits.ask("POST", "/mappings/dry-run", rule)).json()["changed"] == 2


async def test_a_dry_run_changes_nothing(visits: Desk) -> None:
    before = await visits.store.profile("ann"), await visits.store.session("visit"), await visits.store.event("old")
    await dry_run(visits)
    after = await visits.store.profile("ann"), await visits.store.session("visit"), await visits.store.event("old")
    assert after == before
    assert visits.parts.catalog.mappings() == ()
