"""The table of routes, and what holds for every answer of the tracker.

`/track`, `/collect` and `/redirect` are served here, in front of everything else and of any framework; whatever else is
asked goes to the management application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import NamedTuple

import structlog

from sojourn.core.limits import Limits
from sojourn.core.pipeline import Decision
from sojourn.core.sources import EntryKind
from sojourn.engine.collector import CROWDED
from sojourn.http import refusals
from sojourn.http.addresses import NO_PROXIES, TrustedProxies
from sojourn.http.answers import encode, head_of, send_answer, send_preflight
from sojourn.http.asgi import App, Receive, Reply, Scope, Send, nothing_more
from sojourn.http.collect import collect
from sojourn.http.crowd import CrowdWords
from sojourn.http.redirect import redirect
from sojourn.http.refusals import Refusal
from sojourn.http.request import Request
from sojourn.http.track import answer_submitted, track, track_whole
from sojourn.http.tracker import Submitted, Tracker

log = structlog.get_logger()


class Answer(NamedTuple):
    """What a route has to say."""

    status: int
    body: bytes
    headers: dict[str, str]


class Route(NamedTuple):
    """One entry of the tracker: its methods and its handler, which gets the segments of the path behind its prefix."""

    entry: EntryKind
    methods: tuple[str, ...]
    segments: tuple[int, ...]
    handle: Callable[[Tracker, Request, tuple[str, ...]], Awaitable[Answer]]


async def _track(tracker: Tracker, request: Request, _: tuple[str, ...]) -> Answer:
    return Answer(*await track(tracker, request), {})


async def _collect(tracker: Tracker, request: Request, parts: tuple[str, ...]) -> Answer:
    return Answer(*await collect(tracker, request, parts), {})


async def _redirect(tracker: Tracker, request: Request, parts: tuple[str, ...]) -> Answer:
    status, location = await redirect(tracker, request, parts)
    return Answer(status, b"", {"Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


_TRACK = Route("rest", ("POST",), (0,), _track)
_WHOLE = (b"/track", b"/track/")
ROUTES = {
    b"track": _TRACK,
    b"collect": Route("webhook", ("GET", "POST"), (2, 3), _collect),
    b"redirect": Route("redirect", ("GET", "HEAD", "POST", "PUT", "DELETE"), (1, 2), _redirect),
}


class Application:
    """The whole server as one ASGI application."""

    def __init__(self, tracker: Tracker, manage: App, limits: Limits, proxies: TrustedProxies = NO_PROXIES) -> None:
        """The tracker's routes first, everything else to `manage`."""
        self._proxies = proxies
        self._tracker = tracker
        self._manage = manage
        self._limits = limits
        self._crowd = CrowdWords(CROWDED, limits.retry_after_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._manage(scope, receive, send)
            return
        fault = _fault_of_head(scope, self._limits)
        if fault is not None:
            status, detail = fault
            await send_answer(send, self._request(scope, receive), status, encode({"detail": detail}), process_s=0)
            return
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        first, _, rest = path[1:].partition(b"/")
        route = ROUTES.get(first)
        parts = tuple(rest.rstrip(b"/").decode("latin-1").split("/")) if rest.rstrip(b"/") else ()
        if route is None or len(parts) not in route.segments:
            await self._manage(scope, receive, send)
            return
        await self._serve(route, parts, self._request(scope, receive), send)

    def turn_away(self, data: bytes) -> bytes | None:
        """The answer to one whole request to `/track`, where so many wait that there is no room for it."""
        answer = self._crowd.to(data) if self._tracker.is_crowded() else None
        if answer is not None:
            self._tracker.turn_away()
        return answer

    def take(self, scope: Scope, body: bytes, reply: Reply) -> bool:
        """Answer a request of which everything is here, by `reply`, now or later; False leaves it to the other way.

        That is `POST /track` as most clients send it. The same is decided by the same functions on both ways.
        """
        if scope["raw_path"] not in _WHOLE or scope["method"] != "POST" or _fault_of_head(scope, self._limits):
            return False
        started = self._tracker.clock.monotonic()
        request = self._request(scope, nothing_more)
        try:
            taken = track_whole(self._tracker, request, body)
        except Exception as error:  # noqa: BLE001 - the top of what a request does: counted, logged and answered
            self._reply(reply, request, started, self._failed(_TRACK, error))
            return True
        if isinstance(taken, Submitted):
            taken.coming.add_done_callback(partial(self._answer_submitted, reply, request, started, taken))
        else:
            self._reply(reply, request, started, Answer(*taken, {}))
        return True

    def _answer_submitted(
        self, reply: Reply, request: Request, started: float, submitted: Submitted, _: asyncio.Future[Decision | None]
    ) -> None:
        try:
            answer = Answer(*answer_submitted(self._tracker, request, submitted), {})
        except Exception as error:  # noqa: BLE001 - as above
            answer = self._failed(_TRACK, error)
        self._reply(reply, request, started, answer)

    def _reply(self, reply: Reply, request: Request, started: float, answer: Answer) -> None:
        self._tracker.room.give_back(request.client, request.held_bytes)
        process_s = self._tracker.clock.monotonic() - started
        reply(answer.status, head_of(request, answer.body, process_s=process_s, headers=answer.headers), answer.body)

    def _request(self, scope: Scope, receive: Receive) -> Request:
        return Request(scope, receive, self._proxies.client_of(scope))

    async def _serve(self, route: Route, parts: tuple[str, ...], request: Request, send: Send) -> None:
        started = self._tracker.clock.monotonic()
        if request.method == "OPTIONS":
            await send_preflight(send, request, ", ".join(route.methods), process_s=0)
            return
        answer = await self._answer(route, parts, request)
        process_s = self._tracker.clock.monotonic() - started
        await send_answer(send, request, answer.status, answer.body, process_s=process_s, headers=answer.headers)

    async def _answer(self, route: Route, parts: tuple[str, ...], request: Request) -> Answer:
        try:
            _check_method(route, request)
            return await route.handle(self._tracker, request, parts)
        except Exception as error:  # noqa: BLE001 - the top of what a request does: counted, logged and answered
            return self._failed(route, error)
        finally:
            self._tracker.room.give_back(request.client, request.held_bytes)

    def _failed(self, route: Route, error: Exception) -> Answer:
        """What is answered to a request that was refused, or failed by a fault of ours."""
        if isinstance(error, Refusal):
            refusal = error
        else:
            task = self._tracker.new_task()
            log.error("request failed", task=task, entry=route.entry, exc_info=error)
            refusal = refusals.fault("", 1, task)
        self._tracker.note(refusal, route.entry)
        return Answer(refusal.status, encode({"detail": refusal.detail}), refusal.headers)


def _check_method(route: Route, request: Request) -> None:
    if request.method not in route.methods:
        allowed = {"Allow": ", ".join((*route.methods, "OPTIONS"))}
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed", None, headers=allowed)


def _fault_of_head(scope: Scope, limits: Limits) -> tuple[HTTPStatus, str] | None:
    """What is wrong with the head of a request; the server bounds it only while it is incomplete."""
    path: bytes = scope.get("raw_path") or b""
    if len(path) + len(scope["query_string"]) > limits.url_bytes_max:
        return HTTPStatus.REQUEST_URI_TOO_LONG, "URI Too Long"
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if len(headers) > limits.headers_max or sum(map(len, chain.from_iterable(headers))) > limits.header_bytes_max:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"
    names = [name for name, _ in headers]
    if len(set(names)) < len(names) and any(names.count(name) > 1 for name in _SINGLE):
        return HTTPStatus.BAD_REQUEST, "A header that may stand once stands twice."
    return None


_SINGLE = (b"authorization", b"content-encoding", b"content-type", b"idempotency-key", b"origin", b"user-agent")
