"""The load tool sends what it says, and counts what it gets; shown against a small server that counts for itself."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sojourn.bench.payloads import VARIANTS
from sojourn.bench.scenarios import matrix, whole_matrix
from sojourn.bench.visitors import prepared_person
from sojourn.builtin import built_in_types
from tests.tidy.repository import ROOT

PEOPLE = 40


class CountingServer:
    """Answers every request as it was told to, and remembers what was asked."""

    def __init__(self, status_of: Callable[[int], int] = lambda _: 200) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.connections = 0
        self._status_of = status_of

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                payload = json.loads(await reader.readexactly(length))
                self.payloads.append(payload)
                status = self._status_of(len(self.payloads))
                self.statuses.append(status)
                if status == 0:
                    return
                writer.write(self._answer(status, payload))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, status: int, payload: dict[str, Any]) -> bytes:
        answer = {"profile": {"id": profile_id(len(self.payloads))}, "session": payload["session"]}
        body = json.dumps(answer).encode()
        return (
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )


def profile_id(number: int) -> str:
    """The id that the server gives in its answer to that request."""
    return f"profile-{number:028}"


class Tool:
    """The load tool as a process of its own, turned to one server."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, **job: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        result: dict[str, Any] = json.loads(line)
        return result

    async def send(self, *, connections: int = 4, seconds: float = 0.3, **scenario: Any) -> dict[str, Any]:
        whole = {"connections": connections, "events": 1, "people": "new", **scenario}
        return await self.do(type="round", scenario=whole, seconds=seconds)


@asynccontextmanager
async def tool_at(server: CountingServer, *, people: int = 0, plain_people: int = 0) -> AsyncIterator[Tool]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sojourn.bench.load", stdin=pipe, stdout=pipe, cwd=ROOT
    )
    try:
        tool = Tool(process)
        port = listening.sockets[0].getsockname()[1]
        await tool.do(type="target", host="127.0.0.1", port=port, source="S", people=people, plain_people=plain_people)
        yield tool
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0
        listening.close()
        await listening.wait_closed()


async def test_every_answer_with_200_is_counted_and_nothing_else() -> None:
    server = CountingServer(lambda number: 503 if number % 5 == 0 else 200)
    async with tool_at(server) as tool:
        answers = await tool.send()
    assert answers["requests"] == server.statuses.count(200) > 0
    assert answers["refused"] == {"503": server.statuses.count(503)}
    assert answers["broken"] == 0


async def test_a_connection_that_is_lost_counts_as_broken() -> None:
    server = CountingServer(lambda number: 0 if number == 10 else 200)
    async with tool_at(server) as tool:
        answers = await tool.send()
    assert answers["broken"] == 1
    assert answers["requests"] == server.statuses.count(200)


async def test_the_connections_stay_open_from_round_to_round() -> None:
    server = CountingServer()
    async with tool_at(server) as tool:
        await tool.send(connections=4, seconds=0.1)
        await tool.send(connections=4, seconds=0.1)
    assert server.connections == 4


async def test_newcomers_have_a_session_of_their_own_and_no_profile() -> None:
    server = CountingServer()
    async with tool_at(server) as tool:
        await tool.send(people="new")
    sessions = [payload["session"]["id"] for payload in server.payloads]
    assert len(set(sessions)) == len(sessions)
    assert not any("profile" in payload for payload in server.payloads)
    assert all("browser" in payload["context"] for payload in server.payloads)


async def test_people_return_with_the_ids_that_they_were_given() -> None:
    server = CountingServer()
    async with tool_at(server, people=PEOPLE) as tool:
        given = {(p["session"]["id"], profile_id(number)) for number, p in enumerate(server.payloads, start=1)}
        met = len(server.payloads)
        await tool.send(people="returning")
    returning = [(payload["session"]["id"], payload["profile"]["id"]) for payload in server.payloads[met:]]
    assert len(returning) > PEOPLE
    assert set(returning) == given


async def test_whom_the_server_would_not_let_in_is_told_with_those_who_were_met() -> None:
    server = CountingServer(lambda number: 503 if number <= 3 else 200)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with tool_at(server) as tool:
        port = listening.sockets[0].getsockname()[1]
        met = await tool.do(type="target", host="127.0.0.1", port=port, source="S", people=PEOPLE)
    listening.close()
    assert met["people"] >= PEOPLE
    assert met["refused"] == {"503": 3}


async def test_the_hot_person_comes_as_often_as_was_asked() -> None:
    server = CountingServer()
    async with tool_at(server, people=PEOPLE) as tool:
        met = len(server.payloads)
        await tool.send(people="returning", hot_share=0.5)
    profiles = [payload["profile"]["id"] for payload in server.payloads[met:]]
    hottest = max(profiles.count(profile) for profile in set(profiles))
    assert hottest / len(profiles) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("events", [1, 20])
async def test_a_request_carries_as_many_events_as_was_asked(events: int) -> None:
    server = CountingServer()
    async with tool_at(server) as tool:
        await tool.send(events=events, seconds=0.1)
    assert {len(payload["events"]) for payload in server.payloads} == {events}


async def test_no_two_events_carry_the_same_id() -> None:
    server = CountingServer()
    async with tool_at(server) as tool:
        await tool.send(events=3, event_ids=True)
    ids = [event["id"] for payload in server.payloads for event in payload["events"]]
    assert len(server.payloads) > VARIANTS
    assert len(set(ids)) == len(ids)


async def test_a_plain_request_comes_from_no_browser_and_has_no_known_type() -> None:
    server = CountingServer()
    async with tool_at(server) as tool:
        await tool.send(kind="plain", events=5)
    types = {event["type"] for payload in server.payloads for event in payload["events"]}
    assert types.isdisjoint(event_type.id for event_type in built_in_types())
    assert not any("context" in each for payload in server.payloads for each in (payload, *payload["events"]))


async def test_people_of_plain_requests_return_to_those() -> None:
    server = CountingServer()
    async with tool_at(server, people=PEOPLE, plain_people=PEOPLE) as tool:
        plain = {profile_id(number) for number, p in enumerate(server.payloads, start=1) if "context" not in p}
        met = len(server.payloads)
        await tool.send(kind="plain", people="returning")
    assert {payload["profile"]["id"] for payload in server.payloads[met:]} == plain


async def test_among_mixed_people_one_in_five_is_new() -> None:
    server = CountingServer()
    async with tool_at(server, people=PEOPLE) as tool:
        met = len(server.payloads)
        await tool.send(people="mixed")
    new = ["profile" not in payload for payload in server.payloads[met:]]
    assert sum(new) / len(new) == pytest.approx(0.2, abs=0.02)


async def test_people_of_a_prepared_folder_return_without_having_been_met() -> None:
    server = CountingServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with tool_at(server) as tool:
        port = listening.sockets[0].getsockname()[1]
        await tool.do(type="target", host="127.0.0.1", port=port, source="S", people=0, prepared=PEOPLE)
        await tool.send(people="returning")
    listening.close()
    known = {prepared_person(number, PEOPLE)[b"profile"].decode() for number in range(PEOPLE)}
    assert {payload["profile"]["id"] for payload in server.payloads} <= known


def test_the_whole_matrix_has_each_kind_of_traffic_once() -> None:
    scenarios = whole_matrix()
    assert len(set(map(repr, scenarios))) == len(scenarios)
    assert {scenario.events for scenario in scenarios} == {1, 20, 100}
    assert {scenario.people for scenario in scenarios} == {"new", "returning", "mixed"}
    assert any(scenario.hot_share for scenario in scenarios)
    assert set(map(repr, matrix())) <= set(map(repr, scenarios))
