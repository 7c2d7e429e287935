"""Every store that outlives its process has again what it kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.testing import CrashableStore, DurabilityContract
from tests.contracts.known_stores import DURABLE


@pytest.fixture(params=DURABLE)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> CrashableStore:
    return DURABLE[request.param](tmp_path)


class TestDurability(DurabilityContract):
    """Over the durable stores."""
