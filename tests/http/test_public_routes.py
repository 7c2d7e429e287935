"""What anybody can ask without a token: a short list, and nothing of it tells what is known of a person."""

from __future__ import annotations

import pytest

from sojourn.http.app import ROUTES
from sojourn.http.manage.app import API_HANDLERS, ROOT_HANDLERS, routed
from sojourn.http.manage.rights import PUBLIC, routes_of
from tests.door import Door

EMAIL = "ann.smith@mail.example"


def test_all_that_is_public_is_on_this_list() -> None:
    entries = {(method, f"/{name.decode()}") for name, route in ROUTES.items() for method in route.methods}
    others = {
        (route.method, route.path) for route in routes_of(routed(API_HANDLERS, ROOT_HANDLERS)) if route.needs == PUBLIC
    }
    assert sorted(entries | others) == [
        ("DELETE", "/redirect"),
        ("GET", "/"),
        ("GET", "/collect"),
        ("GET", "/healthz"),
        ("GET", "/limits"),
        ("GET", "/metrics"),
        ("GET", "/readyz"),
        ("GET", "/redirect"),
        ("GET", "/version"),
        ("HEAD", "/redirect"),
        ("POST", "/collect"),
        ("POST", "/redirect"),
        ("POST", "/track"),
        ("PUT", "/redirect"),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/track"),
        ("GET", "/collect/paid/HOOK/s1"),
        ("POST", "/collect/paid/GEN"),
        ("GET", "/redirect/R1/s1"),
        ("GET", "/customer/consent"),
        ("POST", "/customer/consent"),
    ],
)
async def test_no_entry_tells_what_is_known_of_a_person_to_who_names_their_ids(
    door: Door, method: str, path: str
) -> None:
    known = await door.track(session="s1", events=[{"type": "sign-in", "properties": {"email": {"main": EMAIL}}}])
    payload = {
        "source": {"id": "S"},
        "session": {"id": "s1"},
        "profile": {"id": known.profile},
        "events": [{"type": "x", "options": {"profile": True, "debugger": True}}],
    }
    response = await door.http.request(method, path, json=payload if path == "/track" else None)
    door.sent += response.status_code != 404
    assert EMAIL not in response.text + str(response.headers)
    assert "consents" not in response.text


async def test_a_pass_tells_nobody_what_is_known_of_the_person(door: Door) -> None:
    event = {"type": "sign-in", "properties": {"email": {"main": EMAIL}}}
    answer = await door.track(session="s1", source="GIVES", events=[event], options={"pass": True})
    token = answer.body["passes"]["S"]["token"]
    arrived = await door.track(session="s2", context={"tracardi": {"pass": {"token": token}}})
    assert arrived.body["profile"] == {"id": answer.profile}
    assert EMAIL not in str(answer.body) + str(arrived.body)
