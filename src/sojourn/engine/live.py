"""The live feed: what the door answered just now, for whoever watches.

A ring of the latest entries. Publishing never waits for a viewer: one that is too slow skips what the ring no longer
holds, and is told so. Entries carry ids, types and outcomes; never a payload, never personal data.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from itertools import islice
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from sojourn.core.outcomes import Fate

Entry = Literal["track", "collect", "redirect"]


class LiveOutcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one event of a submission ended."""

    event: int
    """Its index in the payload."""
    id: str | None
    type: str | None
    outcome: Fate
    reason: str = ""


class LiveEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request to the tracker and what became of it."""

    at: datetime
    entry: Entry
    """The route that it came in by."""
    status: int
    """The HTTP status that was answered."""
    source: str | None = None
    """Null when no source is known."""
    count: int = 0
    """How many events it brought; of a request that was refused as a whole, nothing else tells."""
    outcomes: tuple[LiveOutcome, ...] = ()
    profile: str | None = None
    session: str | None = None
    errors: tuple[str, ...] = ()
    """The codes of the errors in the answer."""
    warnings: tuple[str, ...] = ()
    """The codes of the warnings in the answer."""


class Numbered(NamedTuple):
    """An entry and its number; numbers go up by one."""

    number: int
    entry: LiveEntry


class Gap(NamedTuple):
    """Entries up to `number` cannot be shown any more; `missed` is None when nobody can tell how many they were."""

    number: int
    missed: int | None


News = tuple[Numbered | Gap, ...]


class LiveFeed:
    """The latest entries, and those who wait for the next one. For one event loop."""

    def __init__(self, entries_max: int, *, first: int = 1) -> None:
        """Keep so many entries; the first one gets the number `first`.

        Whoever wants numbers to go up across restarts starts them at the time of the start, in microseconds.
        """
        self._entries: deque[LiveEntry] = deque(maxlen=entries_max)
        self._first = first
        self._last = first - 1
        self._waiting: set[asyncio.Future[None]] = set()
        self._is_closed = False

    def publish(self, entry: LiveEntry) -> None:
        """Show an entry to all who follow; cheap, and never waits."""
        self._entries.append(entry)
        self._last += 1
        self._wake()

    def forget(self, profile_ids: Collection[str]) -> None:
        """Tell no more whose an entry was that is one of these people's; who follows has seen it."""
        self._entries = deque(
            (
                replace(entry, profile=None, session=None) if entry.profile in profile_ids else entry
                for entry in self._entries
            ),
            maxlen=self._entries.maxlen,
        )

    def close(self) -> None:
        """End every stream of news, once it has given what there is."""
        self._is_closed = True
        self._wake()

    def follow(self, after: int | None = None) -> AsyncIterator[News]:
        """What is new since entry `after`, then whatever comes; without `after`, only what comes from now on.

        Each step gives all that is new, oldest first. Where entries are gone, a gap stands in their place. Numbers that
        this feed never gave count as gone, too.
        """
        return self._news(self._last if after is None else after)

    async def _news(self, position: int) -> AsyncIterator[News]:
        while True:
            news = self._since(position)
            if news:
                position = news[-1].number
                yield news
            elif self._is_closed:
                return
            else:
                await self._next()

    def _since(self, position: int) -> News:
        before_oldest = self._last - len(self._entries)
        gap: News = ()
        if not before_oldest <= position <= self._last:
            is_ours = self._first - 1 <= position <= self._last
            gap = (Gap(before_oldest, before_oldest - position if is_ours else None),)
            position = before_oldest
        fresh = islice(self._entries, position - before_oldest, None)
        return gap + tuple(Numbered(number, entry) for number, entry in enumerate(fresh, start=position + 1))

    async def _next(self) -> None:
        coming = asyncio.get_running_loop().create_future()
        self._waiting.add(coming)
        try:
            await coming
        finally:
            self._waiting.discard(coming)

    def _wake(self) -> None:
        for coming in self._waiting:
            if not coming.done():
                coming.set_result(None)
        self._waiting.clear()
