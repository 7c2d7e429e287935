"""How the server is doing, and what bounds it has, is told without a token."""

from __future__ import annotations

import pytest

from sojourn.core.limits import Limits, PayloadLimits
from sojourn.stores.memory import MemoryStore
from tests.http.manage.desk import VERSION, Desk, a_desk


class LaggingStore(MemoryStore):
    """A store with something to tell."""

    def lag_bytes(self) -> int:
        return 42


class FullStore(MemoryStore):
    """A store that cannot write."""

    def failure(self) -> str | None:
        return "The disk is full."


async def test_the_process_is_alive_whatever_the_store_says() -> None:
    async with a_desk(health=FullStore(), ready=lambda: "The server is starting.") as desk:
        assert await desk.get("//healthz", token=None) == {"status": "alive"}


async def test_a_ready_server_tells_how_far_reading_lags() -> None:
    async with a_desk(health=LaggingStore()) as desk:
        assert await desk.get("//readyz", token=None) == {"status": "ready", "lag_bytes": 42}


async def test_a_server_that_is_not_ready_says_why() -> None:
    async with a_desk(ready=lambda: "The server is starting.") as desk:
        response = await desk.ask("GET", "//readyz", token=None)
    assert (response.status_code, response.json()["code"]) == (503, "SJ-5033")
    assert response.json()["detail"] == "The server is starting."
    assert response.headers["retry-after"] == "1"


async def test_a_store_that_cannot_write_makes_the_server_unready() -> None:
    async with a_desk(health=FullStore()) as desk:
        response = await desk.ask("GET", "//readyz", token=None)
    assert (response.status_code, response.json()["detail"]) == (503, "The disk is full.")


async def test_metrics_are_handed_out_as_they_are() -> None:
    async with a_desk(metrics=lambda: b"events_total 1\n") as desk:
        response = await desk.ask("GET", "//metrics", token=None)
    assert response.content == b"events_total 1\n"
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_the_version_is_told(desk: Desk) -> None:
    assert await desk.get("//version", token=None) == {"name": "sojourn", "version": VERSION}


async def test_every_limit_has_a_value_a_unit_and_a_meaning(desk: Desk) -> None:
    told = await desk.get("//limits", token=None)
    names = {name for name in Limits.__struct_fields__ if name not in ("public", "server", "rates")}
    assert names <= told.keys()
    assert {f"server.{name}" for name in PayloadLimits.__struct_fields__} <= told.keys()
    assert [name for name, limit in told.items() if not limit["unit"] or not limit["description"]] == []


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("public.body_bytes_max", 1_048_576, "bytes"),
        ("server.events_max", 2_000, "events"),
        ("rates.ip_requests_burst", 200, "requests"),
        ("rate_loopback", False, "true or false"),
        ("retry_after_s", 1, "seconds"),
    ],
)
async def test_a_limit_is_told_in_its_unit(desk: Desk, name: str, value: object, unit: str) -> None:
    limit = (await desk.get("//limits", token=None))[name]
    assert (limit["value"], limit["unit"]) == (value, unit)


async def test_limits_are_those_of_this_server() -> None:
    async with a_desk(limits=Limits(public=PayloadLimits(events_max=7))) as desk:
        assert (await desk.get("//limits", token=None))["public.events_max"]["value"] == 7


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/version", "/limits"])
async def test_a_monitor_may_ask_for_the_head_alone(desk: Desk, path: str) -> None:
    whole, head = await desk.http.get(path), await desk.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers


async def test_a_parameter_to_get_past_caches_does_no_harm(desk: Desk) -> None:
    assert (await desk.http.get("/healthz?now=1")).status_code == 200


async def test_a_browser_at_the_root_is_told_what_this_is(desk: Desk) -> None:
    page = await desk.http.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert page.text.startswith(f"This is Sojourn {VERSION}")
    assert "curl http://sojourn.test/track" in page.text


async def test_the_page_repeats_no_host_that_a_shell_could_take_for_more(desk: Desk) -> None:
    page = await desk.http.get("/", headers={"Host": "a;reboot"})
    assert "reboot" not in page.text
