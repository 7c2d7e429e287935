"""Thousands of devices claim one value that is everybody's: the breaker holds, and everybody stays who they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sojourn.core.facts import Keys
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.pipeline import Decision
from tests.builders import NOON
from tests.contracts.known_stores import STORES
from tests.engine.races import AtWork, at_work

pytestmark = pytest.mark.slow

DEVICES = 5_000
ABREAST = 500
POISON = "everybody@mail.example"
JOINS_MAX = next(kind for kind in BUILT_IN_KINDS if kind.id == "email-main").limit_per_period.count
LINK_BYTES_MAX = 1_000


@pytest.fixture(params=STORES)
async def storm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AtWork]:
    under_test = STORES[request.param](tmp_path)
    async with at_work(await under_test.open()) as opened:
        await claimed(opened, range(DEVICES), NOON)
        yield opened
    await under_test.close()


async def test_a_storm_is_held_and_leaves_everybody_who_they_were(storm: AtWork) -> None:
    assert await merges_of(storm) == JOINS_MAX
    assert await people_of(storm) == DEVICES - JOINS_MAX
    [review] = (await storm.store.reviews(limit=DEVICES)).items
    assert (review.why, review.state) == ("fan-in", "open")
    link = (await storm.store.load(Keys(identifiers=frozenset((review.reason.key,))))).links[review.reason.key]
    assert len(msgspec.json.encode(link)) < LINK_BYTES_MAX

    await storm.people.answer(review.id, accept=False, actor="ann")
    for merge in (await storm.store.merges(limit=DEVICES)).items:
        await storm.people.undo(merge.id, actor="ann")
    assert await people_of(storm) == DEVICES

    answers = await claimed(storm, range(DEVICES, DEVICES + 3 * JOINS_MAX), NOON + timedelta(days=2))
    answers += await claimed(storm, range(3 * JOINS_MAX), NOON + timedelta(days=4))
    assert len({answer.profile_id for answer in answers}) == len(answers)
    assert await merges_of(storm) == JOINS_MAX
    assert len((await storm.store.reviews(limit=DEVICES)).items) == 1


async def claimed(storm: AtWork, devices: range, at: datetime) -> list[Decision]:
    """What is answered to devices that somebody looks at pages with, and then signs in on with the poisoned value."""
    answers: list[Decision] = []
    for first in range(devices.start, devices.stop, ABREAST):
        abreast = [f"device-{device}" for device in range(first, min(first + ABREAST, devices.stop))]
        await storm.together(*(storm.request(session=device, at=at) for device in abreast))
        claims = [storm.request("sign-in", session=device, email=POISON, at=at) for device in abreast]
        answers += await storm.together(*claims)
    return answers


async def merges_of(storm: AtWork) -> int:
    return len((await storm.store.merges(limit=DEVICES)).items)


async def people_of(storm: AtWork) -> int:
    return len(await storm.store.people(limit=2 * DEVICES))
