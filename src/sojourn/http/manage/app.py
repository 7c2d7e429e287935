"""The management API as one ASGI application: the routes of all nouns behind one guard, with one way to fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from sojourn.core.limits import MIB
from sojourn.http.asgi import App, Message, Receive, Scope, Send
from sojourn.http.manage import (
    contract,
    contracts,
    erasures,
    event_types,
    events,
    front,
    id_kinds,
    identification_points,
    jobs,
    keys,
    limits,
    live,
    mappings,
    merge_rules,
    merges,
    observed,
    outcomes,
    passes,
    probes,
    profiles,
    quarantine,
    redirects,
    reviews,
    sessions,
    sources,
)
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked
from sojourn.http.manage.parts import Parts
from sojourn.http.manage.paths import routable_path, with_decoded_ids
from sojourn.http.manage.refusals import EXCEPTION_HANDLERS
from sojourn.http.manage.rights import let_in, only_known_parameters, parts_of, routes_of

API = "/api/v1"

API_HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *sources.HANDLERS,
    *redirects.HANDLERS,
    *keys.HANDLERS,
    *profiles.HANDLERS,
    *erasures.HANDLERS,
    *sessions.HANDLERS,
    *events.HANDLERS,
    *event_types.HANDLERS,
    *contracts.HANDLERS,
    *observed.HANDLERS,
    *mappings.HANDLERS,
    *outcomes.HANDLERS,
    *jobs.HANDLERS,
    *quarantine.HANDLERS,
    *id_kinds.HANDLERS,
    *identification_points.HANDLERS,
    *merge_rules.HANDLERS,
    *merges.HANDLERS,
    *reviews.HANDLERS,
    *passes.HANDLERS,
    *live.HANDLERS,
    *contract.HANDLERS,
)
"""The routes below `/api/v1`."""

ROOT_HANDLERS: tuple[HTTPRouteHandler, ...] = (*front.HANDLERS, *probes.HANDLERS, *limits.HANDLERS)
"""The routes beside it, which ask for no token."""

_ROOT_METHODS = b"GET, OPTIONS"
_ROOT_PATHS = frozenset(path for handler in ROOT_HANDLERS for path in handler.paths)

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)


def management_app(parts: Parts) -> App:
    """The application. Raises at once when a route declares no scope."""
    framework = routed(API_HANDLERS, ROOT_HANDLERS, body_bytes_max=parts.limits.manage_body_bytes_max)
    framework.state.parts = parts
    app = cast("App", framework)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        path = routable_path(scope.get("raw_path") or scope["path"].encode())
        method = scope["method"]
        is_head = method == "HEAD"
        started = parts.clock.monotonic()

        async def send_finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                process_time = b"%.6f" % (parts.clock.monotonic() - started)
                headers = map(_with_head, message["headers"])
                message["headers"] = [*headers, *SECURITY_HEADERS, (b"x-process-time", process_time)]
            elif is_head:
                message["body"] = b""
            await send(message)

        if method == "OPTIONS" and path in _ROOT_PATHS:
            await send_finished({"type": "http.response.start", "status": 204, "headers": [(b"allow", _ROOT_METHODS)]})
            await send_finished({"type": "http.response.body", "body": b""})
            return
        # Whoever asks for a head alone has nothing more to say, and wants no more of a stream than that.
        asked = {**scope, "method": "GET" if is_head else method, "path": path}
        await app(asked, _nothing_more if is_head else receive, send_finished)

    return answer


def openapi_document(version: str) -> dict[str, object]:
    """The contract of the whole HTTP interface, OpenAPI 3.1."""
    return contract.contract_of(routed(API_HANDLERS, ROOT_HANDLERS), version)


def openapi_text(version: str) -> str:
    """The contract as text, byte for byte what `spec/openapi.json` holds."""
    return msgspec.json.format(msgspec.json.encode(openapi_document(version)), indent=2).decode() + "\n"


def routed(api: Sequence[HTTPRouteHandler], root: Sequence[HTTPRouteHandler], *, body_bytes_max: int = MIB) -> Litestar:
    """The routes as a framework application; each must declare what it needs, else this raises."""
    app = Litestar(
        [*root, Router(API, route_handlers=api)],
        dependencies={"parts": Provide(_given, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        guards=[let_in, only_known_parameters],
        logging_config=None,
        middleware=[with_decoded_ids],
        openapi_config=None,
        request_max_body_size=body_bytes_max,
        response_class=Answer,
    )
    for _ in routes_of(app):
        pass
    return app


def _with_head(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A header of an answer; where it tells that a path has GET, it tells of HEAD as well (RFC 9110, 9.3.2)."""
    name, value = header
    return (name, value.replace(b"GET", b"GET, HEAD")) if name.lower() == b"allow" else header


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}


def _given(request: Asked) -> Parts:
    return parts_of(request)
