"""The model of a store with a gate: its commits wait until a test lets them pass, or fail as a test says."""

from __future__ import annotations

import asyncio
from collections import deque

from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys
from sojourn.stores.memory import MemoryStore


class GatedStore(MemoryStore):
    """Open at first. `failures` are raised by the next commits, one each; `commits` holds what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures: deque[Exception] = deque()
        self.commits: list[Changes] = []
        self.loads = 0
        self.waiting = asyncio.Event()
        """Set as long as a commit waits before the gate."""
        self.no_room: Exception | None = None

    async def load(self, keys: Keys) -> Facts:
        self.loads += 1
        return await super().load(keys)

    async def commit(self, changes: Changes, facts: Facts) -> None:
        self.waiting.set()
        await self.gate.wait()
        self.waiting.clear()
        if self.failures:
            raise self.failures.popleft()
        await super().commit(changes, facts)
        self.commits.append(changes)

    async def room(self) -> None:
        if self.no_room is not None:
            raise self.no_room
