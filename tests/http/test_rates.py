"""How often a client may come, and what it is told when it comes too often."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits, Rates
from sojourn.http.addresses import network_of
from sojourn.http.rates import RateLimiter
from sojourn.stores.memory import MemoryStore
from tests.door import AS_SERVER, Answer, Door, a_door, a_payload, everything_is_accounted_for

STRANGER = "203.0.113.7"


@asynccontextmanager
async def rated(client: str = STRANGER, *, loopback: bool = False, **rates: float) -> AsyncIterator[Door]:
    """A door with these rates, for a client of that address."""
    limits = Limits(rates=Rates(**rates), rate_loopback=loopback)  # type: ignore[arg-type] # bursts are whole numbers
    async with a_door(MemoryStore(), limits=limits, client=client) as door:
        yield door
        await everything_is_accounted_for(door)


async def test_an_address_that_comes_too_often_is_told_when_to_come_again() -> None:
    async with rated(ip_requests_per_s=2, ip_requests_burst=3) as door:
        answers = [await door.track(session=f"s{number}") for number in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert answers[3].headers["retry-after"] == "1"
        assert answers[3].body == {"detail": "Too many requests; GET /limits tells the rates."}
        assert (await door.outcomes()).refused == {"rate": 1}


async def test_after_the_time_that_it_was_told_it_may_come_again() -> None:
    async with rated(ip_requests_per_s=0.3, ip_requests_burst=1) as door:
        await door.track(session="s1")
        refused = await door.track(session="s1")
        door.clock.turn(seconds=int(refused.headers["retry-after"]))
        assert (refused.status, (await door.track(session="s1")).status) == (429, 200)


async def test_a_refusal_uses_nothing_up() -> None:
    async with rated(ip_requests_per_s=1, ip_requests_burst=1) as door:
        await door.track(session="s1")
        for _ in range(50):
            await door.track(session="s1")
        door.clock.turn(seconds=1)
        assert (await door.track(session="s1")).status == 200


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_no_rate_holds_for_this_machine(client: str) -> None:
    async with rated(client, ip_requests_per_s=1, ip_requests_burst=1, person_events_per_s=1) as door:
        assert {(await door.track(session="s1")).status for _ in range(20)} == {200}


async def test_rates_hold_for_this_machine_if_that_is_wished() -> None:
    async with rated("127.0.0.1", loopback=True, ip_requests_per_s=1, ip_requests_burst=1) as door:
        assert [(await door.track(session="s1")).status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "203.0.113.7", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
    ],
)
async def test_a_client_is_an_ipv4_address_or_a_64_network_of_ipv6(one: str, other: str, *, are_one: bool) -> None:
    limits = Limits(rates=Rates(ip_requests_per_s=1, ip_requests_burst=1))
    async with a_door(MemoryStore(), limits=limits, client=one) as door:
        assert (await door.track(session="s1")).status == 200
        again = await _from(door, other)
        assert again.status == (429 if are_one else 200)


@pytest.mark.parametrize("address", ["", "unix", "fe80::1%eth0", "1.2.3", "::ffff:x.y"])
def test_an_odd_address_is_a_client_like_any_other(address: str) -> None:
    assert isinstance(network_of(address), str)


@pytest.mark.parametrize("named", [{"session": "s1", "profile": None}, {"session": None, "profile": "p1"}])
async def test_events_that_name_one_session_or_profile_are_rated_together(named: dict[str, Any]) -> None:
    async with rated(person_events_per_s=1, person_events_burst=5) as door:
        first = await door.track(**named, events=["x"] * 4)
        second = await door.track(**named, events=["x"] * 2)
        other = await door.track(session="s2", events=["x"] * 2)
        assert [answer.status for answer in (first, second, other)] == [200, 429, 200]
        assert (await door.outcomes("S")).refused == {"rate": 2}


async def test_a_payload_larger_than_the_burst_is_taken_from_who_was_quiet() -> None:
    async with rated(person_events_per_s=1, person_events_burst=5) as door:
        assert (await door.track(session="s1", events=["x"] * 50)).status == 200
        assert (await door.track(session="s1")).status == 429


async def test_a_server_may_tell_more_of_one_person() -> None:
    async with rated(person_events_burst=1, server_person_events_burst=10) as door:
        payload = a_payload(source="SRV", events=["x"] * 5)
        statuses = [(await door.send("POST", "/track", json=payload, headers=AS_SERVER)).status for _ in range(2)]
        assert statuses == [200, 200]


async def test_the_events_of_a_source_are_rated_if_that_is_wished() -> None:
    async with rated(source_events_per_s=1, source_events_burst=2) as door:
        assert [(await door.track(session=f"s{number}")).status for number in range(3)] == [200, 200, 429]
        assert (await door.track(source="QUIET", session="s4")).status == 200


async def test_n27_guessed_profile_ids_find_nobody_and_run_into_a_rate() -> None:
    async with rated(ip_new_profiles_per_min=60, ip_new_profiles_burst=20) as door:
        victim = await door.track(session="victim")
        assert victim.profile is not None
        near = victim.profile[:-1] + ("0" if victim.profile[-1] != "0" else "1")
        guesses = [near, *(f"00000000-0000-4000-8000-{number:012d}" for number in range(30))]
        answers = [await door.track(session=f"s{number}", profile=guess) for number, guess in enumerate(guesses)]
        taken = [answer for answer in answers if answer.status == 200]
        ids = {answer.profile for answer in taken}
        assert {answer.status for answer in answers[len(taken) :]} == {429}
        assert 15 < len(taken) < 25
        assert len(ids) == len(taken)
        assert ids.isdisjoint({victim.profile, *guesses})
        assert len({(tuple(answer.body), tuple(answer.codes("warnings"))) for answer in taken}) == 1


async def test_known_people_are_served_while_new_ones_are_refused() -> None:
    async with rated(ip_new_profiles_per_min=60, ip_new_profiles_burst=1) as door:
        known = await door.track(session="s1")
        door.clock.turn(seconds=2)
        assert (await door.track(session="s1", profile=known.profile)).status == 200


STEPS = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), max_size=40)


@given(STEPS)
def test_never_more_is_allowed_than_burst_and_rate_together(steps: list[tuple[float, int]]) -> None:
    limiter = RateLimiter(per_s=2, burst=5, keys_max=10)
    now = 0.0
    used = 0
    for pause, count in steps:
        now += pause
        if not limiter.wait_s("a", now, count):
            limiter.use("a", now, count)
            used += count
    assert used <= 5 + 2 * now + 1e-6


@given(STEPS)
def test_whoever_waits_as_long_as_told_is_allowed(steps: list[tuple[float, int]]) -> None:
    limiter = RateLimiter(per_s=2, burst=5, keys_max=10)
    now = 0.0
    for pause, count in steps:
        now += pause + limiter.wait_s("a", now + pause, count)
        assert limiter.wait_s("a", now, count) < 1e-6
        limiter.use("a", now, count)


def test_the_longest_unseen_is_forgotten_first() -> None:
    limiter = RateLimiter(per_s=1, burst=1, keys_max=2)
    for key in ("a", "b", "a", "c"):
        limiter.use(key, 0)
    assert [bool(limiter.wait_s(key, 0)) for key in ("a", "b", "c")] == [True, False, True]


def test_a_rate_of_nothing_sets_no_limit() -> None:
    limiter = RateLimiter(per_s=0, burst=0, keys_max=2)
    limiter.use("a", 0, 1_000)
    assert limiter.wait_s("a", 0, 1_000) == 0


async def _from(door: Door, client: str) -> Answer:
    """The answer to a page view from another address."""
    import httpx2

    transport = httpx2.ASGITransport(app=door.app, client=(client, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://sojourn.test") as http:
        response = await http.post("/track", json=a_payload(session="s2"))
    return Answer(response.status_code, response.headers, response.json())
