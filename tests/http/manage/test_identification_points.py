"""Identification points can be made, read, changed and removed; each change is a version, and every fault is named."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.limits import Limits
from tests.http.manage.desk import Desk, a_desk

POINTS = "/identification-points"
IDENTIFIER = {"property": "email", "kind": "email-main"}
POINT = {"id": "news", "name": "Newsletter", "event_type": "newsletter-ordered", "identifiers": [IDENTIFIER]}
WHOLE = {**POINT, "source": None, "condition": None, "enabled": True, "version": 1}


async def test_a_point_is_made_with_every_default(desk: Desk) -> None:
    assert await desk.made(POINTS, POINT) == WHOLE
    assert await desk.get(f"{POINTS}/news") == WHOLE


async def test_a_point_without_an_id_gets_a_uuid(desk: Desk) -> None:
    made = await desk.made(POINTS, {name: value for name, value in POINT.items() if name != "id"})
    assert len(made["id"]) == 36


async def test_an_id_that_exists_is_a_conflict(desk: Desk) -> None:
    await desk.made(POINTS, POINT)
    assert (await desk.ask("POST", POINTS, {**POINT, "name": "Another"})).status_code == 409


async def test_put_makes_a_point_and_replaces_it(desk: Desk) -> None:
    assert (await desk.ask("PUT", f"{POINTS}/news", POINT)).status_code == 201
    replaced = await desk.ask("PUT", f"{POINTS}/news", {**POINT, "enabled": False})
    assert (replaced.status_code, replaced.json()) == (200, {**WHOLE, "enabled": False, "version": 2})


async def test_a_patch_changes_what_it_names(desk: Desk) -> None:
    await desk.made(POINTS, POINT)
    patched = (await desk.ask("PATCH", f"{POINTS}/news", {"condition": "event.properties.agreed = true"})).json()
    assert patched == {**WHOLE, "condition": "event.properties.agreed = true", "version": 2}


async def test_points_of_a_type_are_listed_alone(desk: Desk) -> None:
    await desk.made(POINTS, POINT)
    await desk.made(POINTS, {**POINT, "id": "card", "event_type": "card-shown"})
    assert [point["id"] for point in (await desk.get(POINTS))["items"]] == ["card", "news"]
    of_type = await desk.get(POINTS, params={"event_type": "card-shown"})
    assert [point["id"] for point in of_type["items"]] == ["card"]


async def test_a_removed_point_keeps_its_history(desk: Desk) -> None:
    await desk.made(POINTS, POINT)
    assert (await desk.ask("DELETE", f"{POINTS}/news")).status_code == 204
    assert (await desk.ask("GET", f"{POINTS}/news")).status_code == 404
    [version] = (await desk.get(f"{POINTS}/news/history"))["items"]
    assert version["point"] == WHOLE


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"id": " news"}, ["body", "id"]),
        ({"name": ""}, ["body", "name"]),
        ({"event_type": "Newsletter Ordered"}, ["body", "event_type"]),
        ({"source": "nowhere"}, ["body", "source"]),
        ({"condition": "no such words"}, ["body", "condition"]),
        ({"identifiers": []}, ["body", "identifiers"]),
        ({"identifiers": [{**IDENTIFIER, "kind": "fax"}]}, ["body", "identifiers", 0, "kind"]),
        ({"identifiers": [{**IDENTIFIER, "property": "profile@id"}]}, ["body", "identifiers", 0, "property"]),
        ({"identifiers": [IDENTIFIER] * 3}, ["body", "identifiers"]),
    ],
)
async def test_each_fault_is_told_at_its_place(fields: dict[str, Any], loc: list[Any]) -> None:
    async with a_desk(limits=Limits(rule_operations_max=2)) as desk:
        response = await desk.ask("POST", POINTS, {**POINT, **fields})
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["errors"]] == [loc]


async def test_only_so_many_points_can_be_made() -> None:
    async with a_desk(limits=Limits(identification_points_max=1)) as desk:
        await desk.made(POINTS, POINT)
        assert (await desk.ask("POST", POINTS, {**POINT, "id": "card"})).status_code == 409
        assert (await desk.ask("PUT", f"{POINTS}/card", {**POINT, "id": "card"})).status_code == 409
        assert (await desk.ask("PUT", f"{POINTS}/news", POINT)).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/history")])
async def test_a_point_that_never_was_is_unknown(desk: Desk, method: str, path: str) -> None:
    body = {"name": "X"} if method == "PATCH" else ...
    assert (await desk.ask(method, f"{POINTS}/nothing{path}", body)).status_code == 404
