"""Jobs: what takes longer than a request may. They run beside the traffic of this process, and can be looked at.

Who starts a server says which kinds there are and how each is done. Jobs are bounded in number, end with the process,
and leave nothing half done when they are cancelled: a kind that cannot promise that is no kind of job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
import structlog
from msgspec.structs import replace

from sojourn.core.identifiers.change import IdentityChange
from sojourn.core.ids import derived_id
from sojourn.core.limits import Limits
from sojourn.ports.errors import StoreError
from sojourn.ports.system import Chance, Clock

log = structlog.get_logger()


class JobState(StrEnum):
    """Where a job is in its life."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to have done."""

    kind: str
    """What kind of job."""
    profile: str | None = None
    """Any id of the person that it is about; null: everybody."""
    change: IdentityChange | None = None
    """What is tried by a dry run of identity."""
    actor: str = ""
    """Who asks for it; the server tells it."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Something long that was begun."""

    id: str
    kind: str
    profile: str | None
    """The id of the person that it is about, as it was given; null: everybody."""
    state: JobState
    done: int
    """How much is done."""
    total: int | None
    """How much there is to do, as far as that is known; it may still change."""
    started_at: datetime
    ended_at: datetime | None = None
    result: dict[str, object] | None = None
    """What came of it, once it is done."""
    error: str | None = None
    """Why it failed."""


Tell = Callable[[int, int], None]
"""How a job says how much of how much is done."""

Kind = Callable[[JobOrder, Tell], Awaitable[dict[str, object]]]
"""How jobs of one kind are done: it may raise JobFailed or a StoreError to say why it cannot go on."""


class JobFailed(Exception):
    """The job cannot be done; the text says why, and what to do."""


class AlreadyRunning(Exception):
    """The same is being done already."""

    def __init__(self, job: Job) -> None:
        """Name the job that does it."""
        super().__init__(job.id)
        self.job = job


class TooManyJobs(Exception):
    """As many jobs run as may."""


class Jobs:
    """The jobs of one process: those that run, and the last of those that have ended."""

    def __init__(self, kinds: Mapping[str, Kind], *, limits: Limits, clock: Clock, chance: Chance) -> None:
        """`kinds` says, by their names, how jobs of each kind are done."""
        self._kinds = kinds
        self._limits = limits
        self._clock = clock
        self._chance = chance
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all kinds."""
        return tuple(self._kinds)

    def start(self, order: JobOrder) -> Job:
        """Begin a job of a kind that there is. Raises AlreadyRunning, TooManyJobs."""
        for job in self._jobs.values():
            if job.state is JobState.RUNNING and (job.kind, job.profile) == (order.kind, order.profile):
                raise AlreadyRunning(job)
        if len(self._tasks) >= self._limits.jobs_running_max:
            raise TooManyJobs
        job = Job(
            id=derived_id(self._chance.bits(), "job"),
            kind=order.kind,
            profile=order.profile,
            state=JobState.RUNNING,
            done=0,
            total=None,
            started_at=self._clock.now(),
        )
        self._jobs[job.id] = job
        self._forget_the_oldest()
        self._tasks[job.id] = asyncio.create_task(self._run(job.id, order))
        return job

    def job(self, job_id: str) -> Job | None:
        """The job of that id, while it is remembered."""
        return self._jobs.get(job_id)

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that are remembered, those that were begun last first."""
        return tuple(reversed(self._jobs.values()))

    async def cancel(self, job_id: str) -> Job | None:
        """End a job that runs, and return when it has ended; one that has ended stays as it is. None: unknown."""
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
            # Somebody else may have waited for the same, and it may have been done just in time.
            if task.cancelled() and job_id in self._tasks:
                self._end(job_id, JobState.CANCELLED)
        return self._jobs.get(job_id)

    async def close(self) -> None:
        """End all jobs; return when they have ended."""
        for job_id in list(self._tasks):
            await self.cancel(job_id)

    async def _run(self, job_id: str, order: JobOrder) -> None:
        def tell(done: int, total: int) -> None:
            self._jobs[job_id] = replace(self._jobs[job_id], done=done, total=total)

        try:
            result = await self._kinds[order.kind](order, tell)
        except (JobFailed, StoreError) as error:
            self._end(job_id, JobState.FAILED, error=str(error))
        except Exception:
            log.exception("job failed", job=job_id, kind=order.kind)
            self._end(job_id, JobState.FAILED, error="A fault of the server. Its log has more under the id of the job.")
        else:
            self._end(job_id, JobState.DONE, result=result)

    def _end(
        self, job_id: str, state: JobState, *, result: dict[str, object] | None = None, error: str | None = None
    ) -> None:
        del self._tasks[job_id]
        self._jobs[job_id] = replace(
            self._jobs[job_id], state=state, ended_at=self._clock.now(), result=result, error=error
        )

    def _forget_the_oldest(self) -> None:
        ended = (job.id for job in self._jobs.values() if job.state is not JobState.RUNNING)
        for job_id in list(ended)[: max(0, len(self._jobs) - self._limits.jobs_kept_max)]:
            del self._jobs[job_id]
