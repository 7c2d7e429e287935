"""Events of the built-in types, through the door and every store: scenarios 48, 49 and 76 to 78 of tracker.md §9.

What each type fills is proven one by one in `tests/builtin`; here it is on its way from the wire to the disk and back.
"""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.builtin import built_in_types
from tests.door import Door

EXAMPLES = [{"type": event_type.id, "properties": event_type.example} for event_type in built_in_types()]


@pytest.mark.parametrize("written", ["Page View", " page-view ", "Page  View"])
async def test_48_a_type_has_its_labels_however_it_is_written(door: Door, written: str) -> None:
    await door.track(session="s1", events=[written])
    [event] = await door.events(session="s1", type="page-view")
    assert (event.name, event.tags.values) == ("Page View", ("activity:browsing", "event:behavioral"))
    assert event.journey == {"state": "awareness"}


async def test_49_tags_of_the_client_stay_beside_those_of_the_type(door: Door) -> None:
    await door.track(session="s1", events=[{"type": "page-view", "tags": ["mine"]}])
    [event] = await door.events(session="s1", type="page-view")
    assert (event.tags.values, event.tags.count) == (("mine", "activity:browsing", "event:behavioral"), 3)


async def test_76_an_example_of_every_type_is_kept_and_fills_the_profile(door: Door) -> None:
    answer = await door.track(session="s1", events=EXAMPLES)
    assert (answer.status, answer.body["errors"], answer.body["warnings"]) == (200, [], [])
    kept = await door.events(session="s1")
    assert {event.type for event in kept} == {event["type"] for event in EXAMPLES}
    profile = await door.profile(answer.profile)
    assert profile.primary_id == "customer-4711"
    assert profile.data["pii"]["firstname"] == "Ann"  # type: ignore[index] # JSON has no types
    assert profile.interests == {"tea v1.5": 10, "coffee": -3}
    assert profile.consents == {"marketing": {"revoke": "2028-01-01T00:00:00Z"}, "cookies": {"revoke": None}}


async def test_77_a_bad_value_costs_its_field_and_nothing_else(door: Door) -> None:
    sent: list[Any] = [
        {"type": "sign-up", "properties": {"firstname": [], "lastname": "Smith"}},
        {"type": "consent-update", "properties": {"consents": {"marketing": True}}},
        {"type": "checkout-started", "properties": {"value": "abc"}},
        {"type": "add-color-preference", "properties": {"color": None}},
        "page-view",
    ]
    answer = await door.track(session="s1", events=sent)
    assert answer.status == 200
    assert [(each["code"], each["loc"]) for each in answer.body["warnings"]] == [
        ("field-skipped", ["body", "events", 0, "properties", "firstname"]),
        ("field-skipped", ["body", "events", 1, "properties", "consents", "marketing"]),
        ("field-skipped", ["body", "events", 2, "properties", "value"]),
    ]
    assert {event.type for event in await door.events(session="s1")} >= {"sign-up", "consent-update", "page-view"}
    profile = await door.profile(answer.profile)
    assert profile.data["pii"] == {"lastname": "Smith"}
    assert profile.consents == {}


async def test_78_a_consent_leaves_the_others_as_they_are(door: Door) -> None:
    first = await door.track(events=[{"type": "consent-update", "properties": {"consents": {"marketing": {}}}}])
    await door.track(events=[{"type": "consent-update", "properties": {"consents": {"cookies": {}}}}])
    assert (await door.profile(first.profile)).consents.keys() == {"marketing", "cookies"}


async def test_a_card_number_is_in_nothing_that_can_be_read_again(door: Door) -> None:
    card = {"type": "payment-info-entered", "properties": {"credit_card": {"number": "4111111111111111"}}}
    await door.track(session="s1", events=[card, {**card, "time": {"insert": "soon"}}])
    [event] = await door.events(session="s1", type="payment-info-entered")
    [aside] = await door.quarantined()
    assert event.properties == {"credit_card": {"number": "************1111"}}
    assert "4111111111111111" not in aside.raw
