"""Merge rules can be read and replaced as one document; each change is a version, and every fault is named."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.limits import Limits
from tests.http.manage.desk import Desk, a_desk

PATH = "/identity/merge-rules"
RULES = {"fields": {"traits.score": "sum", "data.contact": "survivor", "consents": "most-restrictive"}}


async def test_at_first_there_are_none(desk: Desk) -> None:
    assert await desk.get(PATH) == {"fields": {}, "version": 0}


async def test_what_is_put_takes_the_place_of_all_there_was(desk: Desk) -> None:
    await desk.ask("PUT", PATH, {"fields": {"traits.plan": "first"}})
    response = await desk.ask("PUT", PATH, {**RULES, "version": 9})
    assert (response.status_code, response.json()) == (200, {**RULES, "version": 2})
    assert await desk.get(PATH) == {**RULES, "version": 2}


async def test_new_rules_are_in_force_for_the_next_merge(desk: Desk) -> None:
    await desk.ask("PUT", PATH, RULES)
    assert desk.parts.rules.in_force().merge_rules.fields == RULES["fields"]


async def test_the_history_tells_every_version_the_latest_first(desk: Desk) -> None:
    await desk.ask("PUT", PATH, RULES)
    await desk.ask("PUT", PATH, RULES)
    await desk.ask("PUT", PATH, {"fields": {}})
    history = (await desk.get(f"{PATH}/history"))["items"]
    assert [(each["rules"], each["until"] is None) for each in history] == [
        ({"fields": {}, "version": 2}, True),
        ({**RULES, "version": 1}, False),
    ]


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"traits.score": "average"}, ["body", "fields"]),
        ({"data.shoes": "newest"}, ["body", "fields", "data.shoes"]),
        ({"segments": "union"}, ["body", "fields", "segments"]),
        ({"": "newest"}, ["body", "fields", ""]),
        ({"traits": "sum", "data.pii.firstname": "sum"}, ["body", "fields", "data.pii.firstname"]),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(desk: Desk, fields: Any, loc: list[str]) -> None:
    response = await desk.ask("PUT", PATH, {"fields": fields})
    assert (response.status_code, [fault["loc"] for fault in response.json()["errors"]]) == (422, [loc])
    assert (await desk.get(PATH))["version"] == 0


async def test_there_are_no_more_paths_than_the_server_allows() -> None:
    async with a_desk(limits=Limits(merge_rules_max=1)) as desk:
        response = await desk.ask("PUT", PATH, {"fields": {"traits.a": "sum", "traits.b": "sum"}})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "too-many")
