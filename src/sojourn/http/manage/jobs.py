"""Jobs: what takes longer than a request may, such as a rebuild. They can be begun, looked at, and ended early."""

from __future__ import annotations

from litestar import Response, delete, get, post
from litestar.params import FromPath
from msgspec.structs import replace

from sojourn.engine.jobs import AlreadyRunning, Job, JobOrder, TooManyJobs
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, object_of, record_of
from sojourn.http.manage.identity_change import require_sound
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing_by_id
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rights import name_of_caller
from sojourn.http.problems import INVALID_BODY, UNKNOWN_ID, WRONG_STATE, Declined, Fault


@post("/jobs", needs="configure", status_code=202, body=JobOrder, problems=(UNKNOWN_ID, WRONG_STATE))
async def start_job(request: Asked, parts: Given) -> Response[Job]:
    """Begin a job, and answer at once. `GET /jobs/{id}` tells how far it is.

    The kind `rebuild` folds the profile of a person, or of everybody, anew from all that was recorded, with the rules
    in force now. The kind `identity-dry-run` tells how many people would be joined, parted or held back, if the rules
    of identity had held for all that was recorded: those in force, with the kinds of id and identification points of
    `change` in the place of those of the same id. It changes nothing. The kind `identity-apply` carries that out, with
    the rules in force. Events may arrive meanwhile.
    """
    order = replace(record_of(JobOrder, await object_of(request)), actor=name_of_caller(request))
    if order.kind not in parts.jobs.kinds:
        msg = f"The kinds of jobs are: {', '.join(parts.jobs.kinds)}."
        raise Declined(INVALID_BODY, "There is no such kind of job.", [Fault(("body", "kind"), "unknown-kind", msg)])
    require_sound(order, parts)
    if order.profile is not None and await parts.records.profile(order.profile) is None:
        raise unknown("profile")
    try:
        return Answer(parts.jobs.start(order), status_code=202)
    except AlreadyRunning as error:
        raise Declined(WRONG_STATE, f"The job {error.job.id} does this already. Wait for it, or cancel it.") from error
    except TooManyJobs as error:
        jobs_max = parts.limits.jobs_running_max
        raise Declined(WRONG_STATE, f"{jobs_max} jobs run, which are the most. Wait for one, or cancel it.") from error


@get("/jobs", needs="read")
async def list_jobs(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[Job]:
    """List the jobs of this process, by id: those that run, and the last of those that have ended."""
    return listing_by_id(parts.jobs.jobs(), lambda job: job.id, items_max(limit, parts.limits), cursor)


@get("/jobs/{job_id:str}", needs="read")
async def read_job(job_id: FromPath[str], parts: Given) -> Job:
    """Read how far a job is, or how it ended."""
    return _required(parts.jobs.job(job_id))


@delete("/jobs/{job_id:str}", needs="configure", status_code=200)
async def cancel_job(job_id: FromPath[str], parts: Given) -> Job:
    """Cancel a job: the answer comes when it has ended. What it has done stays, and nothing is left half done.

    A job that has ended before stays as it is.
    """
    return _required(await parts.jobs.cancel(job_id))


HANDLERS = (start_job, list_jobs, read_job, cancel_job)


def _required(job: Job | None) -> Job:
    if job is None:
        raise unknown("job")
    return job
