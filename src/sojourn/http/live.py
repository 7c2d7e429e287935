"""The live feed as server-sent events: `id` is the number of the entry, `event` is `submission` or `gap`.

A stream ends when its viewer leaves, when the feed closes, and when the right to watch is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager

import msgspec

from sojourn.engine.live import Gap, LiveFeed, News, Numbered
from sojourn.http.asgi import Receive, Scope, Send
from sojourn.http.problems import TOO_MANY_VIEWERS, Declined

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # Proxies of the nginx family would otherwise hold events back to fill a buffer.
    (b"x-accel-buffering", b"no"),
)
_HELLO = b"retry: 1000\n\n"
_HEARTBEAT = b": still here\n\n"


class Seats:
    """The room for viewers of the live feed."""

    def __init__(self, viewers_max: int) -> None:
        """Let in so many at once."""
        self._viewers_max = viewers_max
        self._taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a seat. Raises Declined when all are taken."""
        if self._taken >= self._viewers_max:
            raise Declined(TOO_MANY_VIEWERS)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


class LiveStream:
    """The answer to one viewer, as an ASGI application."""

    def __init__(
        self,
        feed: LiveFeed,
        seats: Seats,
        *,
        after: int | None,
        is_welcome: Callable[[], bool],
        heartbeat_s: float,
    ) -> None:
        """Show what comes after entry `after` while the viewer is welcome; silence lasts `heartbeat_s` at most."""
        self._feed = feed
        self._seats = seats
        self._after = after
        self._is_welcome = is_welcome
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer until there is a reason to end. Raises Declined, before anything is sent, when all seats are taken."""
        with self._seats.one():
            stream = self._feed.follow(self._after)
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await send({"type": "http.response.body", "body": _HELLO, "more_body": True})
            leaving = asyncio.ensure_future(_gone(receive))
            try:
                async with aclosing(self._chunks(stream, leaving)) as chunks:
                    async for chunk in chunks:
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                leaving.cancel()

    async def _chunks(self, stream: AsyncIterator[News], leaving: asyncio.Future[None]) -> AsyncGenerator[bytes]:
        coming = asyncio.ensure_future(_next(stream))
        try:
            while True:
                either: set[asyncio.Future[News | None] | asyncio.Future[None]] = {coming, leaving}
                await asyncio.wait(either, timeout=self._heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
                if leaving.done() or not self._is_welcome():
                    return
                if not coming.done():
                    yield _HEARTBEAT
                    continue
                news = coming.result()
                if news is None:
                    return
                yield b"".join(_event(item) for item in news)
                coming = asyncio.ensure_future(_next(stream))
        finally:
            coming.cancel()


async def _next(stream: AsyncIterator[News]) -> News | None:
    return await anext(stream, None)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(item: Numbered | Gap) -> bytes:
    if isinstance(item, Gap):
        return b"id: %d\nevent: gap\ndata: %b\n\n" % (item.number, msgspec.json.encode({"missed": item.missed}))
    return b"id: %d\nevent: submission\ndata: %b\n\n" % (item.number, msgspec.json.encode(item.entry))
