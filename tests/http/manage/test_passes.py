"""Servers hand people on by tokens that they ask the API for."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.changes import Changes
from sojourn.core.facts import Facts, Keys
from sojourn.core.graph import ALIAS, Edge
from sojourn.core.sources import Source
from tests.builders import NOON, a_profile
from tests.http.manage.desk import Desk


@pytest.fixture(autouse=True)
async def _somebody(desk: Desk) -> None:
    await desk.store.catalog.add_source(Source(id="shop", name="Shop"))
    alias = Edge(id="crm-1", profile="ann", kind=ALIAS, rule="told-by-server", event=None, at=NOON)
    changes = Changes(at=NOON, profiles=(a_profile("ann", ids=("ann", "crm-1")),), edges=(alias,))
    await desk.store.commit(changes, Facts(keys=Keys()))


async def test_a_token_hands_on_the_person_of_any_id_for_two_minutes(desk: Desk) -> None:
    made = await desk.made("/identity/pass", {"profile": "crm-1", "source": "shop"})
    handed_on = desk.parts.passes.read(made["token"])
    assert handed_on is not None
    assert handed_on.token is not None
    assert (handed_on.profile, handed_on.token.source) == ("ann", "shop")
    assert (made["source"], made["expires_at"]) == ("shop", "2026-11-24T12:02:00Z")
    assert "crm-1" not in str(made)


async def test_a_token_lives_as_long_as_it_was_asked_to(desk: Desk) -> None:
    made = await desk.made("/identity/pass", {"profile": "ann", "source": "shop", "ttl_s": 600})
    assert made["expires_at"] == "2026-11-24T12:10:00Z"


async def test_no_token_is_like_another(desk: Desk) -> None:
    asked = {"profile": "ann", "source": "shop"}
    assert len({(await desk.made("/identity/pass", asked))["token"] for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("fields", "status", "loc"),
    [
        ({"profile": "nobody"}, 404, None),
        ({"source": "nowhere"}, 422, ["body", "source"]),
        ({"ttl_s": 601}, 422, ["body", "ttl_s"]),
        ({"ttl_s": 0}, 422, ["body", "ttl_s"]),
        ({"profile": None}, 422, ["body", "profile"]),
        ({"session": "s1"}, 422, ["body", "session"]),
    ],
)
async def test_what_cannot_be_handed_on_is_told(
    desk: Desk, fields: dict[str, Any], status: int, loc: list[str] | None
) -> None:
    response = await desk.ask("POST", "/identity/pass", {"profile": "ann", "source": "shop", **fields})
    assert response.status_code == status
    assert [fault["loc"] for fault in response.json()["errors"]] == ([loc] if loc else [])
