"""Merges, as people look at them, undo them, and make them by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.manage.desk import Desk, token_of
from tests.http.manage.visitors import ANN, ann_and_bob_on_one_device, two_devices_of_ann, two_strangers, visit


async def only_merge(desk: Desk) -> Any:
    [merge] = (await desk.get("/identity/merges"))["items"]
    return merge


async def test_at_first_nothing_is_merged(desk: Desk) -> None:
    assert await desk.get("/identity/merges") == {"items": [], "next": None}


async def test_a_merge_tells_who_became_whom_and_why(desk: Desk) -> None:
    phone, laptop = await two_devices_of_ann(desk)
    merge = await only_merge(desk)
    assert (merge["survivor"], merge["merged"], set(merge["between"])) == (phone, [laptop], {phone, laptop})
    assert (merge["actor"], merge["undone"], merge["undone_by"]) == ("collector", None, None)
    reason = merge["reason"]
    assert (reason["kind"], reason["rule"], reason["value"]) == ("email-main", "type:sign-in", "a***@m***.example")
    event = await desk.get(f"/events/{merge['event']}")
    assert (event["type"], event["profile"]["id"]) == ("sign-in", laptop)


async def test_nothing_of_a_merge_holds_the_clear_value(desk: Desk) -> None:
    phone, _ = await two_devices_of_ann(desk)
    for path in ("/identity/merges", f"/profiles/{phone}/identity"):
        assert "ann@mail" not in (await desk.ask("GET", path)).text


async def test_a_merge_is_read_by_its_id(desk: Desk) -> None:
    await two_devices_of_ann(desk)
    merge = await only_merge(desk)
    assert await desk.get(f"/identity/merges/{merge['id']}") == merge


async def test_merges_come_newest_first_page_by_page(desk: Desk) -> None:
    phone, _ = await two_devices_of_ann(desk)
    await visit(desk, "tablet")
    await visit(desk, "tablet", "sign-in", ANN)
    first = await desk.get("/identity/merges", params={"limit": 1})
    second = await desk.get("/identity/merges", params={"limit": 1, "cursor": first["next"]})
    moments = [page["items"][0]["at"] for page in (first, second)]
    assert moments == sorted(moments, reverse=True)
    assert second["next"] is None
    assert {page["items"][0]["survivor"] for page in (first, second)} == {phone}


@pytest.mark.parametrize(("method", "path"), [("GET", "/identity/merges/m1"), ("POST", "/identity/merges/m1/undo")])
async def test_an_unknown_merge_is_not_found(desk: Desk, method: str, path: str) -> None:
    assert (await desk.ask(method, path)).status_code == 404


async def test_an_undone_merge_parts_the_people_and_names_who_undid_it(desk: Desk) -> None:
    phone, laptop = await two_devices_of_ann(desk)
    merge = await only_merge(desk)
    desk.clock.turn(hours=1)
    answer = await desk.ask("POST", f"/identity/merges/{merge['id']}/undo", token=token_of("configure"))
    undone = answer.json()
    assert answer.status_code == 200
    assert undone == {**merge, "undone": "2026-11-24T13:04:00Z", "undone_by": "configure"}
    assert [(await desk.get(f"/profiles/{id}"))["id"] for id in (phone, laptop)] == [phone, laptop]


async def test_a_merge_is_undone_once(desk: Desk) -> None:
    await two_devices_of_ann(desk)
    path = f"/identity/merges/{(await only_merge(desk))['id']}/undo"
    assert [(await desk.ask("POST", path)).status_code for _ in range(2)] == [200, 409]


async def test_a_preview_of_an_undo_says_what_would_move_and_changes_nothing(desk: Desk) -> None:
    phone, laptop = await two_devices_of_ann(desk)
    await visit(desk, "laptop")
    merge = await only_merge(desk)
    answer = await desk.ask("POST", f"/identity/merges/{merge['id']}/undo", params={"dry_run": True})
    preview = answer.json()["preview"]
    by_id = {id: await events_and_sessions(desk, id, person=phone) for id in (phone, laptop)}
    assert {person["profile"]["id"]: person["recorded"] for person in preview["people"]} == {
        id: [{"id": id, "events": events, "sessions": sessions}] for id, (events, sessions) in by_id.items()
    }
    assert preview["built_on"] == []
    assert preview["partings"] == ["exact", "from-now"]
    assert await only_merge(desk) == merge
    assert (await desk.get(f"/profiles/{laptop}"))["id"] == phone


async def events_and_sessions(desk: Desk, id: str, *, person: str) -> tuple[int, int]:
    """How much of a person was recorded under one of their ids."""
    events = (await desk.get(f"/profiles/{person}/events"))["items"]
    sessions = (await desk.get(f"/profiles/{person}/sessions"))["items"]
    return sum(event["profile"]["id"] == id for event in events), sum(each["profile"]["id"] == id for each in sessions)


async def test_a_preview_of_an_undo_names_later_merges_of_the_same_people(desk: Desk) -> None:
    await two_devices_of_ann(desk)
    first = await only_merge(desk)
    await visit(desk, "tablet")
    await visit(desk, "tablet", "sign-in", ANN)
    answer = await desk.ask("POST", f"/identity/merges/{first['id']}/undo", params={"dry_run": True})
    later = (await desk.get("/identity/merges"))["items"][0]
    assert answer.json()["preview"]["built_on"] == [later]


async def test_an_undo_from_now_on_leaves_the_past_with_the_survivor(desk: Desk) -> None:
    phone, laptop = await two_devices_of_ann(desk)
    path = f"/identity/merges/{(await only_merge(desk))['id']}/undo"
    assert (await desk.ask("POST", path, params={"parting": "from-now"})).status_code == 200
    visits = {id: (await desk.get(f"/profiles/{id}"))["metadata"]["time"]["visit"]["count"] for id in (phone, laptop)}
    assert visits == {phone: 2, laptop: 0}


async def test_another_way_of_parting_is_declined(desk: Desk) -> None:
    await two_devices_of_ann(desk)
    path = f"/identity/merges/{(await only_merge(desk))['id']}/undo"
    response = await desk.ask("POST", path, params={"parting": "roughly"})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["query", "parting"])


async def test_two_people_are_merged_by_hand(desk: Desk) -> None:
    one, two = await two_strangers(desk)
    asked = {"profiles": [two, one], "note": "They rang."}
    response = await desk.ask("POST", "/identity/merges", asked, token=token_of("configure"))
    merge = response.json()
    assert (response.status_code, merge["survivor"], merge["merged"]) == (201, one, [two])
    assert (merge["actor"], merge["reason"]["kind"], merge["reason"]["note"]) == (
        "configure",
        "manual",
        "They rang.",
    )
    assert await only_merge(desk) == merge
    assert (await desk.get(f"/profiles/{two}"))["id"] == one


async def test_a_preview_of_a_merge_shows_the_person_and_changes_nothing(desk: Desk) -> None:
    one, two = await two_strangers(desk)
    response = await desk.ask("POST", "/identity/merges", {"profiles": [one, two]}, params={"dry_run": True})
    person = response.json()["preview"]["person"]
    assert (response.status_code, person["id"], person["ids"]) == (200, one, [one, two])
    assert (await desk.get("/identity/merges"))["items"] == []
    assert (await desk.get(f"/profiles/{two}"))["id"] == two


async def test_who_is_one_person_is_not_merged_again(desk: Desk) -> None:
    phone, laptop = await two_devices_of_ann(desk)
    assert (await desk.ask("POST", "/identity/merges", {"profiles": [phone, laptop]})).status_code == 409


async def test_who_differs_in_a_unique_kind_is_merged_by_force_only(desk: Desk) -> None:
    one = await visit(desk, "one", "sign-in", {"pk": "1"})
    two = await visit(desk, "two", "sign-in", {"pk": "2"})
    declined = await desk.ask("POST", "/identity/merges", {"profiles": [one, two]})
    assert (declined.status_code, "force" in declined.json()["detail"]) == (409, True)
    assert (await desk.made("/identity/merges", {"profiles": [one, two], "force": True}))["survivor"] == one


async def test_nobody_is_merged_with_nobody(desk: Desk) -> None:
    one, _ = await two_strangers(desk)
    response = await desk.ask("POST", "/identity/merges", {"profiles": [one, "stranger"]})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (404, ["body", "profiles", 1])


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"profiles": ["a"]}, "profiles"),
        ({"profiles": ["a", "b", "c"]}, "profiles"),
        ({}, "profiles"),
        ({"profiles": ["a", "b"], "note": 7}, "note"),
        ({"profiles": ["a", "b"], "note": "\x00"}, "note"),
        ({"profiles": ["a", "b"], "why": "so"}, "why"),
    ],
)
async def test_a_merge_that_cannot_be_read_is_declined_by_name(desk: Desk, fields: dict[str, Any], name: str) -> None:
    response = await desk.ask("POST", "/identity/merges", fields)
    assert response.status_code == 422
    assert [error["loc"][1] for error in response.json()["errors"]] == [name]


async def test_what_was_held_back_waits_for_an_answer(desk: Desk) -> None:
    ann, bob = await ann_and_bob_on_one_device(desk)
    [review] = (await desk.get("/identity/reviews", params={"state": "open"}))["items"]
    assert (review["why"], review["profile"], review["other"], review["state"]) == ("two-known", bob, ann, "open")
    assert review["reason"]["value"] == "a***@m***.example"
    assert await desk.get(f"/identity/reviews/{review['id']}") == review


async def test_to_accept_a_review_joins_the_people_on_the_word_of_who_accepts(desk: Desk) -> None:
    ann, bob = await ann_and_bob_on_one_device(desk)
    [review] = (await desk.get("/identity/reviews"))["items"]
    answer = await desk.ask("POST", f"/identity/reviews/{review['id']}/accept", token=token_of("configure"))
    assert (answer.json()["state"], answer.json()["actor"]) == ("accepted", "configure")
    assert (await desk.get(f"/profiles/{bob}"))["id"] == ann
    assert (await only_merge(desk))["actor"] == "configure"


async def test_to_reject_a_review_keeps_the_people_apart(desk: Desk) -> None:
    _, bob = await ann_and_bob_on_one_device(desk)
    [review] = (await desk.get("/identity/reviews"))["items"]
    answer = await desk.ask("POST", f"/identity/reviews/{review['id']}/reject")
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert await visit(desk, "bobs", "sign-in", ANN) == bob
    assert (await desk.get("/identity/reviews", params={"state": "open"}))["items"] == []


async def test_a_review_is_answered_once(desk: Desk) -> None:
    await ann_and_bob_on_one_device(desk)
    [review] = (await desk.get("/identity/reviews"))["items"]
    answers = [await desk.ask("POST", f"/identity/reviews/{review['id']}/{word}") for word in ("reject", "accept")]
    assert [answer.status_code for answer in answers] == [200, 409]


@pytest.mark.parametrize(("method", "word"), [("GET", ""), ("POST", "/accept"), ("POST", "/reject")])
async def test_an_unknown_review_is_not_found(desk: Desk, method: str, word: str) -> None:
    assert (await desk.ask(method, f"/identity/reviews/r1{word}")).status_code == 404


async def test_the_identity_of_a_person_tells_links_merges_and_reviews(desk: Desk) -> None:
    ann, bob = await ann_and_bob_on_one_device(desk)
    told = await desk.get(f"/profiles/{bob}/identity")
    [review] = (await desk.get("/identity/reviews"))["items"]
    assert (told["ids"], told["merges"], told["reviews"]) == ([bob], [], [review])
    assert [(edge["kind"], edge["value"], edge["profile"]) for edge in told["edges"]] == [
        ("email-main", "b***@m***.example", bob)
    ]
    await desk.made("/identity/merges", {"profiles": [ann, bob], "force": True})
    assert (await desk.get(f"/profiles/{bob}/identity"))["merges"] == [await only_merge(desk)]


async def test_a_person_is_told_as_known_at_a_time(desk: Desk) -> None:
    phone, laptop = await two_devices_of_ann(desk)
    before = await desk.get(f"/profiles/{laptop}", params={"at": "2026-11-24T12:03:30Z"})
    after = await desk.get(f"/profiles/{laptop}", params={"at": "2026-11-24T12:04:00Z"})
    assert [(told["id"], told["ids"]) for told in (before, after)] == [(laptop, [laptop]), (phone, [phone, laptop])]


async def test_before_anything_was_known_nobody_is_told(desk: Desk) -> None:
    phone, _ = await two_devices_of_ann(desk)
    assert (await desk.ask("GET", f"/profiles/{phone}", params={"at": "2026-11-24T12:00:00Z"})).status_code == 404


async def test_of_a_stranger_nothing_was_ever_known(desk: Desk) -> None:
    assert (await desk.ask("GET", "/profiles/stranger", params={"at": "2026-11-24T12:00:00Z"})).status_code == 404


async def test_a_time_that_cannot_be_read_is_declined(desk: Desk) -> None:
    phone, _ = await two_devices_of_ann(desk)
    response = await desk.ask("GET", f"/profiles/{phone}", params={"at": "yesterday"})
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["query", "at"])
