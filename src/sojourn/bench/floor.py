"""The floor: the very server of Sojourn, answering every request with a constant. Nothing is decoded, nothing is kept.

What `/track` costs above this is ours; what the floor costs is the price of HTTP on this machine. It prints its URL
when it listens, and stops at SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal

import uvloop

from sojourn.core.limits import Limits
from sojourn.http.answers import ProfileAnswer, SessionAnswer, TrackAnswer, encode
from sojourn.http.asgi import Receive, Scope, Send
from sojourn.http.server import bind, serve_until

_ID = "00000000-0000-4000-8000-000000000000"

ANSWER = encode(TrackAnswer(task=_ID, profile=ProfileAnswer(_ID), session=SessionAnswer(_ID)))
"""As long as what the tracker answers."""

HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(ANSWER)).encode()),
    (b"x-process-time", b"0.000000"),
    (b"access-control-allow-origin", b"https://shop.example"),
    (b"access-control-expose-headers", b"X-Process-Time, Retry-After"),
    (b"vary", b"Origin"),
]


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body and answer."""
    assert scope["type"] == "http", "the server offers nothing else"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


async def serve() -> None:
    """Serve on a free port of the loopback interface until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listening = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    await serve_until(stop, answer, listening, Limits(), started=lambda: print(url, flush=True))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
