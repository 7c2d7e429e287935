"""Bodies made from the corpus by chance, and what the decoder of `/track` does with them: a payload, or a refusal.

Anything else is a finding: another exception, a refusal that blames the server, a body that takes for ever. The same
seed makes the same bodies.
"""

from __future__ import annotations

import faulthandler
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from sojourn.core.limits import PUBLIC, Limits
from sojourn.http.refusals import Refusal
from sojourn.http.wire import decode_track

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
HANG_S = 10
"""Seconds after which a body counts as one that takes for ever: where it stands is printed, and the process ends."""

_LIMITS = Limits()
_BODY_BYTES_MAX = 8_192
_CHANGES = (1, 1, 1, 2, 4)
_WORDS = (
    *(b'"source":', b'"events":', b'"type":', b'"id":', b'"properties":', b'"context":', b'"time":', b'"create":'),
    *(b"null", b"true", b"[]", b"{}", b'""', b'" "', b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\"),
    *(b"0", b"-", b"-0", b"1e400", b"1e-400", b"9" * 40, b"9" * 400, b"0.1", b"NaN", b"9223372036854775808"),
    *(
        b"\\u0000",
        b"\\ud800",
        b"\\udc00",
        b"\\ud83d\\ude00",
        b"\\u202e",
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
    ),
    *(b"\xef\xbb\xbf", b"\r\n", b"\xe2\x80\xae", b'{"a":' * 40, b"[" * 40, b"]" * 40, b"[" * 2_000, b'{"a":1},' * 200),
    *(b'"2016-12-31T23:59:60Z"', b'"9999-12-31T23:59:59+14:00"', b"253402300800", b"1e12", b"x" * 300),
)


class Finding(NamedTuple):
    """A body that is neither taken nor refused."""

    case: int
    body: bytes
    what: str


def corpus() -> list[bytes]:
    """What the bodies are made from."""
    return [path.read_bytes() for path in sorted(CORPUS.iterdir())]


def bodies(seed: int, count: int) -> Iterator[bytes]:
    """So many bodies."""
    draw, grown = Random(seed), corpus()
    for _ in range(count):
        body = draw.choice(grown)
        for _ in range(draw.choice(_CHANGES)):
            body = _changed(body, draw, grown)[:_BODY_BYTES_MAX]
        yield body


def findings(seed: int, count: int, ends: Counter[str]) -> Iterator[Finding]:
    """Have so many bodies decoded; count in `ends` how."""
    for case, body in enumerate(bodies(seed, count)):
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        try:
            decode_track(body, _LIMITS, PUBLIC)
            ends["taken"] += 1
        except Refusal as refusal:
            ends[str(refusal.status)] += 1
            if refusal.status not in (413, 422):
                yield Finding(case, body, f"refused with {refusal.status}")
        except Exception as error:  # noqa: BLE001 - whatever else comes out is what is looked for
            yield Finding(case, body, f"{type(error).__name__}: {error}")
    faulthandler.cancel_dump_traceback_later()


def _changed(body: bytes, draw: Random, grown: list[bytes]) -> bytes:
    start = draw.randint(0, len(body))
    end = min(len(body), start + draw.choice((0, 1, 2, 8, 64)))
    piece = body[start:end]
    match draw.randrange(6):
        case 0:
            piece = draw.randbytes(len(piece))
        case 1:
            piece = b""
        case 2:
            piece *= draw.choice((2, 3, 50))
        case 3:
            other = draw.choice(grown)
            begin = draw.randint(0, len(other))
            piece = other[begin : begin + draw.choice((4, 32, 256))]
        case 4 if piece:
            piece = bytes([piece[0] ^ (1 << draw.randrange(8))]) + piece[1:]
        case _:
            piece = draw.choice(_WORDS)
    return body[:start] + piece + body[end:]
