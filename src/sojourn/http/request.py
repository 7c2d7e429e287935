"""A request of the tracker as the handlers see it: its headers, where it came from, and its body within limits."""

from __future__ import annotations

import zlib
from urllib.parse import parse_qs

from sojourn.core.limits import PayloadLimits
from sojourn.http import refusals
from sojourn.http.addresses import is_loopback
from sojourn.http.asgi import Receive, Scope
from sojourn.http.auth import bearer_token, digest_of
from sojourn.http.room import BodyRoom

KEPT_HEADERS = ("user-agent", "accept-language", "referer", "sec-gpc", "dnt")
"""The headers that are kept with events; cookies, keys and everything else are not (tracker.md §2.1)."""

_KEPT_HEADERS_RAW = tuple((name, name.encode()) for name in KEPT_HEADERS)
_KEPT_CHARS_MAX = 1_024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = zlib.MAX_WBITS | 16
_INFLATE_STEP_BYTES = 64 * 1024


class Request:
    """One request: header names in lower case. Those that matter stand once, which is seen to before."""

    __slots__ = (
        "_query", "client", "headers", "held_bytes", "is_foreign", "method", "path", "query_string", "receive",
        "sent_bytes",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, client: str) -> None:
        """Look at a request of the client at this address; nothing of its body is read yet."""
        self.method: str = scope["method"]
        self.path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.query_string: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.client = client
        self.receive = receive
        self.sent_bytes = 0
        """The size of the body as it came, once it is read."""
        self.held_bytes = 0
        """How much of the room for bodies it has taken; to be given back when it is answered."""
        self.is_foreign = False
        """Whether the source turned the browser's origin away: its answer must not be readable there."""
        self._query: dict[str, list[str]] | None = None

    def header(self, name: bytes) -> str:
        """A header's value, empty when it is missing."""
        value = self.headers.get(name)
        return value.decode("latin-1") if value else ""

    @property
    def query(self) -> dict[str, list[str]]:
        """The parameters of the URL; blank values are kept (tracker.md §1.7)."""
        if self._query is None:
            # How many there can be is bounded by the length of a URL.
            self._query = parse_qs(self.query_string.decode("utf-8", "replace"), keep_blank_values=True)
        return self._query

    @property
    def token_sha256(self) -> str:
        """The SHA-256 (hex) of the bearer token, empty when there is none."""
        token = bearer_token(self.headers.items()) if b"authorization" in self.headers else None
        return digest_of(token) if token else ""

    @property
    def kept_headers(self) -> dict[str, str]:
        """Those headers that are stored with the events."""
        headers = self.headers
        return {
            name: headers[raw][:_KEPT_CHARS_MAX].decode("latin-1") for name, raw in _KEPT_HEADERS_RAW if raw in headers
        }

    @property
    def is_local(self) -> bool:
        """Whether the client is on this machine."""
        return is_loopback(self.client)

    async def body(self, limits: PayloadLimits, room: BodyRoom) -> bytes:
        """Wait for the whole body: inflated, without a byte order mark. Raises Refusal."""
        return self._decoded(await self._read(limits.body_bytes_max, room), limits, room)

    def whole_body(self, sent: bytes, limits: PayloadLimits, room: BodyRoom) -> bytes:
        """The same of a body that is here already, as it was sent. Raises Refusal."""
        if len(sent) > limits.body_bytes_max:
            raise refusals.too_large("The body is too large.")
        self._hold(len(sent), room)
        return self._decoded(sent, limits, room)

    def _decoded(self, sent: bytes, limits: PayloadLimits, room: BodyRoom) -> bytes:
        self.sent_bytes = len(sent)
        match self.header(b"content-encoding").lower():
            case "" | "identity":
                return sent.removeprefix(_BYTE_ORDER_MARK)
            case "gzip" | "x-gzip":
                return self._inflated(sent, limits.inflated_bytes_max, room).removeprefix(_BYTE_ORDER_MARK)
            case _:
                raise refusals.unsupported_encoding()

    async def _read(self, bytes_max: int, room: BodyRoom) -> bytes:
        length = self.headers.get(b"content-length")
        if length is not None and int(length) > bytes_max:
            raise refusals.too_large("The body is too large.")
        chunks = []
        size = 0
        is_complete = False
        while not is_complete:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise refusals.broken_framing("The client went away.")
            chunk: bytes = message.get("body", b"")
            is_complete = not message.get("more_body")
            size += len(chunk)
            if size > bytes_max:
                raise refusals.too_large("The body is too large.")
            self._hold(len(chunk), room)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _inflated(self, sent: bytes, bytes_max: int, room: BodyRoom) -> bytes:
        """Inflate in steps, so that a bomb is noticed before it fills the memory."""
        inflater = zlib.decompressobj(_GZIP)
        pieces = []
        size = 0
        pending = sent
        try:
            while pending and not inflater.eof:
                piece = inflater.decompress(pending, _INFLATE_STEP_BYTES)
                pending = inflater.unconsumed_tail
                size += len(piece)
                if size > bytes_max:
                    raise refusals.too_large("The inflated body is too large.")
                self._hold(len(piece), room)
                pieces.append(piece)
        except zlib.error as error:
            raise refusals.broken_framing("The body is not gzip.") from error
        if not inflater.eof or inflater.unused_data:
            raise refusals.broken_framing("The gzip body is cut off, or something follows it.")
        return b"".join(pieces)

    def _hold(self, size_bytes: int, room: BodyRoom) -> None:
        room.take(self.client, size_bytes)
        self.held_bytes += size_bytes


def fields_of(form: dict[str, list[str]]) -> dict[str, object]:
    """The fields of a query or form: one value as it is, repeated ones as a list (tracker.md §1.7)."""
    return {name: values[0] if len(values) == 1 else list(values) for name, values in form.items()}
