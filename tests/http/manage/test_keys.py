"""Keys are made with a token that is shown once, open what they name, and end at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.http.manage.desk import Desk


async def a_key(desk: Desk, **fields: Any) -> Any:
    return await desk.made("/keys", {"name": "Reports", "scopes": ["read"], **fields})


async def test_a_key_is_made_with_its_token(desk: Desk) -> None:
    made = await a_key(desk, id="reports")
    assert made["token"].startswith("sjt_")
    assert {name: value for name, value in made.items() if name != "token"} == {
        "id": "reports",
        "name": "Reports",
        "scopes": ["read"],
        "created_at": "2026-11-24T12:00:00Z",
        "expires_at": None,
    }


async def test_a_new_token_opens_what_its_scopes_name_at_once(desk: Desk) -> None:
    token = (await a_key(desk))["token"]
    assert (await desk.ask("GET", "/sources", token=token)).status_code == 200
    assert (await desk.ask("POST", "/sources", {"name": "x"}, token=token)).status_code == 403


async def test_a_token_is_not_shown_again(desk: Desk) -> None:
    token = (await a_key(desk))["token"]
    response = await desk.ask("GET", "/keys")
    assert token not in response.text
    assert "token" not in response.json()["items"][0]


async def test_a_revoked_key_is_worth_nothing_at_once(desk: Desk) -> None:
    made = await a_key(desk)
    assert (await desk.ask("DELETE", f"/keys/{made['id']}")).status_code == 204
    assert (await desk.ask("GET", "/sources", token=made["token"])).status_code == 401


async def test_an_expired_key_is_worth_nothing(desk: Desk) -> None:
    expires_at = desk.clock.now() + timedelta(hours=1)
    token = (await a_key(desk, expires_at=expires_at.isoformat()))["token"]
    assert (await desk.ask("GET", "/sources", token=token)).status_code == 200
    desk.clock.turn(hours=1)
    assert (await desk.ask("GET", "/sources", token=token)).status_code == 401


async def test_times_are_told_in_utc(desk: Desk) -> None:
    made = await a_key(desk, expires_at="2027-01-01T02:00:00+02:00")
    listed = (await desk.get("/keys"))["items"]
    assert {key["expires_at"] for key in listed if key["id"] == made["id"]} == {"2027-01-01T00:00:00Z"}


async def test_an_id_that_exists_is_a_conflict(desk: Desk) -> None:
    await a_key(desk, id="reports")
    assert (await desk.ask("POST", "/keys", {"id": "reports", "name": "x", "scopes": ["read"]})).status_code == 409


async def test_an_unknown_key_is_404(desk: Desk) -> None:
    assert (await desk.ask("DELETE", "/keys/nobody")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "loc", "code"),
    [
        ({"scopes": []}, ["body", "scopes"], "empty"),
        ({"scopes": ["read", "fly"]}, ["body", "scopes", 1], "unknown-scope"),
        ({"scopes": "read"}, ["body", "scopes"], "invalid"),
        ({"name": ""}, ["body", "name"], "shape"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, ["body", "expires_at"], "past"),
        ({"expires_at": "2030-01-01T00:00:00"}, ["body", "expires_at"], "time"),
        ({"expires_at": "9999-12-31T23:59:59-10:00"}, ["body", "expires_at"], "time"),
        ({"expires_at": "0001-01-01T00:00:00+10:00"}, ["body", "expires_at"], "time"),
        ({"expires_at": "tomorrow"}, ["body", "expires_at"], "invalid"),
        ({"created_at": "2030-01-01T00:00:00Z"}, ["body", "created_at"], "unknown"),
        ({"token": "mine"}, ["body", "token"], "unknown"),
    ],
)
async def test_what_cannot_be_a_key_is_named(desk: Desk, fields: dict[str, Any], loc: list[Any], code: str) -> None:
    response = await desk.ask("POST", "/keys", {"name": "Reports", "scopes": ["read"], **fields})
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["code"]) == (422, loc, code)
