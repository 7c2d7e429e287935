"""Event types can be listed, read, made, changed and removed; an own one takes the place of a built-in one."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.builtin import built_in_types
from sojourn.core.limits import Limits
from tests.http.manage.desk import Desk, a_desk

TYPE = {"id": "tea-brewed", "title": "Tea brewed", "copies": {"traits.leaf": "leaf"}}
WHOLE = {
    **TYPE,
    "family": "own",
    "explanation": "",
    "properties": {},
    "defaults": {},
    "effects": [],
    "profile_takes": {},
    "tags": [],
    "journey": None,
    "masks": [],
    "example": {},
    "built_in": False,
    "replaces_built_in": False,
}


async def ids(desk: Desk, **params: str) -> list[str]:
    return [event_type["id"] for event_type in (await desk.get("/event-types", params=params))["items"]]


async def test_every_built_in_type_is_listed_by_id(desk: Desk) -> None:
    assert await ids(desk) == sorted(event_type.id for event_type in built_in_types())


async def test_own_types_are_listed_among_the_built_in_ones(desk: Desk) -> None:
    await desk.made("/event-types", TYPE)
    listed = await ids(desk)
    assert "tea-brewed" in listed
    assert listed == sorted(listed)


async def test_a_family_of_types_is_listed_alone(desk: Desk) -> None:
    await desk.made("/event-types", TYPE)
    assert await ids(desk, family="own") == ["tea-brewed"]
    assert "sign-in" in await ids(desk, family="identity")
    assert await ids(desk, family="nothing") == []


async def test_pages_of_types_join_without_a_gap(desk: Desk) -> None:
    first = await desk.get("/event-types", params={"limit": 40})
    second = await desk.get("/event-types", params={"limit": 40, "cursor": first["next"]})
    assert [each["id"] for each in first["items"] + second["items"]] == await ids(desk)


async def test_a_built_in_type_tells_what_its_events_bring_along(desk: Desk) -> None:
    event_type = await desk.get("/event-types/sign-in")
    assert (event_type["built_in"], event_type["replaces_built_in"]) == (True, False)
    assert event_type["copies"]["data.contact.email.main"] == "email.main"
    assert event_type["example"]["email"]["main"] == "ann@mail.example"


async def test_an_own_type_is_made_with_every_default(desk: Desk) -> None:
    assert await desk.made("/event-types", TYPE) == WHOLE
    assert await desk.get("/event-types/tea-brewed") == WHOLE


async def test_a_new_type_is_in_force_for_the_next_event(desk: Desk) -> None:
    await desk.made("/event-types", TYPE)
    assert [rule.id for rule in desk.parts.rules.in_force().of_type("tea-brewed").rules] == ["type:tea-brewed"]


@pytest.mark.parametrize("type_id", ["tea-brewed", "sign-in"])
async def test_an_id_that_exists_is_a_conflict(desk: Desk, type_id: str) -> None:
    await desk.made("/event-types", TYPE)
    response = await desk.ask("POST", "/event-types", {**TYPE, "id": type_id})
    assert (response.status_code, response.json()["code"]) == (409, "SJ-4090")


async def test_put_makes_a_type_and_replaces_it(desk: Desk) -> None:
    assert (await desk.ask("PUT", "/event-types/tea-brewed", TYPE)).status_code == 201
    replaced = await desk.ask("PUT", "/event-types/tea-brewed", {"title": "Another"})
    assert (replaced.status_code, replaced.json()) == (200, {**WHOLE, "title": "Another", "copies": {}})


async def test_an_own_type_takes_the_place_of_a_built_in_one_which_is_told(desk: Desk) -> None:
    replaced = await desk.ask("PUT", "/event-types/sign-in", {"title": "Our sign-in"})
    assert (replaced.status_code, replaced.json()["replaces_built_in"]) == (200, True)
    assert await desk.get("/event-types/sign-in") == replaced.json()
    assert (await ids(desk)).count("sign-in") == 1
    assert desk.parts.rules.in_force().of_type("sign-in").rules == ()


async def test_a_patch_of_a_built_in_type_makes_an_own_one_of_it(desk: Desk) -> None:
    built_in = await desk.get("/event-types/sign-in")
    patched = await desk.ask("PATCH", "/event-types/sign-in", {"title": "Our sign-in"})
    assert patched.json() == {**built_in, "title": "Our sign-in", "built_in": False, "replaces_built_in": True}


async def test_a_patch_changes_what_it_names(desk: Desk) -> None:
    await desk.made("/event-types", {**TYPE, "tags": ["tea"]})
    patched = await desk.ask("PATCH", "/event-types/tea-brewed", {"tags": None, "journey": "retention"})
    assert patched.json() == {**WHOLE, "journey": "retention"}


async def test_a_type_that_was_read_can_be_sent_back(desk: Desk) -> None:
    read = await desk.get("/event-types/sign-in")
    sent_back = await desk.ask("PUT", "/event-types/sign-in", read)
    assert sent_back.json() == {**read, "built_in": False, "replaces_built_in": True}


async def test_a_removed_type_is_gone(desk: Desk) -> None:
    await desk.made("/event-types", TYPE)
    assert (await desk.ask("DELETE", "/event-types/tea-brewed")).status_code == 204
    assert (await desk.ask("GET", "/event-types/tea-brewed")).status_code == 404


async def test_a_built_in_type_is_back_when_its_replacement_is_removed(desk: Desk) -> None:
    built_in = await desk.get("/event-types/sign-in")
    await desk.ask("PUT", "/event-types/sign-in", {"title": "Our sign-in"})
    assert (await desk.ask("DELETE", "/event-types/sign-in")).status_code == 204
    assert await desk.get("/event-types/sign-in") == built_in


async def test_a_built_in_type_cannot_be_removed(desk: Desk) -> None:
    response = await desk.ask("DELETE", "/event-types/sign-in")
    assert (response.status_code, response.json()["code"]) == (409, "SJ-4091")
    assert (await desk.get("/event-types/sign-in"))["built_in"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_type_is_404(desk: Desk, method: str) -> None:
    response = await desk.ask(method, "/event-types/nothing", *([{}] if method == "PATCH" else []))
    assert (response.status_code, response.json()["code"]) == (404, "SJ-4041")


@pytest.mark.parametrize(
    ("fields", "loc", "code"),
    [
        ({"id": "Tea Brewed"}, ["id"], "rule"),
        ({"id": "x" * 129}, ["id"], "too-long"),
        ({"title": ""}, ["title"], "shape"),
        ({"copies": {"data.nowhere": "leaf"}}, ["copies", "data.nowhere"], "rule"),
        ({"defaults": {"data.ec.product.price": "much"}}, ["defaults", "data.ec.product.price"], "rule"),
        ({"profile_takes": {"data.pii": "set"}}, ["profile_takes", "data.pii"], "rule"),
        ({"profile_takes": {"traits": "multiply"}}, ["profile_takes"], "invalid"),
        ({"effects": [{"op": "increment", "target": "profile@id"}]}, ["effects", 0, "target"], "rule"),
        ({"effects": [{"op": "increment", "target": "profile@traits.a"}] * 201}, ["effects"], "too-many"),
        ({"journey": "lunch"}, ["journey"], "invalid"),
        ({"tags": ["x"] * 101}, ["tags"], "too-many"),
        ({"example": {"leaf": "x" * 9000}}, ["example", "leaf"], "limit.string"),
        ({"masks": [{"property": "leaf", "keep": "all"}]}, ["masks", 0, "keep"], "invalid"),
        ({"colour": "green"}, ["colour"], "unknown"),
    ],
)
async def test_what_cannot_be_a_type_is_named(desk: Desk, fields: dict[str, Any], loc: list[Any], code: str) -> None:
    response = await desk.ask("POST", "/event-types", {**TYPE, **fields})
    errors = response.json()["errors"]
    assert response.status_code == 422
    assert (["body", *loc], code) in [(error["loc"], error["code"]) for error in errors]
    assert desk.parts.catalog.event_types() == ()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_there_are_no_more_own_types_than_the_server_allows(method: str) -> None:
    async with a_desk(limits=Limits(own_event_types_max=1)) as desk:
        await desk.made("/event-types", TYPE)
        path, body = {
            "POST": ("/event-types", {**TYPE, "id": "second"}),
            "PUT": ("/event-types/second", {"title": "Second"}),
            "PATCH": ("/event-types/sign-in", {"title": "Second"}),
        }[method]
        response = await desk.ask(method, path, body)
        assert (response.status_code, response.json()["code"]) == (409, "SJ-4091")
        assert (await desk.ask("PUT", "/event-types/tea-brewed", TYPE)).status_code == 200
