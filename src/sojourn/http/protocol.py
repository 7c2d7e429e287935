"""The server's protocol with bounds: slow heads and bodies, heads without end, too many connections of one address.

The server bounds none of these by itself. Timers run only while something is incomplete, so a request that arrives in
one piece costs nothing (docs/reference/limits.md).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Any, ClassVar

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sojourn.core.limits import Limits
from sojourn.http.addresses import NO_PROXIES, TrustedProxies, is_loopback, unmapped
from sojourn.http.asgi import TakesWhole
from sojourn.http.one_piece import OnePiece


def _last_words(status: HTTPStatus, detail: str, *headers: str) -> bytes:
    body = f'{{"detail":"{detail}"}}'
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "connection: close",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


_TOO_SLOW = _last_words(HTTPStatus.REQUEST_TIMEOUT, "The request arrived too slowly.")
_HEAD_TOO_LARGE = _last_words(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large")
TOO_MANY = _last_words(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.", "retry-after: 1")


class BoundedProtocol(HttpToolsProtocol):
    """One connection; `protocol_with` makes the class that a server uses."""

    limits: ClassVar[Limits] = Limits()
    proxies: ClassVar[TrustedProxies] = NO_PROXIES
    whole: ClassVar[TakesWhole | None] = None
    """Whom requests are offered to of which everything is here."""
    connections_of: ClassVar[Counter[str]] = Counter()

    _deadline: asyncio.TimerHandle | None = None
    _is_in_head = True
    _is_in_body = False
    _head_bytes = 0
    _answering: RequestResponseCycle | None = None
    _to_start: tuple[RequestResponseCycle, ASGI3Application] | None = None
    """What has its turn when all of the piece of data is read that is being read: it may be whole by then."""
    _is_reading = False
    _whole_now: tuple[RequestResponseCycle, ...] = ()
    """The requests that became whole with the piece of data that is being read, so that nobody has seen them yet."""
    _rest_is_unreadable = False
    _answered_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn types it
        """Refuse a connection too many; else give it some time for its first request."""
        super().connection_made(transport)
        address = self._address
        self.connections_of[address] += 1
        is_bounded = (self.limits.rate_loopback or not is_loopback(address)) and not self.proxies.trust(address)
        if is_bounded and self.connections_of[address] > self.limits.connections_per_ip_max:
            self._close_with(TOO_MANY)
        else:
            self._arm(self.limits.header_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._disarm()
        self._unset_keepalive_if_required()
        address = self._address
        self.connections_of[address] -= 1
        if not self.connections_of[address]:
            del self.connections_of[address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and watch the time for what is still to come."""
        if self.transport.is_closing() or self._rest_is_unreadable or self._turn_away(data):
            return
        if self._is_in_head:
            self._head_bytes += len(data)
        self._whole_now = ()
        self._is_reading = True
        self._feed(data)
        self._is_reading = False
        if self._to_start is not None:
            to_start, self._to_start = self._to_start, None
            self._start(*to_start)
        if self._is_in_body:
            if self._deadline is None:
                self._arm(self.limits.body_timeout_s)
        elif self._head_bytes > self.limits.header_bytes_max + self.limits.url_bytes_max:
            self._close_with(_HEAD_TOO_LARGE)
        elif self._head_bytes and self._deadline is None:
            self._arm(self.limits.header_timeout_s)

    def on_headers_complete(self) -> None:
        """The head is there; the body has its own time."""
        self._disarm()
        self._is_in_head = False
        self._is_in_body = True
        self._head_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole, unless the parser only stopped at an offer to upgrade."""
        if self.parser.should_upgrade():
            return
        self._disarm()
        self._is_in_head = True
        self._is_in_body = False
        self._whole_now = (*self._whole_now, self.cycle)
        super().on_message_complete()

    def shutdown(self) -> None:
        """Let the request that is being answered have its answer, and close at once what is no whole request yet."""
        answering = self._whole_unanswered
        if answering is None:
            self._disarm()
            self.transport.close()
        elif self._is_in_body:
            self.pipeline.clear()
            answering.keep_alive = False
        else:
            self.cycle.keep_alive = False

    def cut_off(self) -> None:
        """End the connection now, whatever is still to be said on it."""
        for cycle in (self.cycle, self._answering):
            if cycle is not None:
                cycle.disconnected = True
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what breaks the framing, and close, once the request that is being answered has its answer.

        What became whole with the same piece is refused with it: who sent it cannot tell what the answer is about.
        """
        for cycle in self._whole_now:
            cycle.disconnected = True
            cycle.message_event.set()
        answering = self._answering
        is_seen = answering is not None and not answering.more_body and answering not in self._whole_now
        if answering is not None and is_seen and not answering.response_complete:
            self._rest_is_unreadable = True
            self.pipeline.clear()
        else:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Go on with the next request, if there is one that can be read; else watch that the silence does not last.

        One timer watches a connection for as long as it lives: one for each answer cost more than a header of it.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._watch_from_now()
        if self._rest_is_unreadable:
            super().send_400_response("Invalid HTTP request received.")

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if nothing has come on it since its last answer for long enough."""
        self.timeout_keep_alive_task = None
        if self._head_bytes or self._is_in_body or not self.cycle.response_complete:
            return  # the answer to come watches again
        left_s = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._watch_silence(left_s)
        elif not self.transport.is_closing():
            self.transport.close()

    def _watch_from_now(self) -> None:
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_silence(self.timeout_keep_alive)

    def _watch_silence(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            _ignore_upgrade(self)
            self._feed(data[offer.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _turn_away(self, data: bytes) -> bool:
        """Refuse a whole request unread, where there is no room for it and it has its turn already."""
        is_its_turn = not self._head_bytes and self._is_in_head and self._is_answered
        if self.whole is None or not is_its_turn or self.flow.write_paused:
            return False
        answer = self.whole.turn_away(data)
        if answer is None:
            return False
        self._disarm()
        self.transport.write(answer)
        self._watch_from_now()
        return True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        if self._is_reading:
            self._to_start = (cycle, app)
        else:
            self._start(cycle, app)

    def _start(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        answer = OnePiece(cycle)
        is_whole = not (cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue)
        if is_whole and self.whole is not None and not self.flow.write_paused:
            scope: Any = cycle.scope  # uvicorn has types of its own for it
            if self.whole.take(scope, bytes(cycle.body), answer.write):
                return

        async def answered(scope: Any, receive: Any, _: Any) -> None:  # noqa: ANN401 - uvicorn has types of its own
            await app(scope, receive, answer.send)  # type: ignore[arg-type] # as above

        super()._start_asgi_task(cycle, answered)

    @property
    def _is_answered(self) -> bool:
        """Whether no request waits for its answer."""
        cycle: RequestResponseCycle | None = self.cycle  # none before the first one
        return cycle is None or cycle.response_complete

    @property
    def _whole_unanswered(self) -> RequestResponseCycle | None:
        """The request that is being answered, if all of it is here."""
        answering = self._answering
        if answering is None or answering.response_complete or (self._is_in_body and answering is self.cycle):
            return None
        return answering

    @property
    def _address(self) -> str:
        return unmapped(self.client[0]) if self.client else ""

    def _arm(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._close_with, _TOO_SLOW)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close_with(self, last_words: bytes) -> None:
        self._disarm()
        if self.transport.is_closing():
            return
        # What is said between or within answers would be taken for one of them.
        is_answering = self._whole_unanswered is not None or (self._is_in_body and self.cycle.response_started)
        if not is_answering:
            self.transport.write(last_words)
        self.transport.close()


class _BehindHead:
    """What a second parser calls: it has to be told of a head that the connection knows already."""

    def __init__(self, connection: BoundedProtocol) -> None:
        self.is_known_head = True
        self._connection = connection
        self.on_body = connection.on_body
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        if not self.is_known_head:
            self._connection.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self.is_known_head:
            self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.is_known_head:
            self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self.is_known_head:
            self._connection.on_headers_complete()


_FRAMING = (b"content-length", b"transfer-encoding")


def _ignore_upgrade(connection: BoundedProtocol) -> None:
    """Go on with the body of a request whose offer to upgrade is not taken up (RFC 9110, 7.8).

    The parser takes everything behind such a head for another protocol; nothing can tell it otherwise.
    """
    calls = _BehindHead(connection)
    parser = httptools.HttpRequestParser(calls)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    connection.parser = parser
    framing = [name + b": " + value + b"\r\n" for name, value in connection.headers if name in _FRAMING]
    parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(framing) + b"\r\n")
    calls.is_known_head = False


def protocol_with(limits: Limits, proxies: TrustedProxies, whole: TakesWhole | None = None) -> type[BoundedProtocol]:
    """The protocol of one server: its limits, whose proxies stand before it, and its count of connections.

    Requests of which everything is here are offered to `whole` first.
    """

    class Bounded(BoundedProtocol):
        """One connection of that server."""

    Bounded.limits = limits
    Bounded.proxies = proxies
    Bounded.whole = whole
    Bounded.connections_of = Counter()
    return Bounded
