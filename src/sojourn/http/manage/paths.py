"""Paths as clients mean them: an id may hold any character, a slash included, when it is percent-encoded."""

from __future__ import annotations

from urllib.parse import quote, unquote

from litestar.types import ASGIApp, Receive, Scope, Send

_SAFE = "!$&'()*+,;=:@"
"""Beside letters, digits and `-._~`, what may stand for itself in a segment of a path (RFC 3986)."""


def routable_path(raw_path: bytes) -> str:
    """The path in its one spelling, with percent-encoding only where a character cannot stand for itself.

    A path with an empty segment would be another spelling. It becomes a single segment, which leads nowhere.
    """
    path = raw_path.decode("latin-1")
    if "//" in path:
        return "/" + quote(path, safe="")
    segments = path.split("/")
    return "/".join(quote(unquote(segment), safe=_SAFE) for segment in segments)


def with_decoded_ids(app: ASGIApp) -> ASGIApp:
    """A middleware that gives the handler the ids of the path as the client meant them."""

    async def decode(scope: Scope, receive: Receive, send: Send) -> None:
        scope["path_params"] = {name: unquote(value) for name, value in scope["path_params"].items()}
        await app(scope, receive, send)

    return decode
