"""The port that people's questions go through: profiles, sessions, events, outcomes; and erasure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

import msgspec

from sojourn.core.changes import PutAside, Quarantined, TraceNote
from sojourn.core.erasures import ErasureOrder, Receipt
from sojourn.core.events import Event
from sojourn.core.graph import Edge, Merge, Review, ReviewState
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile
from sojourn.core.refold import Request
from sojourn.core.sessions import Session

Item = TypeVar("Item")


class After(NamedTuple):
    """The place in a list after which its next page begins: the sort key of the last item."""

    moment: datetime
    id: str
    source: str = ""
    """Of an event: its id is unique only within its source. Empty in the other lists."""


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Some items of a list; `next` is where the following page begins, None at the end."""

    items: tuple[Item, ...]
    next: After | None = None


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; everything that is given must hold. `since` is inclusive, `until` exclusive, by `time.insert`."""

    session: str | None = None
    profile: str | None = None
    """Any id of the person."""
    source: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    order: Literal["desc", "asc"] = "desc"


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is kept, with what its request told and what the steps did."""

    event: Event
    payload_context: dict[str, object] = {}
    headers: dict[str, str] = {}
    received_at: datetime | None = None
    """When its request arrived; unknown of those that an earlier release kept."""
    trace: tuple[TraceNote, ...] = ()


class Recorded(msgspec.Struct, frozen=True):
    """How much was recorded under one profile id."""

    events: int = 0
    sessions: int = 0


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure removed."""

    profile: str
    ids: tuple[str, ...]
    sessions: int
    events: int


class Records(Protocol):
    """Everything that was kept. Each read sees every commit that was acknowledged before it was asked.

    Lists are ordered by `After`: their moment, then the id, then for events the source; newest first, the whole order
    reversed, unless told otherwise. All raise NotSettled.
    """

    async def profile(self, any_id: str) -> Profile | None:
        """The person that any of its ids leads to."""
        ...

    async def session(self, session_id: str) -> Session | None:
        """The session of that id."""
        ...

    async def sessions_of(self, any_id: str, *, limit: int, after: After | None = None) -> Page[Session]:
        """The sessions of a person, by `time.insert`; of nobody, none."""
        ...

    async def edges_of(self, any_id: str) -> tuple[Edge, ...]:
        """The links of the identity graph that lead to the person, undone ones included; oldest first, then by id."""
        ...

    async def merges(self, *, limit: int, after: After | None = None) -> Page[Merge]:
        """All merges, undone ones included, by `at`."""
        ...

    async def merge(self, merge_id: str) -> Merge | None:
        """The merge of that id."""
        ...

    async def merges_of(self, profile_ids: Collection[str]) -> tuple[Merge, ...]:
        """The merges that tie any of these very ids to another, undone ones included; oldest first, then by id."""
        ...

    async def reviews(
        self, *, state: ReviewState | None = None, limit: int, after: After | None = None
    ) -> Page[Review]:
        """What waits for somebody's word, or did, by `at`."""
        ...

    async def review(self, review_id: str) -> Review | None:
        """The review of that id."""
        ...

    async def oldest_open_reviews(self, *, beyond: int, limit: int) -> tuple[str, ...]:
        """The ids of open reviews that are older, by `at` and id, than `beyond` others; the newest of them first."""
        ...

    async def reviews_of(self, profile_ids: Collection[str]) -> tuple[Review, ...]:
        """The reviews that name any of these very ids; oldest first, then by id."""
        ...

    async def event(self, event_id: str, *, source: str | None = None) -> StoredEvent | None:
        """The event of that id; where several sources used it, the one that was kept first, or that of `source`."""
        ...

    async def events(self, query: EventQuery, *, limit: int, after: After | None = None) -> Page[StoredEvent]:
        """The events that the query asks for."""
        ...

    async def recorded_under(self, profile_ids: Collection[str]) -> dict[str, Recorded]:
        """How much was recorded under each of these very ids; an id under which nothing was is left out."""
        ...

    async def history(
        self, profile_ids: Collection[str], *, limit: int, after: str | None = None
    ) -> tuple[Request, ...]:
        """What was recorded under these very ids, request by request, in the order in which it was committed.

        `after` is the id of the last request that is known already. A page that is not full is the last one. Raises
        UnknownId when that request was erased: who has read on so far has read of somebody who is no more.
        """
        ...

    async def requests(self, *, limit: int, after: str | None = None) -> tuple[Request, ...]:
        """What was recorded under any profile id, in the same way: all requests, in the order of their commit."""
        ...

    async def requests_count(self) -> int:
        """About how many requests those are."""
        ...

    async def people(self, *, limit: int, after: str = "") -> tuple[str, ...]:
        """The ids of the profiles that lead to no other, in the order of the ids, behind `after`."""
        ...

    async def people_count(self) -> int:
        """About how many people there are."""
        ...

    async def outcomes(self, source: str | None = None) -> OutcomeCounts:
        """How many events ended how since the data folder was made, in all or for one source."""
        ...

    async def quarantined(
        self, *, source: str | None = None, limit: int, after: After | None = None
    ) -> Page[Quarantined]:
        """The events that were put aside."""
        ...

    async def put_aside(self, quarantined_id: str) -> PutAside | None:
        """One of them, with whose it would have become."""
        ...

    async def oldest_put_aside(self, *, beyond: int, beyond_bytes: int, limit: int) -> tuple[str, ...]:
        """The ids of those for which there is no room, by moment and id; the newest of them first.

        There is room for the newest ones: for `beyond` of them, as long as all together, as JSON, are no more than
        `beyond_bytes`.
        """
        ...

    async def erasures(self, *, mark: str | None = None, limit: int, after: After | None = None) -> Page[Receipt]:
        """The receipts of erasures, or of those under one mark, by `at`."""
        ...

    async def erasure(self, erasure_id: str) -> Receipt | None:
        """The receipt of that id, with how far the erasure is."""
        ...

    async def erase(self, any_id: str, order: ErasureOrder | None = None) -> Erased | None:
        """Remove a person durably, under all of its ids. None: unknown.

        With an `order`, a receipt is kept in the same write: what was removed, by counts alone. The store goes on until
        nothing of the person is left in any file, also after a restart; then the receipt says that it is done.

        Gone are the profile, the links from and to its ids, its merges and reviews, its sessions, the events recorded
        under its ids or for nobody in its sessions, those put aside that would have been, and the submissions that were
        recorded under its ids or that only those events used. What was put aside counts as settled, so that no replay
        that is under way keeps it. Event keys stay, so that a retry of an erased event is a
        duplicate and brings nothing back; they name neither profile nor sessions any more.
        What is being decided on facts that include the person becomes stale, so that nothing resurrects it.
        """
        ...
