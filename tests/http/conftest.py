"""The tracker's door over the model of a store; each test ends with all events counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sojourn.stores.memory import MemoryStore
from tests.door import Door, a_door, everything_is_accounted_for


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with a_door(MemoryStore()) as opened:
        yield opened
        await everything_is_accounted_for(opened)
