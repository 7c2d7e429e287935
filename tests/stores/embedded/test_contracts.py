"""The embedded store keeps every contract, and answers as the model does, across closes and crashes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from sojourn.testing import (
    CatalogContract,
    CollectorStoreContract,
    DurabilityContract,
    RecordsContract,
    Store,
    StoreUnderTest,
    comparison_of,
)
from tests.stores.embedded.under_test import EmbeddedStoreUnderTest


@pytest.fixture
def under_test(tmp_path: Path) -> StoreUnderTest:
    return EmbeddedStoreUnderTest(tmp_path)


@pytest.fixture
async def store(under_test: StoreUnderTest) -> AsyncIterator[Store]:
    yield await under_test.open()
    await under_test.close()


class TestCollectorStore(CollectorStoreContract):
    """What the collector works through."""


class TestRecords(RecordsContract):
    """What questions go through."""


class TestCatalog(CatalogContract):
    """What people configure."""


class TestDurability(DurabilityContract):
    """What must be there again."""


def test_the_store_answers_as_the_model_does() -> None:
    run_state_machine_as_test(comparison_of(EmbeddedStoreUnderTest), settings=settings(deadline=None))
