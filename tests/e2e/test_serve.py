"""The server as people run it: started, greeted, asked to stop, started twice on one folder."""

from __future__ import annotations

import asyncio
import re
import shlex
import socket
import subprocess
from pathlib import Path

import httpx2
import pytest

from sojourn.config import Settings
from sojourn.core.limits import Limits
from sojourn.core.sources import Source
from sojourn.serving import SERVER_FILE, running_server
from sojourn.wiring import assembled
from tests.e2e.server import SOJOURN, Server, a_server, add_source


def test_the_first_start_greets_with_a_request_that_works_as_it_is(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        greeting = server.output
        command = re.search(r"^ *(curl (?:.|\\\n)*?\}')", greeting, re.MULTILINE)
        assert command is not None, greeting
        answer = subprocess.run(shlex.split(command[1]), capture_output=True, text=True, check=True)
        assert '"profile":{"id":"' in answer.stdout
        sources = httpx2.get(f"{server.url}/api/v1/sources", headers=server.admin).json()["items"]
        assert len(sources) == 1
        assert sources[0]["id"] in greeting


def test_a_second_start_makes_no_second_source(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        assert server.stop() == 0
        server.start()
        assert len(httpx2.get(f"{server.url}/api/v1/sources", headers=server.admin).json()["items"]) == 1


def test_a_second_server_on_one_folder_is_refused(server: Server) -> None:
    second = subprocess.run(
        [SOJOURN, "serve", "--port", "0", "--data", server.folder],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "in use" in second.stderr


def test_binding_outward_without_an_administrator_is_refused(tmp_path: Path) -> None:
    refused = subprocess.run(
        [SOJOURN, "serve", "--host", "0.0.0.0", "--port", "0", "--data", tmp_path / "data"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert refused.returncode == 2
    assert "SOJOURN_ADMIN_TOKEN" in refused.stderr


def test_a_change_of_a_source_is_in_force_for_the_next_request(server: Server) -> None:
    source = add_source(server)
    payload = {"source": {"id": source}, "session": {"id": "s"}, "events": [{"type": "x"}]}
    for enabled, status in ((False, 401), (True, 200), (False, 401)):
        changed = httpx2.patch(f"{server.url}/api/v1/sources/{source}", json={"enabled": enabled}, headers=server.admin)
        changed.raise_for_status()
        assert httpx2.post(f"{server.url}/track", json=payload).status_code == status


async def test_fifty_parallel_first_requests_make_one_profile_one_session_and_one_visit(server: Server) -> None:
    source = add_source(server)
    payload = {"source": {"id": source}, "session": {"id": "first"}, "events": [{"type": "page-view"}]}
    async with httpx2.AsyncClient(base_url=server.url, headers=server.admin, timeout=30) as http:
        answers = await asyncio.gather(*(http.post("/track", json=payload) for _ in range(50)))
        profiles = {answer.json()["profile"]["id"] for answer in answers}
        assert {answer.status_code for answer in answers} == {200}
        assert len(profiles) == 1
        profile = (await http.get(f"/api/v1/profiles/{profiles.pop()}")).json()
        events = (await http.get("/api/v1/events", params={"source": source, "limit": 1000})).json()["items"]
    assert profile["metadata"]["time"]["visit"]["count"] == 1
    types = [event["type"] for event in events]
    assert types.count("page-view") == 50
    assert [types.count(each) for each in ("profile-created", "session-opened", "visit-started")] == [1, 1, 1]


@pytest.mark.parametrize("requests_in_flight", [1, 40])
async def test_a_server_that_is_told_to_stop_finishes_what_is_in_flight(
    tmp_path: Path, requests_in_flight: int
) -> None:
    with a_server(tmp_path / "data") as server:
        source = add_source(server)
        payload = {"source": {"id": source}, "session": {"id": "s"}, "events": [{"type": "tick"}]}
        async with httpx2.AsyncClient(base_url=server.url, timeout=30) as http:
            sent = [asyncio.create_task(http.post("/track", json=payload)) for _ in range(requests_in_flight)]
            await asyncio.sleep(0.01)
            code = await asyncio.to_thread(server.stop)
            answers = await asyncio.gather(*sent, return_exceptions=True)
        assert code == 0
        statuses = [answer.status_code for answer in answers if isinstance(answer, httpx2.Response)]
        assert set(statuses) <= {200, 503}
        server.start()
        outcomes = httpx2.get(f"{server.url}/api/v1/outcomes", params={"source": source}, headers=server.admin).json()
        assert outcomes["kept"] >= statuses.count(200)


async def test_a_read_sees_what_was_acknowledged_just_before(server: Server) -> None:
    source = add_source(server)
    async with httpx2.AsyncClient(base_url=server.url, headers=server.admin) as http:
        for number in range(20):
            payload = {"source": {"id": source}, "session": {"id": "s"}, "events": [{"type": "n", "id": f"n{number}"}]}
            assert (await http.post("/track", json=payload)).status_code == 200
            assert (await http.get(f"/api/v1/events/n{number}")).status_code == 200


def test_a_killed_server_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        assert running_server(server.folder) is not None
        server.kill()
        assert (server.folder / SERVER_FILE).exists()
        assert running_server(server.folder) is None


def test_a_half_sent_request_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with a_server(tmp_path / "data") as server:
        address = httpx2.URL(server.url)
        with socket.create_connection((address.host, address.port or 0)) as connection:
            connection.sendall(b"POST /track HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
            assert server.stop() == 0
            assert connection.recv(1_000) == b""
        assert "Traceback" not in server.output


def test_a_second_server_on_one_address_fails_and_the_first_goes_on(server: Server, tmp_path: Path) -> None:
    port = str(httpx2.URL(server.url).port)
    second = subprocess.run(
        [SOJOURN, "serve", "--port", port, "--data", tmp_path / "other"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (second.returncode, "Cannot listen" in second.stderr) == (1, True)
    assert httpx2.get(f"{server.url}/readyz").status_code == 200


async def test_a_server_that_begins_to_stop_refuses_new_work_and_says_why(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), limits=Limits(disk_reserve_bytes=1))
    async with assembled(settings, materialise="inline") as sojourn:
        sojourn.begin_to_stop()
        transport = httpx2.ASGITransport(app=sojourn.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
            source = Source(id="S", name="site")
            await sojourn.store.catalog.add_source(source)
            tracked = await http.post("/track", json={"source": {"id": "S"}, "events": [{"type": "x"}]})
            ready = await http.get("/readyz")
    assert (tracked.status_code, tracked.headers["retry-after"]) == (503, "1")
    assert tracked.json()["detail"] == ready.json()["detail"] == "The server is stopping."
    assert ready.status_code == 503
