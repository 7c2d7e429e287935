"""Every store keeps the contract of the port that questions go through."""

from __future__ import annotations

from sojourn.testing import RecordsContract


class TestRecords(RecordsContract):
    """Over the stores of the fixture."""
