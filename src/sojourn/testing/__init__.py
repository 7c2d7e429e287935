"""Proofs for anyone who writes a store: one contract suite for each port, and a comparison with the model.

The suites are classes for pytest: subclass one, give it the fixture that its module names, and run it. Builders and
strategies of records are in `sojourn.testing.builders` and `sojourn.testing.strategies`. Needs pytest, pytest-asyncio
and hypothesis; `pytest.register_assert_rewrite("sojourn.testing")` in a conftest lets failures tell more.
"""

from sojourn.testing.catalog import CatalogContract
from sojourn.testing.collector_store import CollectorStoreContract
from sojourn.testing.comparison import StoreComparison, comparison_of
from sojourn.testing.durability import DurabilityContract
from sojourn.testing.observations import ObservationsContract
from sojourn.testing.records import RecordsContract
from sojourn.testing.stores import CrashableStore, MemoryStoreUnderTest, Store, StoreUnderTest

__all__ = [
    "CatalogContract",
    "CollectorStoreContract",
    "CrashableStore",
    "DurabilityContract",
    "MemoryStoreUnderTest",
    "ObservationsContract",
    "RecordsContract",
    "Store",
    "StoreComparison",
    "StoreUnderTest",
    "comparison_of",
]
