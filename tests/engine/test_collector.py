"""The collector: what shares a commit, what is answered when, and what happens when the store cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from sojourn.core import pipeline
from sojourn.core.changes import Tally
from sojourn.core.draft import Draft
from sojourn.core.events import Submission
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import REFUSED_BUSY, REFUSED_SOURCE
from sojourn.core.pipeline import Decision, Step
from sojourn.engine import collector as module
from sojourn.engine.collector import Busy, Collector, Faulty, Phase
from sojourn.ports.errors import StaleFacts, StoreBroken, StoreUnavailable
from sojourn.telemetry import PrometheusMeter
from tests.builders import a_sent_event, a_submission
from tests.door import HandClock
from tests.engine.gated import GatedStore


@dataclass
class Collecting:
    """A collector at work, and all that surrounds it."""

    collector: Collector
    store: GatedStore
    running: asyncio.Task[None]
    announced: list[Submission] = field(default_factory=list)

    def submit(self, *submissions: Submission) -> list[asyncio.Task[Decision]]:
        """Submit all of them at once, each from a client of its own."""
        return [asyncio.create_task(self.collector.submit(submission)) for submission in submissions]

    async def behind_the_gate(self, *submissions: Submission) -> list[asyncio.Task[Decision]]:
        """Submit these while the commit of the first waits, so that the others wait for it."""
        self.store.gate.clear()
        first = self.submit(submissions[0])
        await self.store.waiting.wait()
        others = self.submit(*submissions[1:])
        await _turns()
        return first + others


@asynccontextmanager
async def collecting(limits: Limits | None = None) -> AsyncIterator[Collecting]:
    """A collector over a gated store."""
    announced: list[Submission] = []
    store = GatedStore()
    collector = Collector(
        store,
        limits=limits or Limits(retry_after_s=0),
        rules=Ruleset,
        clock=HandClock(),
        meter=PrometheusMeter(),
        announce=lambda submission, _: announced.append(submission),
    )
    running = asyncio.create_task(collector.run())
    await _turns()
    yield Collecting(collector, store, running, announced)
    store.gate.set()
    collector.drain()
    with suppress(StoreBroken):
        await running


@pytest.fixture
async def at_work() -> AsyncIterator[Collecting]:
    async with collecting() as opened:
        yield opened


async def test_a_request_is_answered_after_its_commit(at_work: Collecting) -> None:
    at_work.store.gate.clear()
    (answer,) = at_work.submit(numbered(1))
    await at_work.store.waiting.wait()
    await _turns()
    assert not answer.done()
    at_work.store.gate.set()
    assert (await answer).profile_id is not None
    assert len(at_work.store.commits) == 1


async def test_requests_that_come_while_one_commit_runs_share_the_next(at_work: Collecting) -> None:
    answers = await at_work.behind_the_gate(*(numbered(number) for number in range(10)))
    at_work.store.gate.set()
    await asyncio.gather(*answers)
    assert [len(changes.submissions) for changes in at_work.store.commits] == [1, 9]


async def test_a_batch_is_decided_in_the_order_of_arrival(at_work: Collecting) -> None:
    requests = [numbered(number, session_id="s1") for number in range(5)]
    answers = await at_work.behind_the_gate(*requests)
    at_work.store.gate.set()
    assert len({(await answer).profile_id for answer in answers}) == 1
    assert [submission.id for submission in at_work.announced] == [request.id for request in requests]


async def test_a_batch_holds_no_more_requests_than_the_limit() -> None:
    async with collecting(Limits(batch_requests_max=4)) as at_work:
        answers = await at_work.behind_the_gate(*(numbered(number) for number in range(10)))
        at_work.store.gate.set()
        await asyncio.gather(*answers)
        assert [len(changes.submissions) for changes in at_work.store.commits] == [1, 4, 4, 1]


async def test_a_batch_holds_no_more_events_than_the_limit_unless_one_request_alone_does() -> None:
    async with collecting(Limits(batch_events_max=10)) as at_work:
        answers = await at_work.behind_the_gate(
            numbered(0), numbered(1, events=6), numbered(2, events=4), numbered(3, events=25), numbered(4)
        )
        at_work.store.gate.set()
        await asyncio.gather(*answers)
        assert [len(changes.submissions) for changes in at_work.store.commits] == [1, 2, 1, 1]


async def test_a_queue_that_is_full_takes_no_more_requests() -> None:
    async with collecting(Limits(queue_requests_max=2)) as at_work:
        answers = await at_work.behind_the_gate(*(numbered(number) for number in range(3)))
        with pytest.raises(Busy, match="waiting"):
            await at_work.collector.submit(numbered(4))
        at_work.store.gate.set()
        await asyncio.gather(*answers)
        assert (await at_work.collector.submit(numbered(5))).profile_id is not None


async def test_a_batch_whose_facts_were_stale_is_decided_again(at_work: Collecting) -> None:
    at_work.store.failures.append(StaleFacts())
    answer = await at_work.collector.submit(numbered(1))
    assert at_work.store.loads == 2
    assert len(at_work.store.commits) == 1
    assert [event.id for event in at_work.announced] == ["request-1"]
    assert await at_work.store.profile(answer.profile_id or "") is not None


async def test_facts_that_changed_meanwhile_are_seen_by_the_second_decision(at_work: Collecting) -> None:
    known = await at_work.collector.submit(numbered(1, session_id="s1"))
    at_work.store.gate.clear()
    (answer,) = at_work.submit(numbered(2, session_id="s1"))
    await at_work.store.waiting.wait()
    await at_work.store.erase(known.profile_id or "")
    at_work.store.gate.set()
    assert (await answer).profile_id != known.profile_id
    assert await at_work.store.profile(known.profile_id or "") is None


async def test_facts_that_stay_stale_are_given_up(at_work: Collecting) -> None:
    at_work.store.failures.extend(StaleFacts() for _ in range(module.STALE_TRIES_MAX))
    with pytest.raises(Busy):
        await at_work.collector.submit(numbered(1))
    assert at_work.store.commits == []
    assert (await at_work.collector.submit(numbered(1))).profile_id is not None


async def test_what_a_store_cannot_write_now_is_told_to_every_request_and_kept_of_none(at_work: Collecting) -> None:
    at_work.store.failures.append(StoreUnavailable("The disk is full."))
    answers = await at_work.behind_the_gate(numbered(1), numbered(2), numbered(3))
    at_work.store.gate.set()
    with pytest.raises(Busy, match=r"The disk is full\."):
        await answers[0]
    assert [(await answer).profile_id is None for answer in answers[1:]] == [False, False]
    assert [submission.id for submission in at_work.announced] == ["request-2", "request-3"]
    assert (await at_work.store.outcomes()).received == 2


async def test_without_room_nothing_is_loaded_or_decided(at_work: Collecting) -> None:
    at_work.store.no_room = StoreUnavailable("The disk reserve is reached.")
    with pytest.raises(Busy, match=r"The disk reserve is reached\."):
        await at_work.collector.submit(numbered(1))
    assert (at_work.store.loads, at_work.announced) == (0, [])


async def test_a_broken_store_ends_everything(at_work: Collecting) -> None:
    at_work.store.failures.append(StoreBroken("A sync failed."))
    answers = await at_work.behind_the_gate(numbered(1), numbered(2))
    at_work.store.gate.set()
    for answer in answers:
        with pytest.raises(Busy):
            await answer
    with pytest.raises(StoreBroken, match=r"A sync failed\."):
        await at_work.running
    with pytest.raises(Busy):
        await at_work.collector.submit(numbered(3))
    assert (at_work.collector.phase, at_work.announced) == (Phase.BROKEN, [])


async def test_a_request_that_cannot_be_decided_fails_alone(
    at_work: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let_a_step_raise(monkeypatch, when=lambda draft: draft.submission.id == "request-2")
    answers = await at_work.behind_the_gate(numbered(0), numbered(1), numbered(2), numbered(3))
    with capture_logs() as logged:
        at_work.store.gate.set()
        results = await asyncio.gather(*answers, return_exceptions=True)
    assert [isinstance(result, Faulty) for result in results] == [False, False, True, False]
    assert [(entry["log_level"], entry["tasks"]) for entry in logged] == [("error", ["request-2"])]
    assert (await at_work.store.outcomes()).kept == 3


async def test_a_request_that_could_not_be_decided_leaves_nothing_behind(
    at_work: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, capture_logs():
        _let_a_step_raise(patched, when=lambda _: True)
        with pytest.raises(Faulty):
            await at_work.collector.submit(numbered(1, session_id="s1"))
    assert await at_work.store.session("s1") is None
    assert (await at_work.collector.submit(numbered(1, session_id="s1"))).session_id == "s1"


async def test_what_the_door_refused_is_counted_with_the_next_commit(at_work: Collecting) -> None:
    at_work.collector.refuse("shop", REFUSED_BUSY, 2)
    at_work.collector.refuse("", REFUSED_SOURCE, 3)
    at_work.collector.refuse("", REFUSED_SOURCE, 1)
    await at_work.collector.counted()
    counts = await at_work.store.outcomes()
    assert (counts.received, counts.refused) == (6, {"busy": 2, "source": 4})
    assert await _refused_of(at_work, "shop") == {"busy": 2}


async def test_nothing_refused_is_nothing_to_count(at_work: Collecting) -> None:
    at_work.collector.refuse("shop", REFUSED_BUSY, 0)
    await at_work.collector.counted()
    assert at_work.store.commits == []


async def test_counts_wait_for_a_store_that_can_write_again(at_work: Collecting) -> None:
    at_work.store.failures.extend([StoreUnavailable("for now"), StaleFacts()])
    at_work.collector.refuse("shop", REFUSED_BUSY, 2)
    await _turns(20)
    await at_work.collector.counted()
    assert await _refused_of(at_work, "shop") == {"busy": 2}


async def test_counts_that_wait_hold_up_no_request() -> None:
    async with collecting(Limits(retry_after_s=3_600)) as at_work:
        at_work.store.no_room = StoreUnavailable("The reserve is reached.")
        at_work.collector.refuse("shop", REFUSED_BUSY, 2)
        await _turns(20)
        (refused,) = at_work.submit(numbered(1))
        await _turns(20)
        with pytest.raises(Busy, match=r"The reserve is reached\."):
            refused.result()
        at_work.store.no_room = None
        (kept,) = at_work.submit(numbered(2))
        await _turns(20)
        assert kept.result().profile_id is not None
        assert await _refused_of(at_work, "shop") == {"busy": 2}


async def test_counts_that_wait_can_be_read_all_the_same(at_work: Collecting) -> None:
    at_work.store.no_room = StoreUnavailable("The reserve is reached.")
    at_work.collector.refuse("shop", REFUSED_BUSY, 2)
    assert await at_work.collector.counted() == (Tally("shop", REFUSED_BUSY, 2),)
    at_work.store.no_room = None
    assert await at_work.collector.counted() == ()


async def test_a_drained_collector_gives_up_counts_that_cannot_be_kept_and_says_how_many() -> None:
    async with collecting(Limits(retry_after_s=3_600)) as at_work:
        at_work.store.no_room = StoreUnavailable("The reserve is reached.")
        at_work.collector.refuse("shop", REFUSED_BUSY, 2)
        at_work.collector.refuse("", REFUSED_SOURCE, 3)
        await _turns(20)
        with capture_logs() as logged:
            at_work.collector.drain()
            await at_work.running
    assert [(line["event"], line["events"]) for line in logged] == [("counts of refused events lost", 5)]


async def test_what_a_stopping_collector_refuses_is_counted(at_work: Collecting) -> None:
    at_work.collector.stop()
    at_work.collector.refuse("shop", REFUSED_BUSY, 2)
    await at_work.collector.counted()
    assert await _refused_of(at_work, "shop") == {"busy": 2}


async def test_counts_ride_along_with_requests_and_are_counted_once(at_work: Collecting) -> None:
    answers = await at_work.behind_the_gate(numbered(0), numbered(1))
    at_work.collector.refuse("shop", REFUSED_BUSY, 2)
    at_work.store.gate.set()
    await asyncio.gather(*answers)
    await at_work.collector.counted()
    tallies = [tally for changes in at_work.store.commits for tally in changes.tallies]
    assert tallies.count(Tally("shop", REFUSED_BUSY, 2)) == 1
    assert await _refused_of(at_work, "shop") == {"busy": 2}


async def test_what_is_refused_while_a_commit_runs_is_not_lost(at_work: Collecting) -> None:
    at_work.store.gate.clear()
    at_work.collector.refuse("shop", REFUSED_BUSY, 1)
    await at_work.store.waiting.wait()
    at_work.collector.refuse("shop", REFUSED_BUSY, 5)
    at_work.store.gate.set()
    await at_work.collector.counted()
    assert await _refused_of(at_work, "shop") == {"busy": 6}


async def test_a_client_that_went_away_while_it_waited_is_kept_like_any_other(at_work: Collecting) -> None:
    answers = await at_work.behind_the_gate(numbered(0), numbered(1, session_id="s1"), numbered(2))
    answers[1].cancel()
    await _turns()
    at_work.store.gate.set()
    assert (await answers[2]).profile_id is not None
    assert answers[1].cancelled()
    assert await at_work.store.session("s1") is not None


async def test_before_it_runs_a_collector_takes_nothing() -> None:
    collector = Collector(
        GatedStore(),
        limits=Limits(),
        rules=Ruleset,
        clock=HandClock(),
        meter=PrometheusMeter(),
        announce=lambda *_: None,
    )
    with pytest.raises(Busy, match=r"The server is starting\."):
        await collector.submit(numbered(1))


async def test_a_draining_collector_finishes_its_queue_and_takes_nothing_new(at_work: Collecting) -> None:
    answers = await at_work.behind_the_gate(numbered(0), numbered(1))
    at_work.collector.refuse("shop", REFUSED_BUSY, 2)
    at_work.collector.drain()
    with pytest.raises(Busy, match=r"The server is stopping\."):
        await at_work.collector.submit(numbered(2))
    at_work.store.gate.set()
    await at_work.running
    assert [(await answer).profile_id is None for answer in answers] == [False, False]
    assert (await at_work.store.outcomes()).received == 4


async def test_a_collector_that_is_drained_before_it_ran_ends_at_once() -> None:
    collector = Collector(
        GatedStore(),
        limits=Limits(),
        rules=Ruleset,
        clock=HandClock(),
        meter=PrometheusMeter(),
        announce=lambda *_: None,
    )
    running = asyncio.create_task(collector.run())
    collector.drain()
    async with asyncio.timeout(10):
        await running
    assert collector.phase is Phase.STOPPING


def numbered(number: int, *, events: int = 1, **fields: object) -> Submission:
    """A request of its own, with its number in its id."""
    sent = [a_sent_event() for _ in range(events)]
    submission = a_submission(*sent, id=f"request-{number}", entropy=number, context={"n": number})
    return replace(submission, **fields)


def _let_a_step_raise(monkeypatch: pytest.MonkeyPatch, *, when: Callable[[Draft], bool]) -> None:
    def raise_sometimes(draft: Draft) -> None:
        if when(draft):
            raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "STEPS", (Step("raise_sometimes", raise_sometimes), *pipeline.STEPS))


async def _refused_of(at_work: Collecting, source: str) -> dict[str, int]:
    return (await at_work.store.outcomes(source)).refused


async def _turns(count: int = 5) -> None:
    """Let everything that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)
