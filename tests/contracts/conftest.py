"""The stores that every contract is held against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sojourn.testing.stores import MemoryStoreUnderTest, Store, StoreUnderTest

STORES: dict[str, Callable[[Path], StoreUnderTest]] = {"memory": lambda folder: MemoryStoreUnderTest()}


@pytest.fixture(params=STORES)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
    return STORES[request.param](tmp_path)


@pytest.fixture
async def store(under_test: StoreUnderTest) -> AsyncIterator[Store]:
    yield await under_test.open()
    await under_test.close()
