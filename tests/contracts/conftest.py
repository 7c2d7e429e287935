"""An opened store of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sojourn.testing import Store, StoreUnderTest
from tests.contracts.known_stores import STORES


@pytest.fixture(params=STORES)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
    return STORES[request.param](tmp_path)


@pytest.fixture
async def store(under_test: StoreUnderTest) -> AsyncIterator[Store]:
    yield await under_test.open()
    await under_test.close()
