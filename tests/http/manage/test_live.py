"""The live feed is a stream of server-sent events that resumes, breathes, and ends for a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from sojourn.core.limits import Limits
from sojourn.core.outcomes import Fate
from sojourn.engine.live import LiveEntry, LiveFeed, LiveOutcome
from tests.http.manage.desk import ADMIN, Desk, a_desk, token_of

ENTRY = LiveEntry(
    at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    entry="track",
    status=200,
    source="web",
    count=1,
    outcomes=(LiveOutcome(event=0, id="e1", type="page-view", outcome=Fate.DROPPED, reason="bot"),),
    profile="ann",
    session="s1",
    warnings=("bot",),
)
TOLD = (
    b'data: {"at":"2026-11-24T12:00:00Z","entry":"track","status":200,"source":"web","count":1,"outcomes":'
    b'[{"event":0,"id":"e1","type":"page-view","outcome":"dropped","reason":"bot"}],'
    b'"profile":"ann","session":"s1","errors":[],"warnings":["bot"]}'
)


class Viewer:
    """A browser in front of the feed: what it got, and a way to leave."""

    def __init__(self, desk: Desk, *, token: str | None = ADMIN, query: str = "", last_seen: str | None = None) -> None:
        headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
        if last_seen is not None:
            headers.append((b"last-event-id", last_seen.encode()))
        path = b"/api/v1/live"
        scope = {
            "type": "http",
            "method": "GET",
            "path": path.decode(),
            "raw_path": path,
            "query_string": query.encode(),
            "headers": headers,
        }
        self.headers: dict[bytes, bytes] = {}
        self.status = 0
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._left = asyncio.Event()
        self.serving = asyncio.ensure_future(desk.app(scope, self._receive, self._send))

    async def chunk(self) -> bytes | None:
        """The next part of the stream; None at its end."""
        async with asyncio.timeout(5):
            return await self._chunks.get()

    async def rest(self) -> bytes:
        """Everything up to the end."""
        parts = []
        while (part := await self.chunk()) is not None:
            parts.append(part)
        return b"".join(parts)

    async def leave(self) -> None:
        self._left.set()
        async with asyncio.timeout(5):
            await self.serving

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        if message["body"]:
            self._chunks.put_nowait(message["body"])
        if not message.get("more_body"):
            self._chunks.put_nowait(None)


@asynccontextmanager
async def watching(desk: Desk, **asked: Any) -> AsyncIterator[Viewer]:
    """A viewer whose stream has begun, and who leaves at the end."""
    viewer = Viewer(desk, **asked)
    assert await viewer.chunk() == b"retry: 1000\n\n"
    yield viewer
    await viewer.leave()


async def test_an_entry_is_told_whole(desk: Desk) -> None:
    async with watching(desk) as viewer:
        desk.parts.live.publish(ENTRY)
        assert await viewer.chunk() == b"id: 1\nevent: submission\n" + TOLD + b"\n\n"


async def test_the_answer_is_a_stream_that_no_proxy_holds_back(desk: Desk) -> None:
    async with watching(desk) as viewer:
        assert viewer.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
        assert viewer.headers[b"x-accel-buffering"] == b"no"
        assert viewer.headers[b"cache-control"] == b"no-store"


async def test_a_new_viewer_sees_only_what_comes(desk: Desk) -> None:
    desk.parts.live.publish(ENTRY)
    async with watching(desk) as viewer:
        desk.parts.live.publish(ENTRY)
        assert (await viewer.chunk() or b"").startswith(b"id: 2\n")


@pytest.mark.parametrize("asked", [{"query": "after=1"}, {"last_seen": "1"}, {"last_seen": "1", "query": "after=0"}])
async def test_a_viewer_that_comes_back_gets_what_it_missed(desk: Desk, asked: dict[str, str]) -> None:
    for _ in range(3):
        desk.parts.live.publish(ENTRY)
    async with watching(desk, **asked) as viewer:
        chunk = await viewer.chunk() or b""
    assert [line for line in chunk.split(b"\n") if line.startswith(b"id: ")] == [b"id: 2", b"id: 3"]


async def test_what_is_gone_is_told_as_a_gap() -> None:
    async with a_desk(limits=Limits(live_entries_max=1)) as desk:
        for _ in range(4):
            desk.parts.live.publish(ENTRY)
        async with watching(desk, query="after=1") as viewer:
            assert (await viewer.chunk() or b"").startswith(b'id: 3\nevent: gap\ndata: {"missed":2}\n\nid: 4\n')


async def test_ids_of_before_a_restart_are_a_gap_of_unknown_size() -> None:
    feed = LiveFeed(10, first=1_000)
    feed.publish(ENTRY)
    async with a_desk(live=feed) as desk, watching(desk, last_seen="7") as viewer:
        assert (await viewer.chunk() or b"").startswith(b'id: 999\nevent: gap\ndata: {"missed":null}\n\nid: 1000\n')


async def test_silence_is_broken_by_a_heartbeat() -> None:
    async with a_desk(limits=Limits(live_heartbeat_s=0.01)) as desk, watching(desk) as viewer:
        assert await viewer.chunk() == b": still here\n\n"
        assert await viewer.chunk() == b": still here\n\n"


async def test_an_entry_after_a_heartbeat_is_not_lost() -> None:
    async with a_desk(limits=Limits(live_heartbeat_s=0.01)) as desk, watching(desk) as viewer:
        await viewer.chunk()
        desk.parts.live.publish(ENTRY)
        chunk = await viewer.chunk()
        while chunk == b": still here\n\n":
            chunk = await viewer.chunk()
        assert (chunk or b"").startswith(b"id: 1\n")


async def test_the_stream_ends_when_the_feed_closes(desk: Desk) -> None:
    viewer = Viewer(desk)
    await viewer.chunk()
    desk.parts.live.close()
    assert await viewer.rest() == b""
    await viewer.serving


async def test_the_stream_ends_when_its_token_is_revoked() -> None:
    async with a_desk(limits=Limits(live_heartbeat_s=0.01)) as desk:
        viewer = Viewer(desk, token=token_of("read"))
        await viewer.chunk()
        await desk.ask("DELETE", "/keys/may-read")
        desk.parts.live.publish(ENTRY)
        assert b"submission" not in await viewer.rest()
        await viewer.serving


async def test_too_many_viewers_are_turned_away_and_a_free_seat_is_taken() -> None:
    async with a_desk(limits=Limits(live_viewers_max=1)) as desk:
        async with watching(desk):
            response = await desk.ask("GET", "/live")
            assert (response.status_code, response.json()["code"]) == (503, "SJ-5032")
        async with watching(desk) as second:
            assert second.status == 200


async def test_a_viewer_that_is_cut_off_frees_its_seat() -> None:
    async with a_desk(limits=Limits(live_viewers_max=1)) as desk:
        viewer = Viewer(desk)
        await viewer.chunk()
        viewer.serving.cancel()
        await asyncio.wait({viewer.serving})
        async with watching(desk) as second:
            assert second.status == 200


async def test_a_viewer_that_leaves_leaves_nothing_behind(desk: Desk) -> None:
    before = len(asyncio.all_tasks())
    async with watching(desk):
        pass
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before
    assert not desk.parts.live._waiting


@pytest.mark.parametrize("last_seen", ["", "first", "-1", "9" * 5_000])
async def test_a_last_id_that_is_no_number_counts_as_not_sent(desk: Desk, last_seen: str) -> None:
    desk.parts.live.publish(ENTRY)
    async with watching(desk, query="after=0", last_seen=last_seen) as viewer:
        assert viewer.status == 200
        assert (await viewer.chunk() or b"").startswith(b"id: 1\n")


async def test_a_place_in_the_query_that_cannot_be_read_is_named(desk: Desk) -> None:
    response = await desk.ask("GET", "/live?after=first")
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["query", "after"])
