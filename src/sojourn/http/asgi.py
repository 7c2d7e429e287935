"""The types of the interfaces between server and application: ASGI, and a shorter way for requests that are whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

Header = tuple[bytes, bytes]
Reply = Callable[[int, Iterable[Header], bytes], None]
"""Answers a request with status, headers and body; `content-length` is among the headers. To be called once."""


class TakesWhole(Protocol):
    """An application that answers some requests without a task of their own, when everything of them is here."""

    def turn_away(self, data: bytes) -> bytes | None:
        """The answer to what came on a connection, where that is one whole request and there is no room for it.

        It is counted then. None leaves the data to be parsed.
        """
        ...

    def take(self, scope: Scope, body: bytes, reply: Reply) -> bool:
        """Answer by `reply`, now or later, and return True; False leaves the request to ASGI, untouched."""
        ...


async def nothing_more() -> Message:
    """What there is to receive when everything of a request is here."""
    return {"type": "http.disconnect"}
