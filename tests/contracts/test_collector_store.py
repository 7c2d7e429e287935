"""Every store keeps the contract of the port that the collector works through."""

from __future__ import annotations

from sojourn.testing import CollectorStoreContract


class TestCollectorStore(CollectorStoreContract):
    """Over the stores of the fixture."""
