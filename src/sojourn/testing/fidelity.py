"""Whatever the records hold, they are told as they were kept: any text, any number, any moment."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from sojourn.core.changes import Quarantined, RecordedEvent, SubmissionRecord
from sojourn.core.events import RequestRef
from sojourn.core.facts import EventKey, Keys, KnownEvent
from sojourn.core.graph import Edge, Merge, Review
from sojourn.core.profiles import Profile
from sojourn.core.refold import Request
from sojourn.core.sessions import ProfileRef, Session
from sojourn.ports.records import StoredEvent
from sojourn.testing.builders import a_profile
from sojourn.testing.stores import Store, keep
from sojourn.testing.strategies import (
    edges,
    event_keys,
    known_events,
    merges,
    profiles,
    quarantined,
    recorded_events,
    reviews,
    sessions,
    submission_records,
)

# All examples of a law share one store, so each record gets an id that was not used before.
_numbers = count()
_sharing = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class FidelityContract:
    """What `Records` and `CollectorStore.load` tell is what was committed. Give it a fixture `store`."""

    pytestmark = pytest.mark.asyncio

    @_sharing
    @given(profile=profiles())
    async def test_any_profile_is_told_as_it_was_kept(self, store: Store, profile: Profile) -> None:
        profile = replace(profile, id=unused(profile.id))
        await keep(store, profile)
        assert await store.profile(profile.id) == profile

    @_sharing
    @given(session=sessions())
    async def test_any_session_is_told_as_it_was_kept(self, store: Store, session: Session) -> None:
        session = replace(session, id=unused(session.id))
        await keep(store, session)
        assert await store.session(session.id) == session

    @_sharing
    @given(recorded=recorded_events(), submission=submission_records())
    async def test_any_event_is_told_as_it_was_kept(
        self, store: Store, recorded: RecordedEvent, submission: SubmissionRecord
    ) -> None:
        submission = replace(submission, id=unused(submission.id))
        event = replace(recorded.event, id=unused(recorded.event.id), request=RequestRef(submission.id))
        await keep(store, replace(recorded, event=event), submission)
        assert await store.event(event.id) == StoredEvent(
            event=event,
            payload_context=submission.context,
            headers=submission.headers,
            received_at=submission.at,
            trace=recorded.trace,
        )

    @_sharing
    @given(recorded=recorded_events(), submission=submission_records())
    async def test_any_request_is_told_as_it_was_kept(
        self, store: Store, recorded: RecordedEvent, submission: SubmissionRecord
    ) -> None:
        submission = replace(submission, id=unused(submission.id), profile=unused("somebody"))
        event = replace(
            recorded.event,
            id=unused(recorded.event.id),
            request=RequestRef(submission.id),
            profile=ProfileRef(submission.profile or ""),
        )
        await keep(store, replace(recorded, event=event), submission)
        assert await store.history([submission.profile or ""], limit=2) == (Request(submission, (event,)),)

    @_sharing
    @given(key=event_keys(), known=known_events())
    async def test_any_event_is_recognised_as_it_was_accepted(
        self, store: Store, key: EventKey, known: KnownEvent
    ) -> None:
        key = EventKey(key.source, unused(key.id))
        await keep(store, (key, known))
        assert (await store.load(Keys(events=frozenset({key})))).events == {key: known}

    @_sharing
    @given(edge=edges())
    async def test_any_link_is_told_as_it_was_kept(self, store: Store, edge: Edge) -> None:
        edge = replace(edge, id=unused(edge.id), profile=unused(edge.profile))
        await keep(store, a_profile(edge.profile), edge)
        assert await store.edges_of(edge.profile) == (edge,)

    @_sharing
    @given(merge=merges())
    async def test_any_merge_is_told_as_it_was_kept(self, store: Store, merge: Merge) -> None:
        merge = replace(merge, id=unused(merge.id), one=unused(merge.one))
        await keep(store, merge)
        assert await store.merge(merge.id) == merge
        assert await store.merges_of([merge.one]) == (merge,)

    @_sharing
    @given(review=reviews())
    async def test_any_review_is_told_as_it_was_kept(self, store: Store, review: Review) -> None:
        review = replace(review, id=unused(review.id), one=unused(review.one))
        await keep(store, review)
        assert await store.review(review.id) == review
        assert await store.reviews_of([review.one]) == (review,)

    @_sharing
    @given(item=quarantined())
    async def test_anything_put_aside_is_told_as_it_was_kept(self, store: Store, item: Quarantined) -> None:
        item = replace(item, id=unused(item.id), source=unused(item.source))
        await keep(store, item)
        assert (await store.quarantined(source=item.source, limit=2)).items == (item,)


def unused(id: str) -> str:
    """An id that no record had before, made of one that may have."""
    return f"{id} {next(_numbers)}"
