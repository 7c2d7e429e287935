"""The ids of events that are durable and not in the database yet.

Every commit adds its own, so that it costs two calls for all of them and nothing for each one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class FreshEvents:
    """Sources and ids of events, until the database has them."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._commits: deque[tuple[int, tuple[tuple[str, str], ...]]] = deque()

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._keys

    def add(self, keys: Iterable[tuple[str, str]], position: int) -> None:
        """Take in the events of a commit that is durable up to a position, later than those before."""
        added = tuple(keys)
        if added:
            self._keys.update(added)
            self._commits.append((position, added))

    def settle(self, position: int) -> None:
        """Forget the events that the database has, which is all up to a position."""
        while self._commits and self._commits[0][0] <= position:
            self._keys.difference_update(self._commits.popleft()[1])
