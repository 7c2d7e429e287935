"""The model of a store, in memory: plain dictionaries, as simple as what every store must do (docs/adr/0005)."""

from sojourn.stores.memory.catalog import MemoryCatalog
from sojourn.stores.memory.store import MemoryStore

__all__ = ["MemoryCatalog", "MemoryStore"]
