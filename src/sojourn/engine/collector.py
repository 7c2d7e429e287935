"""The collector: bounded queue, natural batches, load, decide, commit, answer.

While one batch commits, the next requests queue up; the next batch takes them all, within bounds. So one sync serves
many requests, and an idle server adds no delay. A decision is answered only after its commit has returned.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum

import structlog
from msgspec.structs import replace

from sojourn.core.asserted import identifiers_told
from sojourn.core.changes import Changes, Tally
from sojourn.core.events import Submission
from sojourn.core.facts import Facts, Keys, keys_of
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import Outcome
from sojourn.core.pipeline import Decided, Decision, decide_all
from sojourn.engine.pace import Pace
from sojourn.ports.collector_store import CollectorStore
from sojourn.ports.errors import StaleFacts, StoreBroken, StoreUnavailable
from sojourn.ports.meter import Meter
from sojourn.ports.system import Clock

STALE_TRIES_MAX = 100
"""How often a batch is decided again before its requests are told to come back."""

CROWDED = "Too many requests are waiting."
"""Why a crowd is turned away."""

log = structlog.get_logger()


class Busy(Exception):
    """The request cannot be taken now: nothing of it was kept, and it may be sent again."""


class Faulty(Exception):
    """Deciding the request failed by a fault of ours: nothing of it was kept."""


class Phase(Enum):
    """Where the collector is in its life."""

    STARTING = "The server is starting."
    OPEN = ""
    STOPPING = "The server is stopping."
    BROKEN = "The store is broken."


class _Waiting:
    """A request in the queue; without a submission it only waits for what was refused so far to be counted."""

    __slots__ = ("answer", "submission")

    def __init__(self, submission: Submission | None, answer: asyncio.Future[Decision | None]) -> None:
        self.submission = submission
        self.answer = answer


class Collector:
    """Takes submissions from many requests at once and decides them in batches, one batch after the other."""

    def __init__(
        self,
        store: CollectorStore,
        *,
        limits: Limits,
        rules: Callable[[], Ruleset],
        clock: Clock,
        meter: Meter,
        announce: Callable[[Submission, Decision], None],
        observe: Callable[[Changes], None] = lambda _: None,
    ) -> None:
        """Work on `store`; `rules` says what is in force.

        After its commit, `announce` is told of every decision, and `observe` of what a batch has changed.
        """
        self.phase = Phase.STARTING
        self._store = store
        self._limits = limits
        self._rules = rules
        self._clock = clock
        self._meter = meter
        self._announce = announce
        self._observe = observe
        self._queue: deque[_Waiting] = deque()
        self._pace = Pace(limits)
        self._refused: Counter[tuple[str, Outcome]] = Counter()
        self._work = asyncio.Event()
        self._is_to_end = False

    async def submit(self, submission: Submission) -> Decision:
        """Have a submission decided and committed; return when it is durable. Raises Busy or Faulty."""
        return decision_of(await self.enqueue(submission))

    def enqueue(self, submission: Submission) -> asyncio.Future[Decision | None]:
        """Put a submission into the queue. Raises Busy.

        What comes is its decision, when that is durable, or Busy or Faulty.
        """
        if self.phase is not Phase.OPEN:
            raise Busy(self.phase.value)
        if self.is_crowded():
            raise Busy(CROWDED)
        return self._put(submission)

    def is_crowded(self) -> bool:
        """Whether another submission would be refused, since so many wait: whoever asks first need not even read it."""
        return self._pace.is_crowd(len(self._queue))

    def refuse(self, source: str, outcome: Outcome, count: int) -> None:
        """Count events that the door refused; the next commit makes the count durable. The source may be empty."""
        if count:
            self._refused[source, outcome] += count
            self._work.set()

    async def counted(self) -> tuple[Tally, ...]:
        """Have everything that was refused so far counted durably; return the counts that cannot be kept now."""
        if self.phase in (Phase.OPEN, Phase.STOPPING) and not self._is_to_end:
            with suppress(Busy):
                await self._put(None)
                return ()
        return _tallies(self._refused)

    async def run(self) -> None:
        """Serve the queue until the collector is drained. Raises StoreBroken when nothing more can be kept."""
        if self.phase is Phase.STARTING:  # it may have been told to stop before it began
            self.phase = Phase.OPEN
        while True:
            if self._queue:
                await self._serve(self._next_batch())
            elif self._is_to_end:
                await self._count_a_last_time()
                return
            elif not self._refused:
                await self._next_work()
            elif not await self._serve([]):
                await self._next_work(self._limits.retry_after_s)

    def stop(self) -> None:
        """Take no more submissions; what is refused for that is still counted."""
        if self.phase in (Phase.OPEN, Phase.STARTING):
            self.phase = Phase.STOPPING

    def drain(self) -> None:
        """Take no more submissions; `run` returns when the queue is empty."""
        self.stop()
        self._is_to_end = True
        self._work.set()

    async def _next_work(self, within_s: float | None = None) -> None:
        """Return as soon as there is something to do; counts that could not be kept are tried again after some time."""
        if self._queue or self._is_to_end:
            return
        self._work.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), within_s)

    async def _count_a_last_time(self) -> None:
        if self._refused and not await self._serve([]):
            log.error("counts of refused events lost", events=self._refused.total())
            self._refused.clear()

    def _put(self, submission: Submission | None) -> asyncio.Future[Decision | None]:
        waiting = _Waiting(submission, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._work.set()
        return waiting.answer

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        events = 0
        events_max = self._pace.batch_events_max()
        while self._queue and len(batch) < self._limits.batch_requests_max:
            submission = self._queue[0].submission
            if submission is not None:
                events += submission.event_count
                if batch and events > events_max:
                    break
            batch.append(self._queue.popleft())
        self._meter.queue_changed(requests=len(self._queue))
        return batch

    async def _serve(self, batch: list[_Waiting]) -> bool:
        """Carry out one batch and answer each of its requests, whatever happens; False when the store cannot now."""
        try:
            await self._carry_out(batch)
        except StoreUnavailable as unavailable:
            _fail(batch, Busy(str(unavailable)))
            return False
        except StoreBroken as broken:
            self.phase = Phase.BROKEN
            _fail([*batch, *self._queue], Busy(Phase.BROKEN.value))
            self._queue.clear()
            raise StoreBroken(str(broken)) from broken
        except Exception as fault:  # noqa: BLE001 - the top of the loop: counted, logged and answered
            await self._isolate(batch, fault)
        return True

    async def _isolate(self, batch: list[_Waiting], fault: Exception) -> None:
        """Carry the requests of a failed batch out one by one, so that only the one at fault fails."""
        if len(batch) > 1:
            for waiting in batch:
                await self._serve([waiting])
            return
        tasks = [waiting.submission.id for waiting in batch if waiting.submission]
        log.error("deciding failed", tasks=tasks, exc_info=fault)
        _fail(batch, Faulty("Deciding the request failed."))
        if not batch:
            self._refused.clear()

    async def _carry_out(self, batch: list[_Waiting]) -> None:
        submissions = [waiting.submission for waiting in batch if waiting.submission]
        is_full = bool(self._queue)  # as long as nothing was waited for, they are those that the batch left behind
        await self._store.room()
        started = self._clock.monotonic()
        refused = dict(self._refused)
        decided, commit_s = await self._decide_and_commit(submissions, refused)
        self._refused.subtract(refused)
        self._refused = +self._refused
        serve_s = self._clock.monotonic() - started
        decide_s = serve_s - commit_s
        changes = decided.changes
        self._pace.note(
            requests=len(submissions),
            events=sum([submission.event_count for submission in submissions]),
            decide_s=decide_s,
            serve_s=serve_s,
            is_full=is_full,
        )
        self._meter.batch_committed(
            requests=len(submissions), events=len(changes.events), decide_s=decide_s, commit_s=commit_s
        )
        self._meter.events_ended(changes.tallies)
        self._answer(batch, decided)
        self._observe(changes)

    async def _decide_and_commit(
        self, submissions: Sequence[Submission], refused: dict[tuple[str, Outcome], int]
    ) -> tuple[Decided, float]:
        """Decide on fresh facts and commit, again and again while the facts turn out stale."""
        keys = self._keys_of(submissions)
        for _ in range(STALE_TRIES_MAX):
            facts = await self._store.load(keys) if submissions else Facts(keys=Keys())
            decided = self._decide(submissions, facts)
            if decided.unasked:
                keys = replace(keys, identifiers=keys.identifiers | decided.unasked)
                continue
            decided = decided._replace(changes=_with_refused(decided.changes, refused))
            before = self._clock.monotonic()
            try:
                if decided.changes.tallies:
                    await self._store.commit(decided.changes, facts)
            except StaleFacts:
                self._meter.decided_again()
                continue
            return decided, self._clock.monotonic() - before
        raise StoreUnavailable("What the requests depend on changes too often.")

    def _keys_of(self, submissions: Sequence[Submission]) -> Keys:
        keys = keys_of(submissions)
        told = identifiers_told(submissions, self._rules()) if submissions else None
        return replace(keys, identifiers=keys.identifiers | told) if told else keys

    def _decide(self, submissions: Sequence[Submission], facts: Facts) -> Decided:
        if not submissions:
            return Decided((), Changes(at=self._clock.now()))
        return decide_all(submissions, facts, self._rules())

    def _answer(self, batch: list[_Waiting], decided: Decided) -> None:
        decisions = iter(decided.decisions)
        for waiting in batch:
            decision = next(decisions) if waiting.submission else None
            if not waiting.answer.done():
                waiting.answer.set_result(decision)
            if waiting.submission and decision:
                self._announce(waiting.submission, decision)


def decision_of(answer: Decision | None) -> Decision:
    """What has come for a submission."""
    assert answer is not None, "a submission is answered with a decision"
    return answer


def _with_refused(changes: Changes, refused: dict[tuple[str, Outcome], int]) -> Changes:
    if not refused:
        return changes
    return replace(changes, tallies=changes.tallies + _tallies(refused))


def _tallies(refused: Mapping[tuple[str, Outcome], int]) -> tuple[Tally, ...]:
    return tuple(Tally(source, outcome, count) for (source, outcome), count in refused.items())


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
