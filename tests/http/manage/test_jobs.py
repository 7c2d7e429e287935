"""Jobs can be begun, looked at and cancelled through the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sojourn.core.events import SentEvent
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.engine.jobs import JobOrder, Jobs, Tell
from sojourn.system import SystemChance
from sojourn.testing.stores import keep
from tests.builders import a_profile, a_submission
from tests.histories import keep_all
from tests.http.manage.desk import Desk, StillClock, a_desk

REBUILD = {"kind": "rebuild"}
SPENT = {
    "id": "spent",
    "name": "What people spent",
    "event_type": "order",
    "operations": [{"op": "add", "target": "profile@traits.spent", "value": "event@properties.n"}],
}


async def started(desk: Desk, body: object) -> Any:
    response = await desk.ask("POST", "/jobs", body)
    assert response.status_code == 202, response.text
    return response.json()


async def ended(desk: Desk, job: Any) -> Any:
    while True:
        now = await desk.get(f"/jobs/{job['id']}")
        if now["state"] != "running":
            return now
        await asyncio.sleep(0)


@asynccontextmanager
async def a_patient_desk() -> AsyncIterator[Desk]:
    """One job may run at a time, and none comes to an end."""

    async def wait(order: JobOrder, tell: Tell) -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    limits = Limits(jobs_running_max=1)
    jobs = Jobs({"rebuild": wait}, limits=limits, clock=StillClock(), chance=SystemChance())
    async with a_desk(limits=limits, jobs=jobs) as desk:
        yield desk
        await jobs.close()


async def someone(desk: Desk) -> str:
    order = SentEvent(type="order", properties={"n": 2})
    await keep_all(desk.store, [[a_submission(order, session_id="s1")]], Ruleset())
    [profile_id] = await desk.store.people(limit=2)
    return profile_id


async def test_everybody_is_rebuilt_with_the_rules_in_force(desk: Desk) -> None:
    profile_id = await someone(desk)
    await desk.made("/mappings", SPENT)
    job = await started(desk, REBUILD)
    assert (job["kind"], job["profile"], job["state"], job["total"]) == ("rebuild", None, "running", None)
    done = await ended(desk, job)
    assert (done["state"], done["done"], done["total"], done["error"]) == ("done", 1, 1, None)
    assert done["result"] == {"people": 1, "changed": 1, "busy": 0}
    assert (await desk.get(f"/profiles/{profile_id}"))["traits"] == {"spent": 2}


async def test_one_person_is_rebuilt(desk: Desk) -> None:
    profile_id = await someone(desk)
    await keep(desk.store, a_profile("bob"))
    await desk.made("/mappings", SPENT)
    done = await ended(desk, await started(desk, {"kind": "rebuild", "profile": profile_id}))
    assert (done["profile"], done["result"]) == (profile_id, {"people": 1, "changed": 1, "busy": 0})


async def test_nobody_cannot_be_rebuilt(desk: Desk) -> None:
    response = await desk.ask("POST", "/jobs", {"kind": "rebuild", "profile": "nobody"})
    assert (response.status_code, response.json()["code"]) == (404, "SJ-4041")


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["body", "kind"]),
        ({"kind": "dance"}, ["body", "kind"]),
        ({"kind": "rebuild", "profile": 1}, ["body", "profile"]),
        ({"kind": "rebuild", "person": "ann"}, ["body", "person"]),
    ],
)
async def test_a_job_that_cannot_be_meant_is_declined_with_its_place(desk: Desk, body: object, loc: list[str]) -> None:
    response = await desk.ask("POST", "/jobs", body)
    assert response.status_code == 422
    assert [fault["loc"] for fault in response.json()["errors"]] == [loc]


async def test_the_answer_to_an_unknown_kind_tells_the_known_ones(desk: Desk) -> None:
    [fault] = (await desk.ask("POST", "/jobs", {"kind": "dance"})).json()["errors"]
    assert fault["msg"] == "The kinds of jobs are: rebuild, identity-dry-run, identity-apply."


async def test_one_rebuild_of_everybody_runs_at_a_time() -> None:
    async with a_patient_desk() as desk:
        job = await started(desk, REBUILD)
        declined = await desk.ask("POST", "/jobs", REBUILD)
    assert (declined.status_code, declined.json()["code"]) == (409, "SJ-4091")
    assert job["id"] in declined.json()["detail"]


async def test_no_more_jobs_run_than_may() -> None:
    async with a_patient_desk() as desk:
        profile_id = await someone(desk)
        await started(desk, REBUILD)
        declined = await desk.ask("POST", "/jobs", {"kind": "rebuild", "profile": profile_id})
    assert (declined.status_code, declined.json()["code"]) == (409, "SJ-4091")
    assert declined.json()["detail"].startswith("1 jobs run, which are the most.")


async def test_a_job_is_cancelled_and_cancelling_again_changes_nothing() -> None:
    async with a_patient_desk() as desk:
        job = await started(desk, REBUILD)
        cancelled = await desk.ask("DELETE", f"/jobs/{job['id']}")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert (await desk.ask("DELETE", f"/jobs/{job['id']}")).json() == cancelled.json()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_job_is_not_found(desk: Desk, method: str) -> None:
    response = await desk.ask(method, "/jobs/none")
    assert (response.status_code, response.json()["code"]) == (404, "SJ-4041")


async def test_jobs_are_listed(desk: Desk) -> None:
    jobs = [await ended(desk, await started(desk, REBUILD)) for _ in range(3)]
    listed = (await desk.get("/jobs"))["items"]
    assert sorted(job["id"] for job in listed) == sorted(job["id"] for job in jobs)
