"""Requests of one person that come at the same moment, on several devices: nobody is split, and nothing fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from sojourn.core.events import Submission
from sojourn.core.pipeline import Decision
from tests.contracts.known_stores import STORES
from tests.engine.races import AtWork, at_work

ABREAST = 16
"""People who race at the same time, so that requests of several meet in one batch."""

DEVICES = ("phone", "laptop", "tablet")


@pytest.fixture(params=STORES)
async def racing(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AtWork]:
    under_test = STORES[request.param](tmp_path)
    async with at_work(await under_test.open()) as opened:
        yield opened
    await under_test.close()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--rounds"))


async def test_whoever_races_with_themselves_is_one_person(racing: AtWork, rounds: int) -> None:
    random = Random(rounds)
    for first in range(0, rounds, ABREAST):
        people = range(first, min(first + ABREAST, rounds))
        await racing.together(*in_any_order(random, *(first_requests(racing, person) for person in people)))
        last = [[sign_in(racing, person, device) for device in DEVICES] for person in people]
        answers = iter(await racing.together(*(request for theirs in last for request in theirs)))
        for person in people:
            await is_one(racing, person, [next(answers) for _ in DEVICES])


def first_requests(racing: AtWork, person: int) -> list[Submission]:
    """On each device a page and a sign-in, one of them sent twice; and one by a server that knows no session."""
    page_views = [racing.request(session=f"{person}-{device}") for device in DEVICES]
    sign_ins = [sign_in(racing, person, device) for device in DEVICES]
    resent = [sign_in(racing, person, "phone", event=f"event-{person}") for _ in range(2)]
    return [*page_views, *sign_ins, *resent, racing.request("sign-in", email=address_of(person))]


def sign_in(racing: AtWork, person: int, device: str, event: str | None = None) -> Submission:
    return racing.request("sign-in", session=f"{person}-{device}", email=address_of(person), event=event)


def address_of(person: int) -> str:
    return f"p{person}@mail.example"


def in_any_order(random: Random, *requests: list[Submission]) -> list[Submission]:
    """All of them, shuffled as networks do."""
    shuffled = [request for theirs in requests for request in theirs]
    random.shuffle(shuffled)
    return shuffled


async def is_one(racing: AtWork, person: int, answers: list[Decision]) -> None:
    """All devices were answered with one id, and all that was sent is told of that person, each once."""
    [id] = {answer.profile_id for answer in answers}
    for device in DEVICES:
        session = await racing.store.session(f"{person}-{device}")
        assert session is not None
        assert session.profile is not None
        owner = await racing.store.profile(session.profile.id)
        assert owner is not None
        assert owner.id == id
        assert owner.traits["spent"] == len(DEVICES) + 1 + 1 + len(DEVICES)
        assert owner.metadata.time.visit.count == len(DEVICES) + 1
