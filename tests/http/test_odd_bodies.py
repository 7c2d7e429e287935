"""Bodies that are too large, too deep, or no JSON at all (tracker.md §1.6)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from sojourn.core.limits import MIB, Limits, PayloadLimits
from sojourn.stores.memory import MemoryStore
from tests.door import AS_SERVER, Answer, Door, a_door

VALID = b'{"source":{"id":"S"},"session":{"id":"s1"},"events":[{"type":"x"}]}'


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 100_000,
        b'{"source":{"id":"S"},"context":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001 + b',"events":[]}',
        b'{"source":{"id":"S"},"events":[{"type":"x","properties":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}]}",
        b'{"source":{"id":"S"},"events":[{"type":5,"unknown":' + b"[" * 50_000 + b"]" * 50_000 + b"}]}",
    ],
    ids=["list", "open list", "context", "properties", "unknown field"],
)
async def test_n1_nesting_without_end_is_refused(door: Door, body: bytes) -> None:
    answer = await post(door, body)
    assert (answer.status, codes(answer)) == (422, ["json.depth"])
    await alive(door)


@pytest.mark.parametrize("number", ["9" * 5_000, "1e400", "-1e400", "NaN", "-NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("place", ['"a":%s', '"a":{"b":%s}', '"a":[1,%s]'])
async def test_n3_a_number_that_is_none_is_refused(door: Door, number: str, place: str) -> None:
    body = '{"source":{"id":"S"},"events":[{"type":"x","properties":{' + place % number + "}}]}"
    answer = await post(door, body.encode())
    assert (answer.status, codes(answer)) == (422, ["json.number"])
    assert await door.events() == []


@pytest.mark.parametrize("place", ["context", "properties", "options"])
async def test_n3b_it_is_refused_in_the_frame_too(door: Door, place: str) -> None:
    body = f'{{"source":{{"id":"S"}},"events":[{{"type":"x"}}],"{place}":{{"a":1e999}}}}'
    assert codes(await post(door, body.encode())) == ["json.number"]


@pytest.mark.parametrize(
    "text",
    [b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', b'"\x00"', b'"a\nb"'],
    ids=[
        "lone surrogate",
        "swapped surrogates",
        "no utf-8",
        "surrogate in utf-8",
        "overlong",
        "raw NUL",
        "raw newline",
    ],
)
@pytest.mark.parametrize("field", [b"properties", b"unknown"])
async def test_n5_text_that_is_none_is_refused_wherever_it_stands(door: Door, text: bytes, field: bytes) -> None:
    for event_type in (b'"x"', b"5"):
        body = b'{"source":{"id":"S"},"events":[{"type":' + event_type + b',"' + field + b'":{"a":' + text + b"}}]}"
        answer = await post(door, body)
        assert (answer.status, codes(answer)) == (422, ["json_invalid"])
    assert await door.quarantined() == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
async def test_n5b_json_that_is_not_utf_8_is_refused(door: Door, encoding: str) -> None:
    assert codes(await post(door, VALID.decode().encode(encoding))) == ["json_invalid"]


async def test_n5c_a_byte_order_mark_is_skipped(door: Door) -> None:
    assert (await post(door, b"\xef\xbb\xbf" + VALID)).status == 200
    assert "x" in await door.types()


async def test_n5d_behind_a_byte_order_mark_a_bad_event_is_put_aside_alone(door: Door) -> None:
    body = b'\xef\xbb\xbf{"source":{"id":"S"},"events":[{"type":" "},{"type":"x"}]}'
    assert (await post(door, body)).status == 200
    assert [aside.raw for aside in await door.quarantined()] == ['{"type":" "}']


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf"])
async def test_nothing_is_missing(door: Door, body: bytes) -> None:
    answer = await post(door, body)
    assert answer.body == {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required."}]}


@pytest.mark.parametrize("body", [b"{", b"{}}", VALID + b"x", b"'a'", b'{"a":1,}', b'{"a":01}', b"\x1f\x8b", b"tru"])
async def test_what_is_no_json_is_refused(door: Door, body: bytes) -> None:
    assert codes(await post(door, body)) == ["json_invalid"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/plain;charset=UTF-8", "application/json", "", "image/png"]
)
async def test_json_is_read_whatever_it_is_called(door: Door, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert (await post(door, VALID, **headers)).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
async def test_a_gzip_body_is_inflated(door: Door, encoding: str) -> None:
    assert (await post(door, gzip.compress(VALID), **{"Content-Encoding": encoding})).status == 200
    assert "x" in await door.types()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        VALID,
        zlib.compress(VALID),
        gzip.compress(VALID)[:-1],
        gzip.compress(VALID)[:-9],
        gzip.compress(VALID) + b"more",
        gzip.compress(VALID)[:-8] + b"\0" * 8,
    ],
    ids=["empty", "plain", "zlib", "without its last byte", "cut off", "something behind", "wrong checksum"],
)
async def test_what_is_not_the_gzip_that_it_claims_to_be_is_a_broken_frame(door: Door, body: bytes) -> None:
    answer = await post(door, body, **{"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert await door.events() == []


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "*"])
async def test_an_unknown_encoding_is_not_supported(door: Door, encoding: str) -> None:
    assert (await post(door, VALID, **{"Content-Encoding": encoding})).status == 415


async def test_the_plain_encoding_may_be_named(door: Door) -> None:
    assert (await post(door, VALID, **{"Content-Encoding": "identity"})).status == 200


async def test_n9_a_bomb_is_noticed_before_it_fills_the_memory(door: Door) -> None:
    bomb = _zeros(128 * MIB)
    tracemalloc.start()
    answer = await post(door, bomb, **{"Content-Encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status == 413
    assert peak < 32 * MIB
    await alive(door)


async def test_n9b_a_body_may_be_larger_inflated_than_as_it_was_sent(door: Door) -> None:
    padded = VALID + b" " * 2 * MIB
    assert (await post(door, gzip.compress(padded), **{"Content-Encoding": "gzip"})).status == 200
    assert (await post(door, padded)).status == 413


async def test_n13_too_many_events_are_refused_before_any_is_looked_at(door: Door) -> None:
    body = b'{"source":{"id":"S"},"events":[' + b",".join([b"{}"] * 100_001) + b"]}"
    answer = await post(door, body)
    assert answer.status == 413
    assert await door.quarantined() == []


async def test_n13b_a_server_may_send_more_events_than_a_browser(door: Door) -> None:
    for count, status in ((2_001, 413), (501, 200)):
        body = b'{"source":{"id":"SRV"},"events":[' + b",".join([b'{"type":"x"}'] * count) + b"]}"
        assert (await post(door, body, **AS_SERVER)).status == status


@pytest.mark.parametrize("token", ["Bearer of no secret", "Basic eDp5"])
async def test_a_token_that_is_no_secret_of_the_source_brings_no_larger_limits(door: Door, token: str) -> None:
    many = b'{"source":{"id":"S"},"events":[' + b",".join([b'{"type":"x"}'] * 501) + b"]}"
    large = VALID + b" " * 2 * MIB
    inflated_large = gzip.compress(VALID + b" " * 5 * MIB)
    assert (await post(door, many, Authorization=token)).status == 413
    assert (await post(door, large, Authorization=token)).status == 413
    assert (await post(door, inflated_large, Authorization=token, **{"Content-Encoding": "gzip"})).status == 413
    assert (await post(door, VALID, Authorization=token)).status == 200


@pytest.mark.parametrize(
    ("url", "token", "taken"),
    [
        ("/track", "Bearer x", 3),
        ("/track", AS_SERVER["Authorization"], 8),
        ("/collect/ev/HOOK", AS_SERVER["Authorization"], 3),
        ("/redirect/R1", "Bearer x", 3),
    ],
)
async def test_n9c_no_more_is_read_than_the_client_has_proved_its_right_to(
    door: Door, url: str, token: str, taken: int
) -> None:
    read: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(8):
            read.append(number)
            yield b" " * (MIB // 2)

    await door.send("POST", url, content=pieces(), headers={"Authorization": token})
    assert len(read) == taken


async def test_n14_too_many_values_in_all_are_refused(door: Door) -> None:
    limits = Limits(public=PayloadLimits(nodes_max=30))
    async with a_door(MemoryStore(), limits=limits) as small:
        event = {"type": "x", "properties": {"a": [1, 2, 3]}}
        assert (await small.track(session="s1", events=[event] * 3)).status == 200
        assert (await small.track(session="s1", events=[event] * 5)).status == 413
        assert (await small.track(session="s1", context={"a": [1] * 30})).status == 413


async def post(door: Door, body: bytes, **headers: str) -> Answer:
    """Send a body to `/track`."""
    return await door.send("POST", "/track", content=body, headers=headers)


def codes(answer: Answer) -> list[str]:
    """What is wrong, as the answer says."""
    return [problem["type"] for problem in answer.body["detail"]]


async def alive(door: Door) -> None:
    """Whether the next request is taken as if nothing had happened."""
    assert (await post(door, VALID)).status == 200


def _zeros(size: int) -> bytes:
    """So many zero bytes as gzip, which are a thousandth of them."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    megabyte = bytes(MIB)
    return b"".join([deflater.compress(megabyte) for _ in range(size // MIB)]) + deflater.flush()
