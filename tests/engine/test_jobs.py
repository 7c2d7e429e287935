"""Jobs run beside everything else, tell how far they are, and end in exactly one way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from sojourn.core.limits import Limits
from sojourn.engine.jobs import AlreadyRunning, Job, JobFailed, JobOrder, Jobs, JobState, Tell, TooManyJobs
from sojourn.ports.errors import StoreUnavailable
from sojourn.system import SystemChance
from tests.door import HandClock

LIMITS = Limits(jobs_running_max=2, jobs_kept_max=3)


class Kinds:
    """Jobs that do what tests ask of them."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.undone = 0

    async def wait(self, order: JobOrder, tell: Tell) -> dict[str, object]:
        tell(1, 2)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.undone += 1
            raise
        return {"waited": order.profile or "everybody"}

    async def fail(self, order: JobOrder, tell: Tell) -> dict[str, object]:
        if order.profile == "store":
            raise StoreUnavailable("The disk is full.")
        if order.profile == "fault":
            raise ZeroDivisionError("of somebody's data")
        raise JobFailed("There is nothing to do it with. Bring something.")


@pytest.fixture
def kinds() -> Kinds:
    return Kinds()


@pytest.fixture
async def jobs(kinds: Kinds) -> AsyncIterator[Jobs]:
    made = Jobs({"wait": kinds.wait, "fail": kinds.fail}, limits=LIMITS, clock=HandClock(), chance=SystemChance())
    yield made
    await made.close()


async def ended(jobs: Jobs, job: Job) -> Job:
    while True:
        now = jobs.job(job.id)
        assert now is not None
        if now.state is not JobState.RUNNING:
            return now
        await asyncio.sleep(0)


async def test_a_job_runs_until_it_is_done_and_keeps_what_came_of_it(jobs: Jobs, kinds: Kinds) -> None:
    job = jobs.start(JobOrder(kind="wait", profile="ann"))
    assert (job.state, job.done, job.total, job.ended_at) == (JobState.RUNNING, 0, None, None)
    await asyncio.sleep(0)
    under_way = jobs.job(job.id)
    assert under_way is not None
    assert (under_way.state, under_way.done, under_way.total) == (JobState.RUNNING, 1, 2)
    kinds.may_end.set()
    done = await ended(jobs, job)
    assert (done.state, done.result, done.error) == (JobState.DONE, {"waited": "ann"}, None)
    assert done.ended_at is not None
    assert done.ended_at > done.started_at


@pytest.mark.parametrize(
    ("profile", "error"),
    [(None, "There is nothing to do it with. Bring something."), ("store", "The disk is full.")],
)
async def test_a_job_that_cannot_go_on_says_why(jobs: Jobs, profile: str | None, error: str) -> None:
    job = await ended(jobs, jobs.start(JobOrder(kind="fail", profile=profile)))
    assert (job.state, job.result, job.error) == (JobState.FAILED, None, error)


async def test_a_fault_is_logged_and_told_without_its_details(jobs: Jobs) -> None:
    with capture_logs() as logs:
        job = await ended(jobs, jobs.start(JobOrder(kind="fail", profile="fault")))
    assert job.error == "A fault of the server. Its log has more under the id of the job."
    assert [(log["event"], log["job"]) for log in logs] == [("job failed", job.id)]


async def test_a_cancelled_job_has_ended_when_the_call_returns(jobs: Jobs, kinds: Kinds) -> None:
    job = jobs.start(JobOrder(kind="wait"))
    await asyncio.sleep(0)
    cancelled = await jobs.cancel(job.id)
    assert cancelled is not None
    assert (cancelled.state, kinds.undone) == (JobState.CANCELLED, 1)
    assert cancelled.ended_at is not None


async def test_a_job_that_had_no_time_to_begin_can_be_cancelled(jobs: Jobs) -> None:
    cancelled = await jobs.cancel(jobs.start(JobOrder(kind="wait")).id)
    assert cancelled is not None
    assert cancelled.state is JobState.CANCELLED


async def test_several_may_cancel_one_job(jobs: Jobs) -> None:
    job = jobs.start(JobOrder(kind="wait"))
    both = await asyncio.gather(jobs.cancel(job.id), jobs.cancel(job.id))
    assert [each.state for each in both if each is not None] == [JobState.CANCELLED] * 2


async def test_a_job_that_has_ended_cannot_be_cancelled(jobs: Jobs, kinds: Kinds) -> None:
    kinds.may_end.set()
    job = await ended(jobs, jobs.start(JobOrder(kind="wait")))
    assert await jobs.cancel(job.id) == job


async def test_an_unknown_job_cannot_be_cancelled(jobs: Jobs) -> None:
    assert await jobs.cancel("none") is None


async def test_the_same_is_not_done_twice_at_once(jobs: Jobs, kinds: Kinds) -> None:
    job = jobs.start(JobOrder(kind="wait"))
    with pytest.raises(AlreadyRunning) as declined:
        jobs.start(JobOrder(kind="wait"))
    assert declined.value.job.id == job.id
    jobs.start(JobOrder(kind="wait", profile="ann"))
    await jobs.cancel(job.id)
    assert jobs.start(JobOrder(kind="wait")).state is JobState.RUNNING


async def test_no_more_jobs_run_at_once_than_may(jobs: Jobs, kinds: Kinds) -> None:
    for person in ("ann", "bob"):
        jobs.start(JobOrder(kind="wait", profile=person))
    with pytest.raises(TooManyJobs):
        jobs.start(JobOrder(kind="wait", profile="cid"))


async def test_the_oldest_jobs_that_have_ended_are_forgotten(jobs: Jobs) -> None:
    running = jobs.start(JobOrder(kind="wait"))
    failed = [await ended(jobs, jobs.start(JobOrder(kind="fail"))) for _ in range(4)]
    assert [job.id for job in jobs.jobs()] == [failed[3].id, failed[2].id, running.id]


async def test_at_the_end_no_job_is_left(jobs: Jobs) -> None:
    for person in ("ann", "bob"):
        jobs.start(JobOrder(kind="wait", profile=person))
    await jobs.close()
    assert [job.state for job in jobs.jobs()] == [JobState.CANCELLED] * 2
