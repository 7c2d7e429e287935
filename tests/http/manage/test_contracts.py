"""Contracts can be made, read, changed and removed; each change is a version, and every fault is named."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.limits import Limits
from tests.http.manage.desk import Desk, a_desk

CONTRACT = "/event-types/page-view/contract"
SCHEMA = {"properties": {"price": {"type": "number"}}}
WHOLE = {"id": "page-view", "mode": "observe", "schema": SCHEMA, "version": 1}


async def test_a_contract_is_made_and_replaced(desk: Desk) -> None:
    made = await desk.ask("PUT", CONTRACT, {"schema": SCHEMA})
    assert (made.status_code, made.json()) == (201, WHOLE)
    replaced = await desk.ask("PUT", CONTRACT, {"mode": "refuse", "schema": SCHEMA})
    assert (replaced.status_code, replaced.json()) == (200, {**WHOLE, "mode": "refuse", "version": 2})
    assert await desk.get(CONTRACT) == replaced.json()


async def test_what_was_read_can_be_put_again_and_changes_nothing(desk: Desk) -> None:
    await desk.ask("PUT", CONTRACT, {"schema": SCHEMA})
    assert (await desk.ask("PUT", CONTRACT, await desk.get(CONTRACT))).json() == WHOLE


async def test_a_new_contract_is_in_force_for_the_next_event(desk: Desk) -> None:
    await desk.ask("PUT", CONTRACT, {"schema": SCHEMA})
    contract = desk.parts.rules.in_force().contract_of("page-view")
    assert contract is not None
    assert contract.violations({"price": "one"})


async def test_a_type_that_nobody_described_may_have_a_contract(desk: Desk) -> None:
    assert (await desk.ask("PUT", "/event-types/tea-brewed/contract", {"schema": {}})).status_code == 201
    assert [item["id"] for item in (await desk.get("/contracts"))["items"]] == ["tea-brewed"]


async def test_a_type_without_a_contract_answers_so(desk: Desk) -> None:
    for method, path in (("GET", CONTRACT), ("DELETE", CONTRACT), ("GET", f"{CONTRACT}/history")):
        assert (await desk.ask(method, path)).status_code == 404


async def test_a_removed_contract_keeps_its_history(desk: Desk) -> None:
    await desk.ask("PUT", CONTRACT, {"schema": SCHEMA})
    assert (await desk.ask("DELETE", CONTRACT)).status_code == 204
    assert (await desk.ask("GET", CONTRACT)).status_code == 404
    [version] = (await desk.get(f"{CONTRACT}/history"))["items"]
    assert version["contract"] == WHOLE
    assert version["until"] is not None


async def test_the_history_comes_the_latest_first_page_by_page(desk: Desk) -> None:
    for mode in ("observe", "quarantine", "refuse"):
        await desk.ask("PUT", CONTRACT, {"mode": mode, "schema": SCHEMA})
    page = await desk.get(f"{CONTRACT}/history?limit=2")
    rest = await desk.get(f"{CONTRACT}/history?limit=2&cursor={page['next']}")
    assert [item["contract"]["version"] for item in page["items"] + rest["items"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("body", "loc", "code"),
    [
        ({}, ["body", "schema"], "missing"),
        ({"schema": True}, ["body", "schema"], "invalid"),
        ({"schema": {}, "mode": "ignore"}, ["body", "mode"], "invalid"),
        ({"schema": {}, "model": "refuse"}, ["body", "model"], "unknown"),
        ({"schema": {}, "id": "sign-in"}, ["body", "id"], "immutable"),
        ({"schema": {"type": "text"}}, ["body", "schema", "type"], "schema"),
        (
            {"schema": {"properties": {"a": {"pattern": "("}}}},
            ["body", "schema", "properties", "a", "pattern"],
            "schema",
        ),
        ({"schema": {"$ref": "http://127.0.0.1:1/x"}}, ["body", "schema", "$ref"], "schema"),
        ({"schema": {"enum": ["x" * 70_000]}}, ["body", "schema"], "schema"),
    ],
)
async def test_a_fault_is_told_with_its_place(desk: Desk, body: dict[str, Any], loc: list[str], code: str) -> None:
    response = await desk.ask("PUT", CONTRACT, body)
    assert response.status_code == 422
    assert [(fault["loc"], fault["code"]) for fault in response.json()["errors"]] == [(loc, code)]


@pytest.mark.parametrize("name", ["Page View", "x" * 300])
async def test_a_contract_is_for_a_type_in_its_one_form(desk: Desk, name: str) -> None:
    response = await desk.ask("PUT", f"/event-types/{name}/contract", {"schema": {}})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["path", "type_id"])


async def test_there_are_no_more_contracts_than_the_limit() -> None:
    async with a_desk(limits=Limits(contracts_max=1)) as desk:
        await desk.ask("PUT", CONTRACT, {"schema": {}})
        assert (await desk.ask("PUT", "/event-types/sign-in/contract", {"schema": {}})).status_code == 409
        assert (await desk.ask("PUT", CONTRACT, {"schema": SCHEMA})).status_code == 200
