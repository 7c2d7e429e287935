"""The scenarios run over every store, the model and the one that people use; each ends with all events counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sojourn.testing import CrashableStore, StoreUnderTest
from tests.contracts.known_stores import DURABLE, STORES
from tests.door import Door, a_door, everything_is_accounted_for


@pytest.fixture(params=STORES)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
    return STORES[request.param](tmp_path)


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> CrashableStore:
    return DURABLE[request.param](tmp_path)


@pytest.fixture
async def door(under_test: StoreUnderTest) -> AsyncIterator[Door]:
    async with a_door(await under_test.open()) as opened:
        yield opened
        await everything_is_accounted_for(opened)
    await under_test.close()
