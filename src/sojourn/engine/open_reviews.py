"""What waits for somebody's word is bounded: the oldest reviews make room for the newest.

Only the question goes. The events are kept, what was held back stays so, and who tells it again is asked again.
"""

from __future__ import annotations

import structlog

from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys
from sojourn.core.limits import Limits
from sojourn.engine.room import Room
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.meter import Meter
from sojourn.ports.records import Records
from sojourn.ports.system import Clock

LAPSED_AT_ONCE = 1_000
"""As many reviews lapse in one commit when room is made."""
SLACK_PART = 100
"""Room is made when this part of what may be open has come anew: there may be so many more for a while."""

log = structlog.get_logger()


class OpenReviews:
    """The reviews that nobody has decided, of one server."""

    def __init__(self, store: CollectorStore, records: Records, *, limits: Limits, clock: Clock, meter: Meter) -> None:
        """`store` and `records` are two sides of one store."""
        self._store = store
        self._records = records
        self._most = limits.open_reviews_max
        self._clock = clock
        self._meter = meter
        self._come = 0
        self._room = Room("open reviews", self.make_room, retry_s=limits.retry_after_s)

    def note(self, changes: Changes) -> None:
        """Take notice of what was committed."""
        self._come += len(changes.reviews)
        if self._come > self._most // SLACK_PART:
            self._room.is_needed()

    async def run(self) -> None:
        """Make room whenever there is need, until cancelled. Returns when the store is broken."""
        await self._room.run()

    async def make_room(self) -> None:
        """Let the oldest reviews beyond the limit lapse. Raises NotSettled, StoreUnavailable, StoreBroken."""
        self._come = 0
        while ids := await self._records.oldest_open_reviews(beyond=self._most, limit=LAPSED_AT_ONCE):
            await self._store.commit(Changes(at=self._clock.now(), lapsed=ids), Facts(keys=Keys()))
            self._meter.reviews_lapsed(len(ids))
            log.warning("oldest open reviews lapsed", reviews=len(ids), limit=self._most)
