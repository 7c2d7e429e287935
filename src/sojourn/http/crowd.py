"""What a crowd is told: to come again, by words that are made ready, before anything of a request is parsed.

A refusal must cost a small part of what it spares, or there is time for nothing else. So this reads a head only as far
as it must to be sure where the request ends; whatever is not plain is left to the parser, and refused behind it.
"""

from __future__ import annotations

import re

from sojourn.http.answers import EXPOSED_HEADERS

_LINES = (b"POST /track HTTP/1.1\r\n", b"POST /track/ HTTP/1.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]{1,9})\r\n")
_ORIGIN = re.compile(rb"\r\norigin: *([!-~]+)\r\n")
_NOT_PLAIN = (b"transfer-encoding", b"expect", b"upgrade")
_KEEPS_OPEN = re.compile(rb"\r\nconnection: *keep-alive\r\n")


class CrowdWords:
    """The words of one server."""

    def __init__(self, why: str, retry_after_s: int) -> None:
        """Tell everybody why, and in how many seconds to come again."""
        body = b'{"detail":"%b"}' % why.encode()
        self._head = (
            b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\nretry-after: %d\r\n" % (len(body), retry_after_s)
        )
        self._end = b"\r\n" + body

    def to(self, data: bytes) -> bytes | None:
        """The answer to what came on a connection, if that is one whole plain request to `/track`."""
        end = data.find(b"\r\n\r\n") + 2
        if end < len(_LINES[0]) or not data.startswith(_LINES):
            return None
        head = data[:end].lower()
        length = _LENGTH.search(head)
        if length is None or len(data) != end + 2 + int(length[1]) or not _is_plain(head):
            return None
        origin = _ORIGIN.search(head)
        if origin is None:
            return self._head + self._end
        cors = b"access-control-allow-origin: %b\r\naccess-control-expose-headers: %b\r\nvary: Origin\r\n"
        return self._head + cors % (data[slice(*origin.span(1))], EXPOSED_HEADERS) + self._end


def _is_plain(head: bytes) -> bool:
    """Whether a head leaves no doubt about its lines, its length, and that the connection stays open."""
    lines = head.count(b"\r\n")
    if head.count(b"\n") != lines or head.count(b"\r") != lines or head.count(b"content-length") != 1:
        return False
    if b"\r\nconnection:" in head and _KEEPS_OPEN.search(head) is None:
        return False
    return not any(word in head for word in _NOT_PLAIN)
