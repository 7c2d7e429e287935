"""The quarantine as people change it: events leave it once, and the oldest make room for the newest.

A replay itself goes through the collector, like anything else that is decided.
"""

from __future__ import annotations

from contextlib import suppress

import structlog

from sojourn.core.changes import Changes
from sojourn.core.facts import SETTLED, Facts, Keys, settled_key
from sojourn.core.limits import Limits
from sojourn.engine.room import Room
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import StaleFacts
from sojourn.ports.meter import Meter
from sojourn.ports.records import Records
from sojourn.ports.system import Clock

DROPPED_AT_ONCE = 1_000
"""As many events leave in one commit when room is made."""
SLACK_PART = 100
"""Room is made when this part of what the quarantine holds has come anew: it may hold so much more for a while."""

log = structlog.get_logger()


class Quarantine:
    """The events that were put aside, of one server."""

    def __init__(self, store: CollectorStore, records: Records, *, limits: Limits, clock: Clock, meter: Meter) -> None:
        """`store` and `records` are two sides of one store."""
        self._store = store
        self._records = records
        self._events_max = limits.quarantined_events_max
        self._bytes_max = limits.quarantined_bytes_max
        self._clock = clock
        self._meter = meter
        self._come = 0
        self._come_bytes = 0
        self._room = Room("quarantine", self.make_room, retry_s=limits.retry_after_s)

    async def is_settled(self, quarantined_id: str) -> bool:
        """Whether an event of this id was in the quarantine once, and was replayed, removed or erased."""
        key = settled_key(quarantined_id)
        return key in (await self._store.load(Keys(events=frozenset({key})))).events

    async def remove(self, quarantined_id: str) -> bool:
        """Remove an event durably; False when there is none, or no more. Of this and a replay, one comes first."""
        key = settled_key(quarantined_id)
        while True:
            facts = await self._store.load(Keys(events=frozenset({key})))
            if facts.events or await self._records.put_aside(quarantined_id) is None:
                return False
            at = self._clock.now()
            with suppress(StaleFacts):
                changes = Changes(at=at, event_keys=((key, SETTLED),), settled=(quarantined_id,))
                await self._store.commit(changes, facts)
                return True

    def note(self, changes: Changes) -> None:
        """Take notice of what was committed."""
        self._come += len(changes.quarantined)
        self._come_bytes += sum(len(aside.event.raw) for aside in changes.quarantined)
        if self._come > self._events_max // SLACK_PART or self._come_bytes > self._bytes_max // SLACK_PART:
            self._room.is_needed()

    async def run(self) -> None:
        """Make room whenever there is need, until cancelled. Returns when the store is broken."""
        await self._room.run()

    async def make_room(self) -> None:
        """Drop the oldest events beyond the limits. Raises NotSettled, StoreUnavailable, StoreBroken."""
        self._come = self._come_bytes = 0
        beyond, beyond_bytes = self._events_max, self._bytes_max
        while ids := await self._records.oldest_put_aside(
            beyond=beyond, beyond_bytes=beyond_bytes, limit=DROPPED_AT_ONCE
        ):
            await self._store.commit(Changes(at=self._clock.now(), settled=ids), Facts(keys=Keys()))
            self._meter.quarantine_dropped(len(ids))
            log.warning("oldest quarantined events dropped", events=len(ids), limit=beyond, limit_bytes=beyond_bytes)
