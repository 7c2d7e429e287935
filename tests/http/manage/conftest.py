"""The management API over the model of a store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.http.manage.desk import Desk, a_desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with a_desk() as opened:
        yield opened
