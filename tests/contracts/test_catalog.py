"""Every store keeps the contract of the port to what people configure."""

from __future__ import annotations

from sojourn.testing import CatalogContract


class TestCatalog(CatalogContract):
    """Over the stores of the fixture."""
