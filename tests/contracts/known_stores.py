"""The stores that every contract is held against, each made in a folder that is empty at first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sojourn.testing.stores import MemoryStoreUnderTest, StoreUnderTest

STORES: dict[str, Callable[[Path], StoreUnderTest]] = {"memory": lambda folder: MemoryStoreUnderTest()}
