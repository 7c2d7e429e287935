"""Laws of deciding a log of submissions: however it is cut, however often it is delivered, and whatever it holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.events import Options, Submission
from sojourn.core.facts import keys_of
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.stores.memory import MemoryStore
from tests.strategies import any_logs, logs, sent_again


class World(NamedTuple):
    """What was answered, and all that a store holds after it."""

    answers: list[Decision]
    kept: dict[str, Any]
    counts: OutcomeCounts


@given(any_logs(), st.data())
def test_however_a_log_is_cut_into_batches_it_makes_the_same_world(
    log: tuple[Submission, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log)))
    one_by_one = world_of([submission] for submission in log)
    assert world_of([log]) == one_by_one
    assert world_of(batches(log, cut)) == one_by_one


@given(logs(), st.data())
def test_to_deliver_everything_twice_changes_nothing_but_the_count_of_duplicates(
    log: tuple[Submission, ...], data: st.DataObject
) -> None:
    once = world_of([log])
    twice = world_of([submission] for submission in with_repetitions(log, data))
    assert twice.kept == once.kept
    assert twice.counts.kept == once.counts.kept
    assert twice.counts.duplicate == once.counts.duplicate + sum(submission.event_count for submission in log)


@given(logs())
def test_a_request_that_is_sent_again_at_once_is_answered_with_the_same_ids(log: tuple[Submission, ...]) -> None:
    saved = [replace(submission, options=Options()) for submission in log]
    delivered = [
        each for number, submission in enumerate(saved) for each in (submission, _repeated(submission, number))
    ]
    answers = [(answer.profile_id, answer.session_id) for answer in world_of([delivered]).answers]
    assert answers[1::2] == answers[::2]


@given(any_logs())
def test_every_event_that_was_received_ends_in_exactly_one_way(log: tuple[Submission, ...]) -> None:
    world = world_of([log])
    for submission, answer in zip(log, world.answers, strict=True):
        assert [ended.event for ended in answer.outcomes] == list(range(submission.event_count))
    ended = Counter(ended.outcome for answer in world.answers for ended in answer.outcomes)
    counts = OutcomeCounts()
    for outcome, count in ended.items():
        counts.add(outcome, count)
    parts = (counts.dropped, counts.quarantined, counts.refused)
    assert counts.received == counts.kept + counts.duplicate + sum(sum(part.values()) for part in parts)
    assert replace(world.counts, unsaved=0) == counts


@given(any_logs())
def test_no_two_stored_events_have_the_same_id(log: tuple[Submission, ...]) -> None:
    decided = decide_all(log, asyncio.run(MemoryStore().load(keys_of(log))), Ruleset())
    ids = [(recorded.event.source.id, recorded.event.id) for recorded in decided.changes.events]
    assert [id for id, count in Counter(ids).items() if count > 1] == []


@given(any_logs())
def test_every_stored_session_and_event_of_somebody_leads_to_a_stored_profile(log: tuple[Submission, ...]) -> None:
    kept = world_of([log]).kept
    owners = {session.profile.id for session in kept["sessions"].values() if session.profile}
    owners |= {recorded.event.profile.id for recorded in kept["events"].values() if recorded.event.profile}
    assert owners <= set(kept["profiles"])


@given(any_logs())
def test_a_profile_has_as_many_visits_as_events_tell_of(log: tuple[Submission, ...]) -> None:
    kept = world_of([[_all_kept(submission) for submission in log]]).kept
    told = Counter(
        recorded.event.profile.id
        for recorded in kept["events"].values()
        if recorded.event.profile and any(note.code == "visit-started" for note in recorded.trace)
    )
    assert {id: profile.metadata.time.visit.count for id, profile in kept["profiles"].items()} == told


def world_of(batches: Iterable[Sequence[Submission]]) -> World:
    """The world after these batches were decided and committed one after the other."""
    return asyncio.run(_world_of(batches))


async def _world_of(batches: Iterable[Sequence[Submission]]) -> World:
    store = MemoryStore()
    answers: list[Decision] = []
    for batch in batches:
        facts = await store.load(keys_of(batch))
        decided = decide_all(batch, facts, Ruleset())
        await store.commit(decided.changes, facts)
        answers.extend(decided.decisions)
    kept = {
        "profiles": {id: _timeless(profile) for id, profile in store._profiles.items()},
        "sessions": {id: _timeless(session) for id, session in store._sessions.items()},
        "events": store._events,
        "edges": store._edges,
        "submissions": store._submissions,
        "event_keys": store._event_keys,
        "quarantined": store._quarantined,
    }
    return World([_without_profile(answer) for answer in answers], kept, await store.outcomes())


def batches(log: Sequence[Submission], cut: Sequence[bool]) -> list[list[Submission]]:
    """The log, cut before each submission for which `cut` says so."""
    pieces: list[list[Submission]] = [[]]
    for submission, is_cut in zip(log, cut, strict=True):
        if is_cut and pieces[-1]:
            pieces.append([])
        pieces[-1].append(submission)
    return pieces


def with_repetitions(log: Sequence[Submission], data: st.DataObject) -> list[Submission]:
    """The log with each submission once more, anywhere behind itself."""
    delivered = list(log)
    for number, submission in enumerate(log):
        position = data.draw(st.integers(delivered.index(submission) + 1, len(delivered)))
        delivered.insert(position, _repeated(submission, number))
    return delivered


def _repeated(submission: Submission, number: int) -> Submission:
    return sent_again(submission, number + 1_000, submission.received_at + timedelta(hours=2))


def _timeless(document: Profile | Session) -> Profile | Session:
    """A document without what tells how it was batched: its version, and when it was written."""
    time = replace(document.metadata.time, update=None)
    return replace(document, version=0, metadata=replace(document.metadata, time=time))


def _without_profile(answer: Decision) -> Decision:
    return replace(answer, profile=None)


def _all_kept(submission: Submission) -> Submission:
    """The submission without any wish, of itself or of its events, not to be kept."""
    return replace(
        submission,
        source=replace(submission.source, ephemeral=False),
        options=Options(),
        events=tuple((index, replace(sent, options=None)) for index, sent in submission.events),
    )
