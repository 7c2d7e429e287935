"""Look at what events say, behind the commits: which properties each type has. Nobody who tracks ever waits for it.

A batch hands its events over at the price of a list; a loop looks at some of them a little later, one at a time. When
more come than it may look at, it looks at a part of each type, the first of each moment, and counts the others as
skipped. What it knows is kept now and then and when the server stops; a crash loses what was seen in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from sojourn.core.changes import Changes
from sojourn.core.events import Event
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.observed import ObservedType, TypeObserver, nothing_seen
from sojourn.ports.errors import NotSettled, StoreUnavailable
from sojourn.ports.observations import Observations
from sojourn.ports.records import EventQuery, Records

PACE_S = 1.0
"""Seconds between two looks."""
KEEP_EVERY = 30
"""As many looks lie between two writes to the store."""
RELEARNT = 1_000
"""Events that are looked at again when nothing is kept of any type."""

log = structlog.get_logger()


class Observing:
    """What is seen of event types."""

    def __init__(
        self,
        observations: Observations,
        records: Records,
        *,
        limits: Limits,
        rules: Callable[[], Ruleset],
        shows_examples: bool = True,
    ) -> None:
        """`rules` says what is described, and what is masked; without `shows_examples`, no value is kept."""
        self._observations = observations
        self._records = records
        self._types_max = limits.observed_types_max
        self._properties_max = limits.observed_properties_max
        self._events_max = limits.observed_events_per_s
        self._bytes_max = limits.observed_bytes_per_s
        self._rules = rules
        self._shows_examples = shows_examples
        self._observers: dict[str, TypeObserver] = {}  # the longest unseen first
        self._waiting: dict[str, list[Event]] = {}
        self._skipped: dict[str, int] = {}
        self._count = 0
        self._bytes = 0
        self._changed: set[str] = set()
        self._gone: set[str] = set()

    def take(self, changes: Changes) -> None:
        """Take over what a batch has kept, to be looked at later."""
        for recorded in changes.events:
            event = recorded.event
            waiting = self._waiting.get(event.type)
            has_room = self._count < self._events_max and self._bytes < self._bytes_max
            if has_room and (waiting is None or len(waiting) < self._share):
                self._waiting.setdefault(event.type, []).append(event)
                self._count += 1
                self._bytes += len(msgspec.json.encode(event.properties))  # only of those that are looked at
            elif waiting is not None or event.type in self._observers:
                self._skipped[event.type] = self._skipped.get(event.type, 0) + 1

    def seen(self, type_id: str) -> ObservedType | None:
        """What was seen of a type up to now; None of one that never came, or was forgotten."""
        waiting = self._waiting.pop(type_id, [])
        self._count -= len(waiting)
        for event in waiting:
            self._look_at(event)
        self._count_skipped(type_id)
        observer = self._observers.get(type_id)
        return None if observer is None else observer.document()

    async def forget(self, type_id: str) -> bool:
        """Forget what was seen of a type, and begin anew; False when there is nothing. Raises StoreUnavailable."""
        if self.seen(type_id) is None:
            return False
        await self._observations.keep_observed((), (type_id,))
        self._observers.pop(type_id, None)
        self._changed.discard(type_id)
        return True

    async def run(self) -> None:
        """Look and keep, until cancelled; `begin` comes first."""
        if not self._observers:
            await self._look_back()
        looks = 0
        while True:
            await asyncio.sleep(PACE_S)
            await self.look()
            looks += 1
            if looks % KEEP_EVERY == 0:
                await self.keep()

    async def finish(self) -> None:
        """Look at what still waits, and keep what is known."""
        await self.look()
        await self.keep()

    async def begin(self) -> None:
        """Go on where it was left; `run` looks at the newest events again if nothing was."""
        try:
            for document in await self._observations.observed_types():
                self._observers[document.id] = TypeObserver(document, properties_max=self._properties_max)
        except StoreUnavailable as error:
            log.warning("what was seen of event types cannot be read", reason=str(error))

    async def look(self) -> None:
        """Look at what waits; whoever tracks meanwhile waits for one event at most."""
        waiting, self._waiting, self._count, self._bytes = self._waiting, {}, 0, 0
        for events in waiting.values():
            for event in events:
                self._look_at(event)
                await asyncio.sleep(0)
        for type_id in tuple(self._skipped):
            self._count_skipped(type_id)

    async def keep(self) -> None:
        """Keep what has changed since the last time; where that fails, the next time tries again."""
        changed, gone = self._changed & self._observers.keys(), self._gone - self._observers.keys()
        if not changed and not gone:
            return
        try:
            await self._observations.keep_observed([self._observers[id].document() for id in changed], gone)
        except StoreUnavailable as error:
            log.warning("what was seen of event types is not kept yet", reason=str(error))
            return
        self._changed -= changed
        self._gone -= gone

    @property
    def _share(self) -> int:
        """As many events of one type are looked at in one moment."""
        return max(self._events_max // _TYPES_AT_ONCE, 1)

    async def _look_back(self) -> None:
        try:
            page = await self._records.events(EventQuery(), limit=RELEARNT)
        except (NotSettled, StoreUnavailable) as error:
            log.warning("events cannot be looked at again", reason=str(error))
            return
        for stored in reversed(page.items):
            self._look_at(stored.event)
            await asyncio.sleep(0)

    def _look_at(self, event: Event) -> None:
        observer = self._observers.pop(event.type, None)
        if observer is None:
            self._make_room()
            unseen = nothing_seen(event.type, event.metadata.time.insert)
            observer = TypeObserver(unseen, properties_max=self._properties_max)
        self._observers[event.type] = observer
        hidden = [tuple(mask.property.split(".")) for mask in self._rules().masks_of(event.type)]
        observer.take(event, hidden, shows_examples=self._shows_examples)
        self._changed.add(event.type)

    def _count_skipped(self, type_id: str) -> None:
        skipped = self._skipped.pop(type_id, 0)
        observer = self._observers.get(type_id)
        if skipped and observer is not None:
            observer.skip(skipped)
            self._changed.add(type_id)

    def _make_room(self) -> None:
        """Of too many types forget the one that was unseen for longest, among those that nobody has described."""
        if len(self._observers) < self._types_max:
            return
        ruleset = self._rules()
        for type_id in self._observers:
            if type_id not in ruleset.event_types and ruleset.contract_of(type_id) is None:
                del self._observers[type_id]
                self._gone.add(type_id)
                return


_TYPES_AT_ONCE = 5
