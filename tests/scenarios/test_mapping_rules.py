"""Mapping rules and own event types: saved through the API, they hold for the very next event that comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.door import Answer, Door
from tests.http.manage.desk import Api, an_api, some_parts


@pytest.fixture
async def api(door: Door) -> AsyncIterator[Api]:
    async with an_api(some_parts(door.store, door.clock, rules=door.rules)) as opened:
        yield opened


def a_rule(target: str, value: str | None = None, op: str = "set", /, **fields: Any) -> dict[str, Any]:
    """A rule for `tea-brewed` with one operation, named after its target."""
    operation = {"op": op, "target": target, "value": value, "constant": fields.pop("constant", None)}
    return {"id": target, "name": "A rule", "event_type": "tea-brewed", "operations": [operation], **fields}


LEAF = a_rule("profile@traits.leaf", "event@properties.leaf")


async def brew(door: Door, leaf: object = "assam", **parts: Any) -> Answer:
    """Send that tea was brewed."""
    return await door.track(events=[{"type": "tea-brewed", "properties": {"leaf": leaf}}], **parts)


async def traits(door: Door, answer: Answer) -> dict[str, object]:
    return (await door.profile(answer.profile)).traits


async def test_a_rule_maps_the_very_next_event(door: Door, api: Api) -> None:
    assert await traits(door, await brew(door)) == {}
    await api.made("/mappings", LEAF)
    assert await traits(door, await brew(door, "darjeeling")) == {"leaf": "darjeeling"}


async def test_a_changed_rule_holds_for_the_very_next_event(door: Door, api: Api) -> None:
    await api.made("/mappings", LEAF)
    await brew(door, "assam")
    operation = {**LEAF["operations"][0], "target": "profile@traits.other"}
    await api.ask("PATCH", f"/mappings/{LEAF['id']}", {"operations": [operation]})
    assert await traits(door, await brew(door, "sencha")) == {"leaf": "assam", "other": "sencha"}


async def test_a_removed_rule_maps_no_more_and_what_it_wrote_stays(door: Door, api: Api) -> None:
    await api.made("/mappings", LEAF)
    await brew(door, "assam")
    await api.ask("DELETE", f"/mappings/{LEAF['id']}")
    assert await traits(door, await brew(door, "sencha")) == {"leaf": "assam"}


async def test_a_disabled_rule_maps_nothing_until_it_is_enabled(door: Door, api: Api) -> None:
    await api.made("/mappings", {**LEAF, "enabled": False})
    assert await traits(door, await brew(door, "assam")) == {}
    await api.ask("PATCH", f"/mappings/{LEAF['id']}", {"enabled": True})
    assert await traits(door, await brew(door, "sencha")) == {"leaf": "sencha"}


async def test_a_rule_of_a_source_maps_events_of_that_source_only(door: Door, api: Api) -> None:
    await api.made("/mappings", {**LEAF, "source": "TIMED"})
    assert await traits(door, await brew(door, "assam")) == {}
    assert await traits(door, await brew(door, "sencha", source="TIMED")) == {"leaf": "sencha"}


async def test_a_rule_maps_events_of_its_type_only(door: Door, api: Api) -> None:
    await api.made("/mappings", {**LEAF, "event_type": "tea-spilt"})
    assert await traits(door, await brew(door, "assam")) == {}


async def test_a_rule_with_a_condition_maps_events_of_which_it_holds(door: Door, api: Api) -> None:
    await api.made("/mappings", {**LEAF, "condition": 'event.properties.leaf in ["assam", "sencha"]'})
    assert await traits(door, await brew(door, "mint")) == {}
    assert await traits(door, await brew(door, "sencha")) == {"leaf": "sencha"}


async def test_a_condition_may_ask_the_profile_and_the_session(door: Door, api: Api) -> None:
    condition = 'profile.traits.plan = "gold" and session.context.page = "/kitchen"'
    await api.made("/mappings", {**LEAF, "condition": condition})
    await api.made("/mappings", a_rule("profile@traits.plan", "event@properties.plan", event_type="plan-chosen"))
    assert await traits(door, await brew(door, context={"page": "/kitchen"})) == {}
    await door.track(events=[{"type": "plan-chosen", "properties": {"plan": "gold"}}])
    assert await traits(door, await brew(door, "sencha")) == {"plan": "gold", "leaf": "sencha"}


async def test_a_rule_holds_for_events_that_sojourn_itself_emits(door: Door, api: Api) -> None:
    await api.made("/mappings", a_rule("profile@stats.counters.came", None, "increment", event_type="visit-started"))
    answer = await brew(door)
    assert (await door.profile(answer.profile)).stats == {"counters": {"came": 1}}


async def test_a_rule_fills_the_event_and_the_session_too(door: Door, api: Api) -> None:
    await api.made("/mappings", a_rule("event@data.ec.product.name", "event@properties.leaf"))
    await api.made("/mappings", a_rule("session@traits.leaf", "event@properties.leaf"))
    await brew(door, "assam")
    [event] = await door.events(type="tea-brewed")
    assert event.data == {"ec": {"product": {"name": "assam"}}}
    assert (await door.session("s1")).traits == {"leaf": "assam"}


@pytest.mark.parametrize(("order_of_first", "leaf"), [(1, "last"), (3, "first")])
async def test_rules_act_by_their_order(door: Door, api: Api, order_of_first: int, leaf: str) -> None:
    for name, order in (("first", order_of_first), ("last", 2)):
        rule = a_rule("profile@traits.leaf", constant=name, id=name, order=order)
        await api.made("/mappings", rule)
    assert await traits(door, await brew(door)) == {"leaf": leaf}


async def test_rules_of_one_order_act_by_their_ids(door: Door, api: Api) -> None:
    for rule_id in ("b", "c", "a"):
        await api.made("/mappings", a_rule("profile@traits.leaf", constant=rule_id, id=rule_id))
    assert await traits(door, await brew(door)) == {"leaf": "c"}


async def test_a_later_rule_sees_what_an_earlier_one_did(door: Door, api: Api) -> None:
    await api.made("/mappings", {**LEAF, "order": 1})
    rule = a_rule("profile@traits.copy", "profile@traits.leaf", order=2, condition="profile.traits.leaf exists")
    await api.made("/mappings", rule)
    assert await traits(door, await brew(door, "mint")) == {"leaf": "mint", "copy": "mint"}


async def test_the_history_of_a_rule_tells_what_was_in_force_when(door: Door, api: Api) -> None:
    made_after = door.clock.now()
    await api.made("/mappings", LEAF)
    changed_after = door.clock.now()
    await api.ask("PATCH", f"/mappings/{LEAF['id']}", {"enabled": False})
    latest, first = (await api.get(f"/mappings/{LEAF['id']}/history"))["items"]
    assert (latest["rule"]["enabled"], latest["until"], first["rule"]["enabled"]) == (False, None, True)
    assert made_after.isoformat() < first["since"] < changed_after.isoformat() < first["until"] == latest["since"]


@pytest.mark.parametrize(
    "target",
    ["profile@id", "profile@ids", "profile@metadata.time.insert", "event@properties.leaf", "session@id", "source@id"],
)
async def test_targets_outside_of_the_allowed_fields_are_declined(door: Door, api: Api, target: str) -> None:
    response = await api.ask("POST", "/mappings", a_rule(target, "event@properties.leaf"))
    assert (response.status_code, response.json()["errors"][0]["loc"]) == (422, ["body", "operations", 0, "target"])


async def test_the_trace_tells_each_rule_that_acted_and_what_it_changed(door: Door, api: Api) -> None:
    await api.made("/mappings", LEAF)
    for leaf in ("assam", "sencha"):
        await brew(door, leaf)
    event = (await door.events(type="tea-brewed"))[-1]
    steps = (await api.get(f"/events/{event.id}/trace"))["steps"]
    [notes] = [step["notes"] for step in steps if step["step"] == "map_events"]
    change = {"rule": LEAF["id"], "op": "set", "field": "profile@traits.leaf", "before": "assam", "after": "sencha"}
    assert notes == [{"code": "set", "detail": change}]


async def test_a_profile_tells_which_event_and_rule_wrote_a_field(door: Door, api: Api) -> None:
    await api.made("/mappings", LEAF)
    answer = await brew(door)
    [event] = await door.events(type="tea-brewed")
    told = await api.get(f"/profiles/{answer.profile}", params={"include": "provenance"})
    written = told["metadata"]["fields"]["traits.leaf"]
    assert (written["event"], written["rule"]) == (event.id, LEAF["id"])


async def test_a_client_is_not_told_which_rule_wrote_a_field(door: Door, api: Api) -> None:
    await api.made("/mappings", LEAF)
    answer = await brew(door, source="OPEN", options={"profile": True})
    assert answer.body["profile"]["traits"] == {"leaf": "assam"}
    assert "fields" not in answer.body["profile"]["metadata"]


async def test_a_value_that_does_not_fit_costs_its_field_and_nothing_else(door: Door, api: Api) -> None:
    await api.made("/mappings", a_rule("profile@data.pii.firstname", "event@properties.leaf"))
    answer = await brew(door, ["assam"])
    [warning] = answer.body["warnings"]
    assert (answer.status, warning["code"], warning["loc"][3:]) == (200, "field-skipped", ["properties", "leaf"])
    assert len(await door.events(type="tea-brewed")) == 1


TEA = {
    "title": "Tea brewed",
    "copies": {"traits.leaf": "leaf"},
    "profile_takes": {"traits.leaf": "set"},
    "tags": ["tea"],
    "journey": "retention",
    "masks": [{"property": "card", "keep": "last-four"}],
}


async def test_an_own_type_labels_fills_and_hides_from_the_very_next_event_on(door: Door, api: Api) -> None:
    await api.ask("PUT", "/event-types/tea-brewed", TEA)
    properties = {"leaf": "assam", "card": "4111 1111 1111 1234"}
    answer = await door.track(events=[{"type": "tea-brewed", "properties": properties}])
    [event] = await door.events(type="tea-brewed")
    assert (event.tags.values, event.journey, event.traits) == (("tea",), {"state": "retention"}, {"leaf": "assam"})
    assert event.properties == {"leaf": "assam", "card": "************1234"}
    assert await traits(door, answer) == {"leaf": "assam"}


async def test_an_own_type_takes_the_place_of_a_built_in_one_until_it_is_removed(door: Door, api: Api) -> None:
    sign_up = {"type": "sign-up", "properties": {"firstname": "Ann"}}
    await api.ask("PUT", "/event-types/sign-up", {"title": "Our sign-up", "tags": ["ours"]})
    answer = await door.track(events=[sign_up])
    assert (await door.profile(answer.profile)).data == {}
    await api.ask("DELETE", "/event-types/sign-up")
    await door.track(events=[sign_up])
    assert (await door.profile(answer.profile)).data["pii"] == {"firstname": "Ann"}
    assert [event.tags.values for event in await door.events(type="sign-up")] == [("ours",), ("event:behavioral",)]


async def test_a_dry_run_tells_what_happens_once_the_rule_is_enabled(door: Door, api: Api) -> None:
    await brew(door, "assam")
    told = await api.ask("POST", "/mappings/dry-run", {**LEAF, "enabled": False})
    [tried] = told.json()["items"]
    assert await traits(door, await brew(door, "assam")) == {}
    await api.made("/mappings", LEAF)
    await brew(door, "assam")
    event = (await door.events(type="tea-brewed"))[-1]
    steps = (await api.get(f"/events/{event.id}/trace"))["steps"]
    [notes] = [step["notes"] for step in steps if step["step"] == "map_events"]
    assert [note["detail"] for note in notes] == tried["changes"]
