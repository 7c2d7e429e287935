"""Who is one person? The scenarios of tracker.md §9 on merging, each with its number, and what people undo of it."""

from __future__ import annotations

from typing import Any

from tests.door import AS_SERVER, Answer, Door, a_payload


async def sign_in(door: Door, session: str, source: str = "S", **properties: Any) -> Answer:
    """Have the device of a session tell who uses it."""
    headers = AS_SERVER if source == "SRV" else {}
    payload = {
        "source": {"id": source},
        "session": {"id": session},
        "events": [{"type": "identification", "properties": properties}],
    }
    return await door.send("POST", "/track", json=payload, headers=headers)


def mail(address: str) -> dict[str, str]:
    return {"main": address}


async def two_devices_of_ann(door: Door) -> tuple[Answer, Answer]:
    """The answers to the first event of each; both are one person when this returns."""
    phone, laptop = await door.track(session="phone"), await door.track(session="laptop")
    await sign_in(door, "phone", email=mail("Ann@Mail.example"))
    await sign_in(door, "laptop", email=mail("ann@mail.EXAMPLE"))
    return phone, laptop


async def test_15b_a_merged_id_in_a_new_session_leads_to_the_survivor(door: Door) -> None:
    phone, laptop = await two_devices_of_ann(door)
    answer = await door.track(session="later", profile=laptop.profile)
    assert answer.profile == phone.profile
    assert await door.types(session="later") == ["session-opened", "visit-started", "page-view"]


async def test_17c_a_static_source_does_not_bring_a_merged_id_back(door: Door) -> None:
    await door.track(source="STAT", session="one", profile="cust-1")
    await door.track(source="STAT", session="two", profile="cust-2")
    await sign_in(door, "one", email=mail("ann@mail.example"))
    await sign_in(door, "two", email=mail("ann@mail.example"))
    answer = await door.track(source="STAT", session="three", profile="cust-2")
    assert answer.profile == "cust-1"
    assert (await door.types(profile="cust-1")).count("profile-created") == 2


async def test_65_two_devices_that_tell_one_address_are_one_person(door: Door) -> None:
    phone, laptop = await door.track(session="phone"), await door.track(session="laptop")
    await sign_in(door, "phone", email=mail("Ann@Mail.example"))
    second = await sign_in(door, "laptop", email=mail(" ann@mail.EXAMPLE"))
    assert second.profile == phone.profile != laptop.profile
    person = await door.profile(laptop.profile)
    assert (person.id, set(person.ids)) == (phone.profile, {phone.profile, laptop.profile})
    assert person.metadata.time.visit.count == 2
    sessions = await door.store.sessions_of(phone.profile or "", limit=10)
    assert {session.id for session in sessions.items} == {"phone", "laptop"}
    recorded = {
        event.session.id: event.profile.id
        for event in await door.events(profile=phone.profile)
        if event.session and event.profile
    }
    assert recorded == {"phone": phone.profile, "laptop": laptop.profile}


async def test_65b_no_visit_begins_by_a_merge(door: Door) -> None:
    phone, _ = await two_devices_of_ann(door)
    await door.track(session="laptop", events=["click"])
    assert await door.visits(phone.profile) == 2
    assert (await door.types(session="laptop")).count("visit-started") == 1


async def test_68_one_phone_number_does_not_join_two_customers(door: Door) -> None:
    number = {"mobile": "+44 7700 900102"}
    first = await sign_in(door, "one", pk="1", phone=number)
    second = await sign_in(door, "two", pk="2")
    held = await sign_in(door, "two", phone=number)
    assert held.profile == second.profile != first.profile
    assert held.codes("warnings") == ["identity-held"]
    [review] = (await door.store.reviews(limit=10)).items
    assert (review.why, review.state, review.two) == ("unique-conflict", "open", first.profile)


LONG_AGO = {"insert": "2020-01-01T10:00:00Z", "create": "2020-01-01T10:00:00Z"}


async def sent_from_the_past(door: Door, source: str, headers: dict[str, str]) -> list[str | None]:
    """Of a person and of one who joins them and tells of years ago, the ids; and at last the id of both."""
    ann = await sign_in(door, "phone", email=mail("ann@mail.example"))
    events = [{"type": "order", "time": LONG_AGO}]
    payload = a_payload(source=source, session="laptop", profile={"id": None, "metadata": LONG_AGO}, events=events)
    other = await door.send("POST", "/track", json=payload, headers=headers)
    both = await sign_in(door, "laptop", email=mail("ann@mail.example"))
    assert (await door.profile(both.profile)).metadata.time.insert.year == 2020
    return [ann.profile, other.profile, both.profile]


async def test_whoever_tells_of_the_past_on_a_public_page_was_not_there_first(door: Door) -> None:
    ann, _, both = await sent_from_the_past(door, "S", {})
    assert both == ann


async def test_a_server_may_tell_who_was_there_first(door: Door) -> None:
    _, other, both = await sent_from_the_past(door, "SRV", AS_SERVER)
    assert both == other
