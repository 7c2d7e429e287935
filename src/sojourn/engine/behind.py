"""Those who follow the commits, and hold up nobody: who makes room, and who looks at what events say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from sojourn.core.changes import Changes
from sojourn.engine.observing import Observing
from sojourn.engine.open_reviews import OpenReviews
from sojourn.engine.quarantine import Quarantine


class Behind(NamedTuple):
    """All of them together."""

    quarantine: Quarantine
    open_reviews: OpenReviews
    observing: Observing

    def see(self, changes: Changes) -> None:
        """Take notice of a commit."""
        self.quarantine.note(changes)
        self.open_reviews.note(changes)
        self.observing.take(changes)

    @asynccontextmanager
    async def at_work(self, time_left_s: Callable[[], float]) -> AsyncIterator[None]:
        """Let them work; at the end, keep what was seen, if that takes no more than the time that is left then."""
        await self.observing.begin()
        tasks = [asyncio.create_task(each.run()) for each in self]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.observing.finish(), time_left_s())
