"""Deny by default: each route opens to the scope that it declares, to admin, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import get
from litestar.exceptions import ImproperlyConfiguredException

from sojourn.core.limits import Limits
from sojourn.core.sources import SCOPES
from sojourn.http.manage.app import API_HANDLERS, ROOT_HANDLERS, routed
from sojourn.http.manage.rights import PUBLIC, Route, routes_of
from tests.http.manage.desk import ADMIN, Desk, a_desk, token_of
from tests.tidy.repository import ROOT

ROUTES = tuple(routes_of(routed(API_HANDLERS, ROOT_HANDLERS)))
PROTECTED = tuple(route for route in ROUTES if route.needs != PUBLIC)
PUBLIC_ROUTES = tuple(route for route in ROUTES if route.needs == PUBLIC)
NAMES = tuple(scope.name for scope in SCOPES)


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


async def ask(desk: Desk, route: Route, token: str | None, **request: Any) -> int:
    """Ask a route about things that do not exist."""
    path = re.sub(r"\{\w+\}", "nobody", route.path)
    response = await desk.ask(route.method, f"//{path.removeprefix('/')}", token=token, **request)
    return response.status_code


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Without seats, the live feed answers at once instead of going on for ever."""
    async with a_desk(limits=Limits(live_viewers_max=0)) as opened:
        yield opened


@pytest.mark.parametrize("route", PROTECTED, ids=named)
async def test_a_protected_route_is_closed_without_a_valid_token(desk: Desk, route: Route) -> None:
    tokens = [None, "", "wrong", ADMIN[:-1], ADMIN + "x"]
    assert [await ask(desk, route, token) for token in tokens] == [401] * len(tokens)


@pytest.mark.parametrize("route", PROTECTED, ids=named)
async def test_a_protected_route_opens_to_its_scope_and_to_admin_only(desk: Desk, route: Route) -> None:
    statuses = {scope: await ask(desk, route, token_of(scope)) for scope in NAMES}
    assert {scope for scope, status in statuses.items() if status not in (401, 403)} == {route.needs, "admin"}
    assert 401 not in statuses.values()


@pytest.mark.parametrize("route", PROTECTED, ids=named)
async def test_the_token_of_the_environment_opens_everything(desk: Desk, route: Route) -> None:
    assert await ask(desk, route, ADMIN) not in (401, 403)


@pytest.mark.parametrize("route", PUBLIC_ROUTES, ids=named)
async def test_a_public_route_asks_for_no_token(desk: Desk, route: Route) -> None:
    assert await ask(desk, route, None) == 200


def test_what_is_public_is_a_short_list() -> None:
    assert {route.path for route in PUBLIC_ROUTES} == {"/", "/healthz", "/readyz", "/limits", "/metrics", "/version"}


def test_the_page_on_security_names_all_that_is_public() -> None:
    page = (ROOT / "SECURITY.md").read_text()
    assert [route.path for route in PUBLIC_ROUTES if f"`{route.path}`" not in page] == []


def test_every_route_under_the_api_is_protected() -> None:
    assert [named(route) for route in PUBLIC_ROUTES if route.path.startswith("/api")] == []


def test_only_erasing_erases() -> None:
    assert [named(route) for route in ROUTES if route.needs == "erase"] == ["DELETE /api/v1/profiles/{profile_id}"]


def test_reading_changes_nothing() -> None:
    with_bodies = [named(route) for route in ROUTES if route.needs == "read" and route.method != "GET"]
    assert with_bodies == [
        "POST /api/v1/event-types/{type_id}/contract/from-observed",
        "POST /api/v1/mappings/dry-run",
    ]


def test_keys_are_for_admins() -> None:
    assert {route.needs for route in ROUTES if "/keys" in route.path} == {"admin"}


@pytest.mark.parametrize("declared", [{}, {"needs": "everything"}, {"needs": None}])
def test_a_route_that_declares_no_scope_keeps_the_application_from_starting(declared: dict[str, Any]) -> None:
    @get("/leak", **declared)
    async def leak() -> None: ...

    with pytest.raises(ImproperlyConfiguredException, match="declares no scope"):
        routed((*API_HANDLERS, leak), ROOT_HANDLERS)


@pytest.mark.parametrize("route", [route for route in PROTECTED if "body" in route.handler.opt], ids=named)
async def test_a_body_is_not_read_before_the_token_is(desk: Desk, route: Route) -> None:
    assert await ask(desk, route, None, content=b"{") == 401
    assert await ask(desk, route, token_of("erase"), content=b"{") == 403


async def test_a_closed_door_says_how_to_open_it(desk: Desk) -> None:
    response = await desk.ask("GET", "/sources", token=None)
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", [f"Basic {ADMIN}", ADMIN, "Bearer", "Bearer ", f"Token {ADMIN}", f"Bearer {ADMIN} {ADMIN}"]
)
async def test_only_the_bearer_scheme_counts(desk: Desk, header: str) -> None:
    response = await desk.ask("GET", "/sources", token=None, headers={"Authorization": header})
    assert response.status_code == 401


async def test_the_scheme_is_written_in_any_case(desk: Desk) -> None:
    response = await desk.ask("GET", "/sources", token=None, headers={"Authorization": f"bearer {ADMIN}"})
    assert response.status_code == 200


async def test_a_token_in_the_url_is_no_token(desk: Desk) -> None:
    response = await desk.ask("GET", "/sources", token=None, params={"token": ADMIN, "access_token": ADMIN})
    assert response.status_code == 401


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 401), (token_of("read"), 204)])
async def test_which_methods_a_path_has_is_told_to_the_holder_of_a_token(
    desk: Desk, token: str | None, status: int
) -> None:
    assert (await desk.ask("OPTIONS", "/sources", token=token)).status_code == status
