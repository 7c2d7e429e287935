"""What people ask the store: the newest of one document from memory, lists and all that is older from the database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import TypeVar

from sojourn.core.changes import PutAside, Quarantined
from sojourn.core.erasures import Receipt
from sojourn.core.graph import Edge, Merge, Review, ReviewState
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile
from sojourn.core.refold import Request
from sojourn.core.sessions import Session
from sojourn.ports.records import After, EventQuery, Page, Recorded, StoredEvent
from sojourn.stores.embedded.questions import Questions
from sojourn.stores.embedded.state import State

Answer = TypeVar("Answer")


class Reads(ABC):
    """The reads of `ports.records.Records`; each sees every commit that was acknowledged before it was asked."""

    def __init__(self, state: State, questions: Questions) -> None:
        """Read from memory, and from the database."""
        self._state = state
        self._questions = questions

    @abstractmethod
    async def _settle(self) -> None:
        """Wait until the database has everything that was committed before the call. Raises NotSettled."""

    @abstractmethod
    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        """Have the database asked, off the event loop. Raises StoreUnavailable."""

    @abstractmethod
    def _forgotten_to(self) -> int:
        """The position before which nothing of the journal is left, nor of what was erased until then."""

    async def profile(self, any_id: str) -> Profile | None:
        return self._state.profile(any_id)

    async def session(self, session_id: str) -> Session | None:
        return self._state.session(session_id)

    async def sessions_of(self, any_id: str, *, limit: int, after: After | None = None) -> Page[Session]:
        await self._settle()
        current_id = self._state.current_id(any_id)
        return await self._ask(lambda: self._questions.sessions_of(current_id, limit, after))

    async def edges_of(self, any_id: str) -> tuple[Edge, ...]:
        await self._settle()
        current_id = self._state.current_id(any_id)
        return await self._ask(lambda: self._questions.edges_of(current_id))

    async def merges(self, *, limit: int, after: After | None = None) -> Page[Merge]:
        await self._settle()
        return await self._ask(lambda: self._questions.merges(limit, after))

    async def merge(self, merge_id: str) -> Merge | None:
        await self._settle()
        return await self._ask(lambda: self._questions.merge(merge_id))

    async def merges_of(self, profile_ids: Collection[str]) -> tuple[Merge, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.merges_of(profile_ids))

    async def reviews(
        self, *, state: ReviewState | None = None, limit: int, after: After | None = None
    ) -> Page[Review]:
        await self._settle()
        return await self._ask(lambda: self._questions.reviews(state, limit, after))

    async def review(self, review_id: str) -> Review | None:
        await self._settle()
        return await self._ask(lambda: self._questions.review(review_id))

    async def oldest_open_reviews(self, *, beyond: int, limit: int) -> tuple[str, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.oldest_open_reviews(beyond, limit))

    async def reviews_of(self, profile_ids: Collection[str]) -> tuple[Review, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.reviews_of(profile_ids))

    async def event(self, event_id: str, *, source: str | None = None) -> StoredEvent | None:
        await self._settle()
        return await self._ask(lambda: self._questions.event(event_id, source))

    async def events(self, query: EventQuery, *, limit: int, after: After | None = None) -> Page[StoredEvent]:
        await self._settle()
        current_id = None if query.profile is None else self._state.current_id(query.profile)
        return await self._ask(lambda: self._questions.events(query, current_id, limit, after))

    async def recorded_under(self, profile_ids: Collection[str]) -> dict[str, Recorded]:
        await self._settle()
        return await self._ask(lambda: self._questions.recorded_under(profile_ids))

    async def history(
        self, profile_ids: Collection[str], *, limit: int, after: str | None = None
    ) -> tuple[Request, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.history(profile_ids, limit, after))

    async def requests(self, *, limit: int, after: str | None = None) -> tuple[Request, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.requests(limit, after))

    async def requests_count(self) -> int:
        await self._settle()
        return await self._ask(self._questions.requests_count)

    async def people(self, *, limit: int, after: str = "") -> tuple[str, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.people(limit, after))

    async def people_count(self) -> int:
        await self._settle()
        return await self._ask(self._questions.people_count)

    async def outcomes(self, source: str | None = None) -> OutcomeCounts:
        await self._settle()
        return await self._ask(lambda: self._questions.outcomes(source))

    async def quarantined(
        self, *, source: str | None = None, limit: int, after: After | None = None
    ) -> Page[Quarantined]:
        await self._settle()
        return await self._ask(lambda: self._questions.quarantined(source, limit, after))

    async def put_aside(self, quarantined_id: str) -> PutAside | None:
        await self._settle()
        return await self._ask(lambda: self._questions.put_aside(quarantined_id))

    async def oldest_put_aside(self, *, beyond: int, beyond_bytes: int, limit: int) -> tuple[str, ...]:
        await self._settle()
        return await self._ask(lambda: self._questions.oldest_put_aside(beyond, beyond_bytes, limit))

    async def erasures(self, *, mark: str | None = None, limit: int, after: After | None = None) -> Page[Receipt]:
        await self._settle()
        return await self._ask(lambda: self._questions.erasures(mark, limit, after, self._forgotten_to()))

    async def erasure(self, erasure_id: str) -> Receipt | None:
        await self._settle()
        return await self._ask(lambda: self._questions.erasure(erasure_id, self._forgotten_to()))
