"""Kinds of id can be listed, made, changed and switched off; what would lose people is declined."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.limits import Limits
from tests.http.manage.desk import Desk, a_desk

KINDS = "/identity/kinds"
KIND = {"id": "member", "name": "Member number", "form": "exact", "fields": ["traits.member"], "unique": True}
WHOLE = {
    **KIND,
    "namespace": None,
    "switches": False,
    "identifies": True,
    "limit_per_profile": 5,
    "limit_per_period": {"count": 20, "days": 1},
    "priority": 100,
    "trust": "any",
    "blocked": [],
    "enabled": True,
    "version": 1,
    "built_in": False,
}


async def ids(desk: Desk) -> list[str]:
    return [kind["id"] for kind in (await desk.get(KINDS))["items"]]


async def test_the_kinds_that_come_along_are_listed(desk: Desk) -> None:
    assert await ids(desk) == sorted(kind.id for kind in BUILT_IN_KINDS)
    kind = await desk.get(f"{KINDS}/email-main")
    assert (kind["form"], kind["namespace"], kind["version"], kind["built_in"]) == ("email", "email", 0, True)


async def test_an_own_kind_is_made_with_every_default(desk: Desk) -> None:
    assert await desk.made(KINDS, KIND) == WHOLE
    assert await desk.get(f"{KINDS}/member") == WHOLE
    assert "member" in await ids(desk)


@pytest.mark.parametrize("id", ["member", "login"])
async def test_an_id_that_exists_is_a_conflict(desk: Desk, id: str) -> None:
    await desk.made(KINDS, KIND)
    response = await desk.ask("POST", KINDS, {"id": id, "name": "Another"})
    assert (response.status_code, response.json()["code"]) == (409, "SJ-4090")


async def test_put_makes_a_kind_and_replaces_it(desk: Desk) -> None:
    assert (await desk.ask("PUT", f"{KINDS}/member", KIND)).status_code == 201
    replaced = await desk.ask("PUT", f"{KINDS}/member", {**KIND, "priority": 5})
    assert (replaced.status_code, replaced.json()) == (200, {**WHOLE, "priority": 5, "version": 2})


async def test_a_built_in_kind_can_be_switched_off_and_set_back(desk: Desk) -> None:
    patched = (await desk.ask("PATCH", f"{KINDS}/login", {"enabled": False})).json()
    assert (patched["enabled"], patched["version"], patched["built_in"]) == (False, 1, True)
    assert (await desk.ask("DELETE", f"{KINDS}/login")).status_code == 204
    assert (await desk.get(f"{KINDS}/login"))["version"] == 0


async def test_a_change_that_changes_nothing_of_a_built_in_kind_is_no_version(desk: Desk) -> None:
    patched = (await desk.ask("PATCH", f"{KINDS}/login", {"switches": True, "version": 7})).json()
    assert patched["version"] == 0


async def test_a_built_in_kind_cannot_be_removed(desk: Desk) -> None:
    response = await desk.ask("DELETE", f"{KINDS}/login")
    assert (response.status_code, "enabled: false" in response.json()["detail"]) == (409, True)


async def test_a_kind_is_removed_and_its_history_stays(desk: Desk) -> None:
    await desk.made(KINDS, KIND)
    assert (await desk.ask("DELETE", f"{KINDS}/member")).status_code == 204
    assert (await desk.ask("GET", f"{KINDS}/member")).status_code == 404
    history = (await desk.get(f"{KINDS}/member/history"))["items"]
    assert [version["kind"]["version"] for version in history] == [1]
    assert history[0]["until"] is not None


async def test_a_kind_that_a_point_names_stays(desk: Desk) -> None:
    await desk.made(KINDS, KIND)
    point = {"id": "card", "name": "Card", "event_type": "card-shown"}
    await desk.made("/identification-points", {**point, "identifiers": [{"property": "card", "kind": "member"}]})
    response = await desk.ask("DELETE", f"{KINDS}/member")
    assert (response.status_code, "card" in response.json()["detail"]) == (409, True)


async def test_a_built_in_kind_whose_field_was_given_away_is_not_set_back(desk: Desk) -> None:
    await desk.ask("PATCH", f"{KINDS}/external-id", {"fields": []})
    await desk.made(KINDS, {**KIND, "fields": ["data.identifier.id"]})
    response = await desk.ask("DELETE", f"{KINDS}/external-id")
    assert (response.status_code, "`member`" in response.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("change", "loc"), [({"form": "text"}, ["body", "form"]), ({"namespace": "club"}, ["body", "namespace"])]
)
async def test_what_ids_are_found_by_never_changes(desk: Desk, change: dict[str, str], loc: list[str]) -> None:
    await desk.made(KINDS, KIND)
    response = await desk.ask("PATCH", f"{KINDS}/member", change)
    assert response.status_code == 422
    assert [(fault["loc"], fault["code"]) for fault in response.json()["errors"]] == [(loc, "immutable")]


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"id": "Member"}, ["body", "id"]),
        ({"name": " "}, ["body", "name"]),
        ({"form": "fax"}, ["body", "form"]),
        ({"fields": ["data.nowhere"]}, ["body", "fields", 0]),
        ({"fields": ["data.identifier.pk"]}, ["body", "fields", 0]),
        ({"namespace": "email"}, ["body", "form"]),
        ({"limit_per_profile": 0}, ["body", "limit_per_profile"]),
        ({"limit_per_period": {"count": 1, "days": 0}}, ["body", "limit_per_period", "days"]),
        ({"blocked": ["/(/"]}, ["body", "blocked", 0]),
        ({"blocked": ["a", "b", "c"]}, ["body", "blocked"]),
        ({"fields": ["traits.a", "traits.b", "traits.c"]}, ["body", "fields"]),
        ({"colour": "red"}, ["body", "colour"]),
    ],
)
async def test_each_fault_is_told_at_its_place(fields: dict[str, Any], loc: list[Any]) -> None:
    async with a_desk(limits=Limits(blocked_values_max=2, rule_operations_max=2)) as desk:
        response = await desk.ask("POST", KINDS, {**KIND, **fields})
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["errors"]] == [loc]


async def test_only_so_many_kinds_can_be_made() -> None:
    async with a_desk(limits=Limits(id_kinds_max=1)) as desk:
        await desk.made(KINDS, KIND)
        assert (await desk.ask("POST", KINDS, {"id": "card", "name": "Card"})).status_code == 409
        assert (await desk.ask("PATCH", f"{KINDS}/login", {"enabled": False})).status_code == 409
        assert (await desk.ask("PATCH", f"{KINDS}/member", {"enabled": False})).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/history")])
async def test_a_kind_that_never_was_is_unknown(desk: Desk, method: str, path: str) -> None:
    body = {"name": "X"} if method == "PATCH" else ...
    assert (await desk.ask(method, f"{KINDS}/nothing{path}", body)).status_code == 404


async def test_a_built_in_kind_that_nobody_changed_has_an_empty_history(desk: Desk) -> None:
    assert (await desk.get(f"{KINDS}/login/history"))["items"] == []
