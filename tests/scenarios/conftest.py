"""The scenarios run over every store: the model, and the one that people use."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sojourn.stores.memory import MemoryStore
from tests.door import Door, a_door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with a_door(MemoryStore()) as opened:
        yield opened
