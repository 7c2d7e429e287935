"""Redirects lead to web addresses and belong to sources that take them."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.sources import Source
from tests.http.manage.desk import Desk

LINK = {
    "id": "spring",
    "name": "Spring",
    "source": "links",
    "url": "https://shop.example/spring?a=1#top",
    "event_type": "link-followed",
    "properties": {"campaign": "payload@params.c", "fixed": [1, None]},
}


@pytest.fixture(autouse=True)
async def _sources(desk: Desk) -> None:
    await desk.parts.catalog.add_source(Source(id="links", name="Links", type=("redirect",)))
    await desk.parts.catalog.add_source(Source(id="web", name="Web"))


async def test_a_redirect_is_made_and_read_back(desk: Desk) -> None:
    assert await desk.made("/redirects", LINK) == LINK
    assert await desk.get("/redirects/spring") == LINK


async def test_a_redirect_without_an_id_gets_a_uuid(desk: Desk) -> None:
    made = await desk.made("/redirects", {name: value for name, value in LINK.items() if name != "id"})
    assert len(made["id"]) == 36


async def test_an_id_that_exists_is_a_conflict(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    assert (await desk.ask("POST", "/redirects", LINK)).status_code == 409


async def test_put_makes_what_is_not_there_and_replaces_what_is(desk: Desk) -> None:
    made = await desk.ask("PUT", "/redirects/spring", LINK)
    replaced = await desk.ask("PUT", "/redirects/spring", {**LINK, "name": "Summer"})
    assert (made.status_code, replaced.status_code) == (201, 200)
    assert (await desk.get("/redirects/spring"))["name"] == "Summer"


async def test_patch_merges_into_properties_and_null_removes(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    response = await desk.ask("PATCH", "/redirects/spring", {"properties": {"campaign": None, "more": True}})
    assert response.json()["properties"] == {"fixed": [1, None], "more": True}


async def test_null_in_a_patch_sets_the_default(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    response = await desk.ask("PATCH", "/redirects/spring", {"properties": None})
    assert response.json() == {**LINK, "properties": {}}


async def test_an_id_never_changes(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    assert (await desk.ask("PATCH", "/redirects/spring", {"id": "autumn"})).status_code == 422


async def test_a_removed_redirect_is_gone(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    assert (await desk.ask("DELETE", "/redirects/spring")).status_code == 204
    assert (await desk.ask("GET", "/redirects/spring")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_redirect_is_404(desk: Desk, method: str) -> None:
    response = await desk.ask(method, "/redirects/nowhere", *([{}] if method == "PATCH" else []))
    assert response.status_code == 404


async def test_redirects_are_listed_by_id(desk: Desk) -> None:
    for redirect_id in ("b", "a"):
        await desk.made("/redirects", {**LINK, "id": redirect_id})
    assert [item["id"] for item in (await desk.get("/redirects"))["items"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"source": "nowhere"}, "source", "unknown-source"),
        ({"source": "web"}, "source", "source-type"),
        ({"url": "javascript:alert(1)"}, "url", "url"),
        ({"url": "ftp://shop.example"}, "url", "url"),
        ({"url": "//shop.example"}, "url", "url"),
        ({"url": "https://"}, "url", "url"),
        ({"url": "https://shop.example/\r\nSet-Cookie: a=b"}, "url", "url"),
        ({"url": "https://shop.example/a b"}, "url", "url"),
        ({"url": "https://[::1"}, "url", "url"),
        ({"url": "https://shop.example/" + "a" * 8192}, "url", "too-long"),
        ({"url": "https://münchen.example/"}, "url", "url"),
        ({"url": "https://shop.example/" + "ü" * 2000}, "url", "too-long"),
        ({"event_type": " "}, "event_type", "shape"),
        ({"event_type": "a\u202eb"}, "event_type", "shape"),
        ({"event_type": "t" * 201}, "event_type", "too-long"),
        ({"event_type": "İ" * 200}, "event_type", "too-long"),
        ({"properties": []}, "properties", "invalid"),
        ({"tags": []}, "tags", "unknown"),
        ({"name": ""}, "name", "shape"),
        ({"id": "@x"}, "id", "reserved"),
    ],
)
async def test_what_cannot_be_a_redirect_is_named(desk: Desk, fields: dict[str, Any], field: str, code: str) -> None:
    response = await desk.ask("POST", "/redirects", {**LINK, **fields})
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["code"]) == (422, ["body", field], code)
    assert desk.parts.catalog.redirects() == ()


async def test_a_redirect_that_has_outlived_its_source_can_be_changed(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    await desk.parts.catalog.remove_source("links")
    patched = await desk.ask("PATCH", "/redirects/spring", {"name": "Summer"})
    replaced = await desk.ask("PUT", "/redirects/spring", {**LINK, "name": "Autumn"})
    assert (patched.status_code, replaced.status_code) == (200, 200)


async def test_a_change_to_another_source_needs_that_one_to_be_there(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    response = await desk.ask("PATCH", "/redirects/spring", {"source": "nowhere"})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "unknown-source")


@pytest.mark.parametrize(
    ("properties", "loc", "code"),
    [
        ({"": 1}, ["properties"], "limit.key"),
        ({"text": "x" * 9_000}, ["properties", "text"], "limit.string"),
        ({f"key{number}": 1 for number in range(600)}, ["properties"], "limit.keys"),
        ({"most": 10**30}, ["properties", "most"], "limit.number"),
    ],
)
async def test_properties_that_no_event_may_have_are_declined(
    desk: Desk, properties: dict[str, Any], loc: list[str], code: str
) -> None:
    response = await desk.ask("POST", "/redirects", {**LINK, "properties": properties})
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["code"]) == (422, ["body", *loc], code)


async def test_an_address_is_kept_as_it_fits_into_a_header(desk: Desk) -> None:
    made = await desk.made("/redirects", {**LINK, "url": "https://shop.example/ü?q=%C3%A4&r=ä#ö"})
    assert made["url"] == "https://shop.example/%C3%BC?q=%C3%A4&r=%C3%A4#%C3%B6"


async def test_a_name_that_a_redirect_does_not_have_cannot_be_patched_away(desk: Desk) -> None:
    await desk.made("/redirects", LINK)
    response = await desk.ask("PATCH", "/redirects/spring", {"colour": None})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "unknown")
