"""The room for bodies: bounded as a whole, and never filled by one client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from random import Random

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits
from sojourn.http.refusals import Refusal
from sojourn.http.room import BodyRoom
from sojourn.stores.memory import MemoryStore
from tests.door import a_door, a_payload

ROOM_BYTES = 1_000
SHARED = Limits(queue_bytes_max=ROOM_BYTES)
CLIENTS = ("203.0.113.1", "203.0.113.2", "2001:db8::1", "127.0.0.1", "")
BODY = json.dumps(a_payload()).encode()

TAKES = st.lists(st.tuples(st.sampled_from(CLIENTS), st.integers(0, 600)), max_size=60)


def take(room: BodyRoom, client: str, size_bytes: int) -> bool:
    """Whether the room was given."""
    try:
        room.take(client, size_bytes)
    except Refusal:
        return False
    return True


@given(TAKES, st.randoms(use_true_random=False))
def test_never_more_is_held_than_there_is_room_and_all_of_it_comes_back(
    takes: list[tuple[str, int]], chance: Random
) -> None:
    room = BodyRoom(SHARED)
    held = [(client, size_bytes) for client, size_bytes in takes if take(room, client, size_bytes)]
    assert room.held_bytes() == sum(size_bytes for _, size_bytes in held) <= ROOM_BYTES
    chance.shuffle(held)
    for client, size_bytes in held:
        room.give_back(client, size_bytes)
    assert room.held_bytes() == 0
    assert take(room, CLIENTS[0], ROOM_BYTES // 2)


@given(TAKES)
def test_whatever_others_hold_the_next_client_finds_room(takes: list[tuple[str, int]]) -> None:
    room = BodyRoom(SHARED)
    for client, size_bytes in takes:
        if client not in ("127.0.0.1", ""):
            take(room, client, size_bytes)
    assert take(room, "198.51.100.9", (ROOM_BYTES - room.held_bytes()) // 2)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_a_client_is_an_ipv4_address_or_a_64_network_of_ipv6(one: str, other: str, *, are_one: bool) -> None:
    room = BodyRoom(SHARED)
    assert take(room, one, ROOM_BYTES // 2)
    assert take(room, other, ROOM_BYTES // 4) is not are_one


@pytest.mark.parametrize(("loopback", "taken_bytes"), [(False, ROOM_BYTES), (True, ROOM_BYTES // 2)])
def test_this_machine_shares_only_if_that_is_wished(*, loopback: bool, taken_bytes: int) -> None:
    room = BodyRoom(Limits(queue_bytes_max=ROOM_BYTES, rate_loopback=loopback))
    assert take(room, "127.0.0.1", taken_bytes)
    assert not take(room, "127.0.0.1", 1)


async def test_half_sent_bodies_of_one_address_leave_room_for_the_bodies_of_others() -> None:
    limits = Limits(queue_bytes_max=100 * len(BODY))
    async with a_door(MemoryStore(), limits=limits, client="203.0.113.7") as door:
        gone, settled = asyncio.Event(), asyncio.Semaphore(0)

        async def half_of_it() -> AsyncIterator[bytes]:
            yield BODY
            settled.release()
            await gone.wait()
            yield b" "

        slow = [asyncio.create_task(door.send("POST", "/track", content=half_of_it())) for _ in range(64)]
        for each in slow:
            each.add_done_callback(lambda _: settled.release())
        for _ in slow:
            await settled.acquire()  # Each has sent what it sends for now, or was refused.
        same = await door.send("POST", "/track", content=BODY)
        transport = httpx2.ASGITransport(app=door.app, client=("203.0.113.8", 1234))
        async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
            other = await http.post("/track", content=BODY)
        gone.set()
        answers = [(await each).status for each in slow]
    assert (same.status, same.headers["retry-after"], other.status_code) == (503, "1", 200)
    assert (answers.count(200), answers.count(503)) == (49, 15)
