"""Sources can be made, read, changed and removed; a secret is shown once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sojourn.core.sources import VISIT_TIMEOUT_S_MAX, Source
from sojourn.stores.memory import MemoryCatalog
from tests.http.manage.desk import Desk, a_desk, digest, document

DEFAULTS = {
    "type": ["rest"],
    "enabled": True,
    "channel": None,
    "ephemeral": False,
    "static_profile_id": False,
    "identity": "careful",
    "passes_to": [],
    "bare_pass": False,
    "bots": "drop",
    "ip": "truncate",
    "visit_timeout_s": None,
    "historical_time": True,
    "origins": ["*"],
    "returns_profile": False,
    "debug": False,
    "trust": "public",
    "webhook": {"generate_profile": False, "sticky_session": True, "replace_profile_id": None},
}


async def test_a_source_is_made_with_every_default(desk: Desk) -> None:
    assert await desk.made("/sources", {"id": "web", "name": "Web"}) == {"id": "web", "name": "Web", **DEFAULTS}


async def test_a_source_without_an_id_gets_a_uuid(desk: Desk) -> None:
    source = await desk.made("/sources", {"name": "Web"})
    assert len(source["id"]) == 36
    assert await desk.get(f"/sources/{source['id']}") == source


async def test_a_new_source_is_known_to_the_next_request(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    assert desk.parts.catalog.source("web") is not None


async def test_an_id_that_exists_is_a_conflict(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    response = await desk.ask("POST", "/sources", {"id": "web", "name": "Another"})
    assert (response.status_code, response.json()["code"]) == (409, "SJ-4090")
    assert (await desk.get("/sources/web"))["name"] == "Web"


async def test_put_makes_what_is_not_there_and_replaces_what_is(desk: Desk) -> None:
    made = await desk.ask("PUT", "/sources/web", {"name": "Web", "channel": "site"})
    replaced = await desk.ask("PUT", "/sources/web", {"id": "web", "name": "Web 2"})
    assert (made.status_code, replaced.status_code) == (201, 200)
    assert replaced.json() == {"id": "web", "name": "Web 2", **DEFAULTS}


async def test_put_twice_leaves_the_same_source(desk: Desk) -> None:
    body = {"name": "Web", "bots": "keep"}
    first = await desk.ask("PUT", "/sources/web", body)
    assert (await desk.ask("PUT", "/sources/web", body)).json() == first.json()


async def test_patch_changes_only_what_it_names(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web", "channel": "site"})
    response = await desk.ask("PATCH", "/sources/web", {"enabled": False, "webhook": {"generate_profile": True}})
    webhook = {**DEFAULTS["webhook"], "generate_profile": True}  # type: ignore[dict-item]  # It is an object.
    expected = {"id": "web", "name": "Web", **DEFAULTS, "channel": "site", "enabled": False, "webhook": webhook}
    assert (response.status_code, response.json()) == (200, expected)
    assert await desk.get("/sources/web") == expected


async def test_null_in_a_patch_sets_the_default(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web", "bots": "keep", "channel": "site", "debug": True})
    response = await desk.ask("PATCH", "/sources/web", {"bots": None, "channel": None, "debug": None})
    assert response.json() == {"id": "web", "name": "Web", **DEFAULTS}


@pytest.mark.parametrize(
    ("patch", "loc"),
    [({"colour": None}, ["body", "colour"]), ({"webhook": {"colour": None}}, ["body", "webhook", "colour"])],
)
async def test_null_names_only_what_there_is(desk: Desk, patch: dict[str, Any], loc: list[str]) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    response = await desk.ask("PATCH", "/sources/web", patch)
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["code"]) == (422, loc, "unknown")


async def test_a_name_has_no_default_to_go_back_to(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    response = await desk.ask("PATCH", "/sources/web", {"name": None})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["body", "name"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_an_id_never_changes(desk: Desk, method: str) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    response = await desk.ask(method, "/sources/web", {"id": "other", "name": "Web"})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "immutable")


class SlowCatalog(MemoryCatalog):
    """Writes that give others the time to come between."""

    async def put_source(self, source: Source) -> bool:
        await asyncio.sleep(0.01)
        return await super().put_source(source)


async def test_changes_of_one_source_do_not_cross() -> None:
    async with a_desk(catalog=SlowCatalog()) as desk:
        await desk.made("/sources", {"id": "web", "name": "Web"})
        patches = [{"enabled": False}, {"channel": "site"}, {"debug": True}]
        await asyncio.gather(*(desk.ask("PATCH", "/sources/web", patch) for patch in patches))
        source = await desk.get("/sources/web")
    assert (source["enabled"], source["channel"], source["debug"]) == (False, "site", True)


async def test_a_removed_source_is_gone(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    response = await desk.ask("DELETE", "/sources/web")
    assert (response.status_code, response.content) == (204, b"")
    assert (await desk.ask("GET", "/sources/web")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_source_is_404(desk: Desk, method: str) -> None:
    response = await desk.ask(method, "/sources/nobody", *([{}] if method == "PATCH" else []))
    assert (response.status_code, response.json()["code"]) == (404, "SJ-4041")


async def test_removing_a_source_leaves_its_redirects(desk: Desk) -> None:
    await desk.made("/sources", {"id": "links", "name": "Links", "type": ["redirect"]})
    link = {"id": "r", "name": "R", "source": "links", "url": "https://a.example", "event_type": "followed"}
    await desk.made("/redirects", link)
    await desk.ask("DELETE", "/sources/links")
    assert (await desk.get("/redirects/r"))["source"] == "links"


async def test_sources_are_listed_by_id(desk: Desk) -> None:
    for source_id in ("b", "c", "a"):
        await desk.made("/sources", {"id": source_id, "name": source_id})
    listing = await desk.get("/sources")
    assert [source["id"] for source in listing["items"]] == ["a", "b", "c"]
    assert listing["next"] is None


async def test_a_list_of_sources_goes_on_where_the_page_ended(desk: Desk) -> None:
    for number in range(5):
        await desk.made("/sources", {"id": f"s{number}", "name": "x"})
    seen, cursor = [], None
    while True:
        page = await desk.get("/sources", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [source["id"] for source in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["s0", "s1", "s2", "s3", "s4"]


@pytest.mark.parametrize(
    ("fields", "loc", "code"),
    [
        ({}, ["body", "name"], "missing"),
        ({"name": " "}, ["body", "name"], "shape"),
        ({"name": 5}, ["body", "name"], "invalid"),
        ({"name": "x", "colour": "red"}, ["body", "colour"], "unknown"),
        ({"name": "x", "webhook": {"colour": "red"}}, ["body", "webhook", "colour"], "unknown"),
        ({"name": "x", "webhook": []}, ["body", "webhook"], "invalid"),
        ({"name": "x", "webhook": {"sticky_session": 1}}, ["body", "webhook", "sticky_session"], "invalid"),
        ({"name": "x", "type": ["rest", "imap"]}, ["body", "type", 1], "invalid"),
        ({"name": "x", "type": []}, ["body", "type"], "empty"),
        ({"name": "x", "enabled": "yes"}, ["body", "enabled"], "invalid"),
        ({"name": "x", "visit_timeout_s": 0}, ["body", "visit_timeout_s"], "invalid"),
        ({"name": "x", "visit_timeout_s": -1}, ["body", "visit_timeout_s"], "invalid"),
        ({"name": "x", "visit_timeout_s": 10**15}, ["body", "visit_timeout_s"], "invalid"),
        ({"name": "x", "visit_timeout_s": 10**30}, ["body", "visit_timeout_s"], "invalid"),
        ({"name": "x", "channel": ""}, ["body", "channel"], "shape"),
        ({"name": "x", "channel": "c" * 100_000}, ["body", "channel"], "too-long"),
        ({"name": "x", "origins": ["https://a.example/path"]}, ["body", "origins", 0], "origin"),
        ({"name": "x", "origins": ["*", "a.example"]}, ["body", "origins", 1], "origin"),
        ({"name": "x", "origins": ["https://A.example"]}, ["body", "origins", 0], "origin"),
        ({"name": "x", "id": "@inner"}, ["body", "id"], "reserved"),
        ({"name": "x", "id": ""}, ["body", "id"], "shape"),
        ({"name": "x", "id": " web"}, ["body", "id"], "shape"),
        ({"name": "x", "id": "a\nb"}, ["body", "id"], "shape"),
        ({"name": "x", "id": "a\u202eb"}, ["body", "id"], "shape"),
        ({"name": "x", "id": ".."}, ["body", "id"], "shape"),
        ({"name": "x", "id": "ä" * 65}, ["body", "id"], "too-long"),
    ],
)
async def test_what_cannot_be_a_source_is_named(desk: Desk, fields: dict[str, Any], loc: list[Any], code: str) -> None:
    response = await desk.ask("POST", "/sources", fields)
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["code"]) == (422, loc, code)
    assert desk.parts.catalog.sources() == ()


async def test_every_fault_of_a_body_is_told_at_once(desk: Desk) -> None:
    response = await desk.ask("POST", "/sources", {"colour": "red", "enabled": "yes", "bots": "eat"})
    assert {tuple(error["loc"]) for error in response.json()["errors"]} == {
        ("body", "colour"),
        ("body", "name"),
        ("body", "enabled"),
        ("body", "bots"),
    }


async def test_a_fault_does_not_repeat_the_value(desk: Desk) -> None:
    response = await desk.ask("POST", "/sources", {"name": "x", "bots": "mail@example.com", "identity": "hush"})
    assert "mail@example.com" not in response.text
    assert "hush" not in response.text


@pytest.mark.parametrize("origin", ["*", "https://shop.example", "http://localhost:3000", "capacitor://localhost"])
async def test_origins_as_browsers_send_them_are_taken(desk: Desk, origin: str) -> None:
    assert (await desk.made("/sources", {"name": "x", "origins": [origin]}))["origins"] == [origin]


async def test_an_id_with_a_slash_is_reached_percent_encoded(desk: Desk) -> None:
    await desk.made("/sources", {"id": "shops/berlin 1", "name": "Berlin"})
    assert (await desk.get("/sources/shops%2Fberlin%201"))["id"] == "shops/berlin 1"


async def test_a_server_source_shows_its_secret_once(desk: Desk) -> None:
    made = await desk.made("/sources", {"id": "back", "name": "Backend", "trust": "server"})
    assert made["secret"].startswith("sk_")
    assert "secret" not in await desk.get("/sources/back")
    assert "secret" not in (await desk.get("/sources"))["items"][0]


async def test_only_the_digest_of_a_secret_is_kept(desk: Desk) -> None:
    made = await desk.made("/sources", {"id": "back", "name": "Backend", "trust": "server"})
    assert desk.parts.catalog.source_secret("back") == digest(made["secret"])


async def test_a_public_source_has_no_secret(desk: Desk) -> None:
    assert "secret" not in await desk.made("/sources", {"id": "web", "name": "Web"})
    assert desk.parts.catalog.source_secret("web") is None


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_source_that_becomes_a_server_gets_a_secret(desk: Desk, method: str) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    changed = (await desk.ask(method, "/sources/web", {"name": "Web", "trust": "server"})).json()
    assert desk.parts.catalog.source_secret("web") == digest(changed["secret"])


async def test_put_makes_a_server_source_with_its_secret(desk: Desk) -> None:
    response = await desk.ask("PUT", "/sources/back", {"name": "Backend", "trust": "server"})
    assert response.status_code == 201
    assert desk.parts.catalog.source_secret("back") == digest(response.json()["secret"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_server_source_keeps_its_secret_when_it_changes(desk: Desk, method: str) -> None:
    made = await desk.made("/sources", {"id": "back", "name": "Backend", "trust": "server"})
    changed = await desk.ask(method, "/sources/back", {"name": "New name", "trust": "server"})
    assert "secret" not in changed.json()
    assert desk.parts.catalog.source_secret("back") == digest(made["secret"])


async def test_an_old_secret_does_not_come_back_with_the_trust(desk: Desk) -> None:
    first = await desk.made("/sources", {"id": "back", "name": "Backend", "trust": "server"})
    await desk.ask("PATCH", "/sources/back", {"trust": "public"})
    second = (await desk.ask("PATCH", "/sources/back", {"trust": "server"})).json()
    assert second["secret"] != first["secret"]
    assert desk.parts.catalog.source_secret("back") == digest(second["secret"])


async def test_a_rotated_secret_replaces_the_one_before(desk: Desk) -> None:
    first = await desk.made("/sources", {"id": "back", "name": "Backend", "trust": "server"})
    response = await desk.ask("POST", "/sources/back/secret")
    assert response.status_code == 200
    assert response.json()["secret"] != first["secret"]
    assert desk.parts.catalog.source_secret("back") == digest(response.json()["secret"])


async def test_a_public_source_has_no_secret_to_rotate(desk: Desk) -> None:
    await desk.made("/sources", {"id": "web", "name": "Web"})
    response = await desk.ask("POST", "/sources/web/secret")
    assert (response.status_code, response.json()["code"]) == (409, "SJ-4091")


async def test_an_unknown_source_has_no_secret_to_rotate(desk: Desk) -> None:
    assert (await desk.ask("POST", "/sources/nobody/secret")).status_code == 404


def test_the_contract_tells_how_long_a_visit_may_pause() -> None:
    [seconds, _] = document()["components"]["schemas"]["SourceFields"]["properties"]["visit_timeout_s"]["anyOf"]
    assert seconds == {"type": "integer", "minimum": 1, "maximum": VISIT_TIMEOUT_S_MAX}
