"""The stores that every contract is held against, each made in a folder that is empty at first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sojourn.testing import CrashableStore, MemoryStoreUnderTest, StoreUnderTest
from tests.stores.embedded.under_test import EmbeddedStoreUnderTest

DURABLE: dict[str, Callable[[Path], CrashableStore]] = {"embedded": EmbeddedStoreUnderTest}

STORES: dict[str, Callable[[Path], StoreUnderTest]] = {"memory": lambda folder: MemoryStoreUnderTest(), **DURABLE}
