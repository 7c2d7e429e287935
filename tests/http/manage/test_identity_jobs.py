"""Changes of what people are recognised by are tried on all that was recorded, and applied to it, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.events import SentEvent
from tests.builders import a_submission, noon_plus
from tests.http.manage.desk import Desk
from tests.http.manage.test_jobs import ended, started

CARD = {
    "id": "card",
    "name": "Customer card",
    "event_type": "receipt",
    "identifiers": [{"property": "card", "kind": "external-id"}],
}
DRY_RUN = {"kind": "identity-dry-run"}
APPLY = {"kind": "identity-apply"}


async def done(desk: Desk, order: object) -> Any:
    """The result of a job."""
    job = await ended(desk, await started(desk, order))
    assert (job["state"], job["error"]) == ("done", None)
    return job["result"]


async def two_receipts(desk: Desk) -> None:
    """Two devices of one card, before anybody knew that cards tell people."""
    await desk.made("/sources", {"id": "shop", "name": "The shop"})
    for number in (1, 2):
        receipt = SentEvent(type="receipt", properties={"card": "C-1234"})
        await desk.parts.submit(
            a_submission(
                receipt,
                id=f"r{number}",
                entropy=number,
                session_id=f"s{number}",
                received_at=noon_plus(number - 3_600),
            )
        )


async def test_a_new_point_is_tried_and_nothing_is_changed(desk: Desk) -> None:
    await two_receipts(desk)
    told = await done(desk, {**DRY_RUN, "change": {"points": [CARD]}})
    assert told["people"] == {"now": 2, "then": 1}
    assert (told["joined"]["count"], told["split"]["count"], told["parked"]["count"], told["learnt"]) == (1, 0, 0, 1)
    [sample] = told["joined"]["samples"]
    assert (sample["kind"], sample["value"], sample["rule"]) == ("external-id", "C***", "point:card")
    assert len(await desk.store.people(limit=9)) == 2
    assert (await desk.get("/identification-points"))["items"] == []


async def test_a_point_that_is_in_force_is_applied_to_history(desk: Desk) -> None:
    await two_receipts(desk)
    tried = await done(desk, {**DRY_RUN, "change": {"points": [CARD]}})
    await desk.made("/identification-points", CARD)
    assert await done(desk, APPLY) == tried
    assert len(await desk.store.people(limit=9)) == 1
    assert (await done(desk, DRY_RUN))["joined"]["count"] == 0


async def test_who_asked_is_kept_with_each_merge(desk: Desk) -> None:
    await two_receipts(desk)
    await desk.made("/identification-points", CARD)
    await done(desk, APPLY)
    [merge] = (await desk.store.merges(limit=9)).items
    assert (merge.actor, merge.reason.rule, merge.reason.version) == ("administrator", "point:card", 1)


@pytest.mark.parametrize(
    ("order", "loc"),
    [
        ({**APPLY, "change": {"points": [CARD]}}, ["body", "change"]),
        ({**DRY_RUN, "profile": "ann"}, ["body", "profile"]),
        (
            {**DRY_RUN, "change": {"points": [{**CARD, "identifiers": []}]}},
            ["body", "change", "points", 0, "identifiers"],
        ),
        (
            {**DRY_RUN, "change": {"kinds": [{"id": "email-main", "name": "E-mail", "form": "text"}]}},
            ["body", "change", "kinds", 0, "form"],
        ),
        ({**DRY_RUN, "change": {"kinds": [{"id": "Shoe", "name": "Shoe"}]}}, ["body", "change", "kinds", 0, "id"]),
    ],
)
async def test_an_order_that_cannot_be_carried_out_is_declined_with_the_place(
    desk: Desk, order: object, loc: list[object]
) -> None:
    response = await desk.ask("POST", "/jobs", order)
    assert response.status_code == 422, response.text
    assert loc in [fault["loc"] for fault in response.json()["errors"]]
