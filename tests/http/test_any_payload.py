"""Whatever is sent, it is answered as a client can understand, and every event is accounted for. Any 500 is a bug."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from sojourn.stores.memory import MemoryStore
from tests.door import AS_SERVER, SOURCES, Answer, a_door, everything_is_accounted_for

UNDERSTOOD = {200, 400, 401, 403, 404, 405, 413, 414, 415, 422}

TEXTS = st.text(max_size=8) | st.sampled_from(["s1", "e1", " ", "x" * 200, "\x00", "\u202e", "2020-01-01", "İ", "1e5"])
SCALARS = (
    st.none()
    | st.booleans()
    | TEXTS
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -1, 1e300, 253_402_300_800, 2**53, 1_577_872_800_000])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def mostly(expected: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is expected, and now and then anything else."""
    return st.one_of(expected, expected, expected, VALUES)


OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=3)
MOMENTS = mostly(st.sampled_from(["2020-01-01T10:00:00Z", "2016-12-31T23:59:60Z", 0, 1e12, "9999-12-31", "0001-01-01"]))
TYPES = st.sampled_from(["page-view", "Visit Ended", "visit-started", "profile-created", " "]) | TEXTS
OPTIONS = st.dictionaries(
    st.sampled_from(
        ["saveEvent", "saveEvents", "save", "saveSession", "saveProfile", "profile", "debugger", "source_id"]
    ),
    st.booleans() | VALUES,
    max_size=3,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": mostly(TYPES),
        "id": mostly(st.sampled_from(["e1", "e2", " e1 ", ""])),
        "properties": mostly(OBJECTS),
        "context": mostly(OBJECTS),
        "time": mostly(st.fixed_dictionaries({}, optional={"insert": MOMENTS, "create": MOMENTS, "update": MOMENTS})),
        "tags": mostly(st.lists(TEXTS, max_size=3)),
        "options": mostly(OPTIONS),
        "unknown": VALUES,
    },
)
PARTS = mostly(st.fixed_dictionaries({"id": mostly(st.sampled_from(["s1", "s2", "", " s1 ", None]))}))
PAYLOADS = st.fixed_dictionaries(
    {
        "source": mostly(st.fixed_dictionaries({"id": mostly(st.sampled_from([source.id for source in SOURCES]))})),
        "events": mostly(st.lists(mostly(EVENTS), max_size=3)),
    },
    optional={
        "session": PARTS,
        "profile": PARTS,
        "context": mostly(OBJECTS),
        "properties": mostly(OBJECTS),
        "options": mostly(OPTIONS),
        "tags": mostly(st.lists(TEXTS, max_size=3)),
        "sent_at": MOMENTS,
        "unknown": VALUES,
    },
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Idempotency-Key": st.sampled_from(["k1", "k2", " ", "ø"]),
        "Authorization": st.sampled_from([AS_SERVER["Authorization"], "Bearer x", "x"]),
        "Origin": st.sampled_from(["https://shop.example", "null"]),
        "User-Agent": st.sampled_from(["Firefox", "Googlebot/2.1", ""]),
    },
)
BYTES = st.binary(max_size=4)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A payload as text, with some of its bytes lost, repeated or replaced."""
    body = json.dumps(draw(PAYLOADS), ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(start + 5, len(body))))
        body = body[:start] + draw(BYTES | st.just(body[start:end] * 2)) + body[end:]
    return body


@given(st.lists(st.tuples(PAYLOADS, HEADERS), min_size=1, max_size=4))
def test_any_payload_is_understood_and_accounted_for(requests: list[tuple[Any, dict[str, str]]]) -> None:
    sent = [("/track", json.dumps(payload).encode(), headers) for payload, headers in requests]
    assert {answer.status for answer in answers_to(sent)} <= UNDERSTOOD


@given(st.lists(damaged(), min_size=1, max_size=4))
def test_any_damaged_payload_is_understood(bodies: list[bytes]) -> None:
    assert {answer.status for answer in answers_to([("/track", body, {}) for body in bodies])} <= UNDERSTOOD


@given(TYPES, st.sampled_from(["HOOK", "KEEP", "S"]), TEXTS, VALUES, HEADERS)
def test_any_webhook_is_understood(
    event_type: str, source: str, session: str, body: Any, headers: dict[str, str]
) -> None:
    path = "/".join(quote(part, safe="") for part in ("collect", event_type, source, session))
    assert {answer.status for answer in answers_to([(f"/{path}", json.dumps(body).encode(), headers)])} <= UNDERSTOOD


@given(st.sampled_from(["R1", "RALL", "ROFF"]), TEXTS, TEXTS, VALUES, HEADERS)
def test_any_visitor_of_a_link_is_led_on(
    redirect: str, session: str, query: str, body: Any, headers: dict[str, str]
) -> None:
    url = f"/redirect/{redirect}/{quote(session, safe='')}?q={quote(query)}"
    assert [answer.status for answer in answers_to([(url, json.dumps(body).encode(), headers)])] == [303]


def answers_to(requests: list[tuple[str, bytes, dict[str, str]]]) -> list[Answer]:
    """The answers to these requests, sent one after the other to a door that opens for them."""

    async def send_all() -> list[Answer]:
        async with a_door(MemoryStore()) as door:
            encoded = [(url, body, _encoded(headers)) for url, body, headers in requests]
            answers = [await door.send("POST", url, content=body, headers=headers) for url, body, headers in encoded]
            await everything_is_accounted_for(door)
            return answers

    return asyncio.run(send_all())


def _encoded(headers: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode() for name, value in headers.items()}
