"""What every path answers to beside its own methods: `HEAD`, as `GET` without a body, and `OPTIONS`."""

from __future__ import annotations

import pytest

from sojourn.http.manage.app import API_HANDLERS, ROOT_HANDLERS, routed
from sojourn.http.manage.rights import routes_of
from tests.http.manage.desk import Desk

READABLE = [
    route.path
    for route in routes_of(routed(API_HANDLERS, ROOT_HANDLERS))
    if route.method == "GET" and "{" not in route.path
]
PUBLIC_PATHS = ["//", "//healthz", "//readyz", "//metrics", "//version", "//limits"]


@pytest.mark.parametrize("path", READABLE)
async def test_a_head_is_what_a_get_is_without_its_body(desk: Desk, path: str) -> None:
    response = await desk.ask("HEAD", f"/{path}")
    assert (response.status_code, response.content) == (200, b"")


async def test_the_head_of_an_answer_tells_its_length_and_its_kind(desk: Desk) -> None:
    head, whole = await desk.ask("HEAD", "/sources"), await desk.ask("GET", "/sources")
    for name in ("content-length", "content-type"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 401)])
async def test_a_head_asks_for_the_same_rights(desk: Desk, token: str | None, status: int) -> None:
    assert (await desk.ask("HEAD", "/sources", token=token)).status_code == status


async def test_there_is_no_head_where_there_is_nothing_to_get(desk: Desk) -> None:
    response = await desk.ask("HEAD", "/quarantine/one/replay")
    assert (response.status_code, set(response.headers["allow"].split(", "))) == (405, {"OPTIONS", "POST"})


@pytest.mark.parametrize("path", PUBLIC_PATHS)
async def test_a_path_for_everybody_tells_everybody_its_methods(desk: Desk, path: str) -> None:
    response = await desk.ask("OPTIONS", path, token=None)
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
