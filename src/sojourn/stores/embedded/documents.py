"""Documents in memory: all that have changed and are not in the database yet, and a bounded number of others.

A document that is not in the database must not be forgotten, whatever the bound says; one that is may be, the longest
unused first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from enum import Enum
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Document = TypeVar("Document")


class Missing(Enum):
    """The answer that says nothing."""

    MISSING = "missing"
    """Memory does not know; the database may. None instead is knowledge: there is no such document."""


MISSING: Final = Missing.MISSING


class Documents(Generic[Key, Document]):
    """The newest documents of one kind, by their keys."""

    def __init__(self, cached_max: int) -> None:
        self._cached_max = cached_max
        # Ordered by the position of the last change.
        self._fresh: OrderedDict[Key, tuple[int, Document | None]] = OrderedDict()
        # Ordered by the last use.
        self._cached: OrderedDict[Key, Document | None] = OrderedDict()

    def get(self, key: Key) -> Document | Missing | None:
        """The document, None where it is known that there is none, MISSING where only the database can tell."""
        fresh = self._fresh.get(key)
        if fresh is not None:
            return fresh[1]
        document = self._cached.get(key, MISSING)
        if document is not MISSING:
            self._cached.move_to_end(key)
        return document

    def among(self, keys: Iterable[Key]) -> tuple[dict[Key, Document], list[Key]]:
        """The documents of these keys, as far as memory knows them, and the keys that only the database can tell of."""
        found: dict[Key, Document] = {}
        missing = []
        for key in keys:
            document = self.get(key)
            if document is MISSING:
                missing.append(key)
            elif document is not None:
                found[key] = document
        return found, missing

    def change(self, key: Key, document: Document | None, position: int) -> None:
        """Take in the document as a commit at this position left it, None when it removed it."""
        self._fresh[key] = (position, document)
        self._fresh.move_to_end(key)

    def learn(self, key: Key, document: Document | None) -> None:
        """Take in what the database says of a key that was MISSING."""
        self._cached[key] = document
        self._shrink()

    def settle(self, position: int) -> None:
        """Let go of what must be kept no longer, since the database has everything up to a position."""
        while self._fresh:
            key, (changed_at, document) = next(iter(self._fresh.items()))
            if changed_at > position:
                break
            del self._fresh[key]
            self._cached[key] = document
            self._cached.move_to_end(key)
        self._shrink()

    def _shrink(self) -> None:
        while len(self._cached) > self._cached_max:
            self._cached.popitem(last=False)
