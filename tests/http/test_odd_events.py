"""Events that are odd, and what becomes of them and of their neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.door import Door


@pytest.mark.parametrize("levels", [33, 34, 500])
@pytest.mark.parametrize("kind", ["object", "list"])
async def test_n2_an_event_that_is_nested_too_deeply_is_put_aside(door: Door, levels: int, kind: str) -> None:
    await put_aside(door, {"type": "odd", "properties": {"deep": nested(levels, kind)}}, "limit", "limit.depth")


@pytest.mark.parametrize("kind", ["object", "list"])
async def test_n2b_an_event_that_is_just_not_too_deep_reads_back_equal(door: Door, kind: str) -> None:
    properties = {"deep": nested(31, kind)}
    await taken(door, {"type": "odd", "properties": properties})
    assert (await door.events(type="odd"))[0].properties == properties


@pytest.mark.parametrize("field", ["context", "properties", "options"])
async def test_n2c_a_payload_that_is_nested_too_deeply_is_refused(door: Door, field: str) -> None:
    too_deep: dict[str, Any] = {field: {"deep": nested(33, "object")}}
    answer = await door.track(session="s1", **too_deep)
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, "limit.depth")
    assert answer.body["detail"][0]["loc"][:2] == ["body", field]


async def test_n6_a_nul_is_a_text_like_any_other_in_a_value(door: Door) -> None:
    await taken(door, {"type": "odd", "properties": {"a": "x\x00y"}, "context": {"b": "\x00"}})
    event = (await door.events(type="odd"))[0]
    assert (event.properties, event.context) == ({"a": "x\x00y"}, {"b": "\x00"})


async def test_n6b_a_nul_makes_no_type(door: Door) -> None:
    await put_aside(door, {"type": "odd\x00"}, "shape", "value_error")


async def test_n6c_a_nul_makes_no_key(door: Door) -> None:
    await put_aside(door, {"type": "odd", "properties": {"a\x00": 1}}, "limit", "limit.key")


@pytest.mark.parametrize(("extra", "is_taken"), [(0, True), (1, False)])
async def test_an_event_is_as_large_as_it_was_sent(door: Door, extra: int, *, is_taken: bool) -> None:
    event: dict[str, Any] = {"type": "odd", "properties": {f"k{number}": "x" * 8_000 for number in range(4)}}
    event["properties"]["rest"] = ""
    event["properties"]["rest"] = "x" * (32_768 - len(json.dumps(event, separators=(",", ":"))) + extra)
    await door.track(session="s1", events=[event])
    assert len(await door.events(type="odd")) == int(is_taken)


@pytest.mark.parametrize(
    "key",
    ["__proto__", "constructor", "__class__", "a.b", "$set", " ", "ø", "🙂", "k" * 128, "ids", "profile@id", "0"],
)
async def test_n7_odd_keys_are_plain_data(door: Door, key: str) -> None:
    properties = {key: {key: [key]}}
    await taken(door, {"type": "odd", "properties": properties, "context": properties, "options": properties})
    event = (await door.events(type="odd"))[0]
    assert (event.properties, event.context, event.config) == (properties, properties, properties)


@pytest.mark.parametrize("key", ["", "\n", "\x7f", "\x85", "k" * 129, "ø" * 65])
@pytest.mark.parametrize("field", ["properties", "context", "options"])
async def test_n7b_a_key_that_is_empty_or_invisible_or_too_long_is_put_aside(door: Door, key: str, field: str) -> None:
    await put_aside(door, {"type": "odd", field: {"a": [{key: 1}]}}, "limit", "limit.key")


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({f"k{number}": 1 for number in range(20_000)}, "limit.keys"),
        ({"k" * 1_000_000: 1}, "limit.key"),
        ({"a": "x" * 8_193}, "limit.string"),
        ({"a": "ø" * 4_097}, "limit.string"),
        ({"a": "x" * 1_000_000}, "limit.string"),
        ({"a": [0] * 2_001}, "limit.values"),
        ({"a": ["x" * 8_000] * 5}, "limit.event"),
        ({"a": 2**63}, "limit.number"),
        ({"a": -(2**63)}, "limit.number"),
        ({"a": 10**40}, "limit.number"),
    ],
)
async def test_n14_an_event_beyond_a_limit_is_put_aside_and_its_neighbours_are_stored(
    door: Door, properties: dict[str, Any], code: str
) -> None:
    await put_aside(door, {"type": "odd", "properties": properties}, "limit", code)


async def test_n14b_the_scalars_of_all_fields_of_an_event_count_together(door: Door) -> None:
    odd = {"type": "odd", "properties": {"a": [0] * 1_001}, "context": {"a": [0] * 1_000}}
    await put_aside(door, odd, "limit", "limit.values")


async def test_n14c_an_event_at_the_limits_is_stored(door: Door) -> None:
    properties = {"text": "x" * 8_192, "most": 2**63 - 1, "least": 1 - 2**63, "half": 0.5, "list": [1] * 1_900}
    await taken(door, {"type": "odd", "properties": properties})
    assert (await door.events(type="odd"))[0].properties == properties


@pytest.mark.parametrize(
    ("event_type", "reason", "code"),
    [
        ("   ", "shape", "value_error"),
        ("", "shape", "value_error"),
        ("x" * 201, "limit", "limit.type"),
        ("a\u202eb", "shape", "value_error"),
        ("\u200b", "shape", "value_error"),
        ("a\x1bb", "shape", "value_error"),
        (5, "shape", "string_type"),
        (None, "shape", "string_type"),
        ([], "shape", "string_type"),
    ],
)
async def test_n15_what_is_no_type_is_put_aside(door: Door, event_type: object, reason: str, code: str) -> None:
    await put_aside(door, {"type": event_type}, reason, code)


@pytest.mark.parametrize(
    ("event_type", "kept_as"),
    [
        ("../../x", "../../x"),
        ("x" * 200, "x" * 200),
        ("  " + "x" * 200 + "  ", "x" * 200),
        ("<img src=x onerror=alert(1)>", "<img-src=x-onerror=alert(1)>"),
        ("'; DROP TABLE events; --", "';-drop-table-events;---"),
        ("${jndi:ldap://x}", "${jndi:ldap://x}"),
        ("購入", "購入"),
        ("🙂", "🙂"),
    ],
)
async def test_n15b_any_other_text_is_a_type(door: Door, event_type: str, kept_as: str) -> None:
    await taken(door, {"type": event_type})
    assert len(await door.events(type=kept_as)) == 1


@pytest.mark.parametrize("field", ["properties", "context", "options"])
@pytest.mark.parametrize("value", [[], "text", 5, True])
async def test_a_free_form_field_that_is_no_object_is_put_aside(door: Door, field: str, value: object) -> None:
    await put_aside(door, {"type": "odd", field: value}, "shape", "dict_type")


@pytest.mark.parametrize(
    ("tags", "reason", "code"),
    [
        ("a", "shape", "list_type"),
        ({"a": 1}, "shape", "list_type"),
        ([1], "shape", "string_type"),
        ([None], "shape", "string_type"),
        ([f"t{number}" for number in range(101)], "limit", "limit.tags"),
        (["x" * 129], "limit", "limit.tag"),
    ],
)
async def test_odd_tags_are_put_aside(door: Door, tags: object, reason: str, code: str) -> None:
    await put_aside(door, {"type": "odd", "tags": tags}, reason, code)


async def test_tags_of_event_and_payload_count_together(door: Door) -> None:
    common = [f"p{number}" for number in range(60)]
    own = [f"e{number}" for number in range(41)]
    answer = await door.track(session="s1", tags=common, events=["fine", {"type": "odd", "tags": own}])
    assert answer.codes("errors") == ["limit.tags"]
    assert [event.type for event in await door.events() if not event.metadata.system] == ["fine"]


@pytest.mark.parametrize("tags", [[f"t{number}" for number in range(101)], ["x" * 129]])
async def test_a_payload_with_odd_tags_is_refused(door: Door, tags: list[str]) -> None:
    answer = await door.track(session="s1", tags=tags)
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["body", "tags"])


@pytest.mark.parametrize("event_id", ["x" * 129, "ø" * 65, "a\nb", "a\x00b", "a\x9bb"])
async def test_n35_an_id_that_is_too_long_or_invisible_is_put_aside(door: Door, event_id: str) -> None:
    await put_aside(door, {"type": "odd", "id": event_id}, "limit", "limit.id")


@pytest.mark.parametrize("event_id", ["x" * 128, " e1 ", "a b", "../../x", "' OR 1=1--", "🙂", "1"])
async def test_n35b_any_other_text_is_an_id(door: Door, event_id: str) -> None:
    await taken(door, {"type": "odd", "id": event_id})
    assert [event.id for event in await door.events(type="odd")] == [event_id.strip()]


@pytest.mark.parametrize("event_id", ["", "  ", None])
async def test_n35c_a_blank_id_is_none(door: Door, event_id: str | None) -> None:
    await taken(door, {"type": "odd", "id": event_id})
    await taken(door, {"type": "odd", "id": event_id})
    assert len({event.id for event in await door.events(type="odd")}) == 2


@pytest.mark.parametrize("event_id", [5, [], {}, True])
async def test_n35d_an_id_that_is_no_text_is_put_aside(door: Door, event_id: object) -> None:
    await put_aside(door, {"type": "odd", "id": event_id}, "shape", "string_type")


@pytest.mark.parametrize("event", [5, "x", [], None, True])
async def test_an_event_that_is_no_object_is_put_aside(door: Door, event: object) -> None:
    answer = await door.track({"source": {"id": "S"}, "events": [{"type": "fine"}, event]})
    assert answer.codes("errors") == ["dict_type"]
    assert len(await door.quarantined()) == 1


@pytest.mark.parametrize("part", ["session", "profile"])
@pytest.mark.parametrize("id", ["x" * 129, "ø" * 65, "a\nb", "a\x00b"])
async def test_a_session_or_profile_id_that_is_too_long_or_invisible_is_refused(door: Door, part: str, id: str) -> None:
    answer = await door.track(**{part: id})
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, "limit.id")
    assert answer.body["detail"][0]["loc"] == ["body", part, "id"]


async def test_n19_a_session_id_is_data_whatever_it_says(door: Door) -> None:
    session = "' OR 1=1--"
    first = await door.track(session=session)
    await door.track(session="x'; copy (select '') to program 'id'-- -")
    assert (await door.track(session=session)).profile == first.profile
    assert len(await door.events(session=session)) == 5


async def test_too_many_further_ids_of_a_person_are_refused(door: Door) -> None:
    answer = await door.track(session="s1", profile={"id": None, "ids": [f"crm-{number}" for number in range(101)]})
    assert (answer.status, answer.body["detail"][0]["type"]) == (422, "limit.ids")


async def test_n42_internal_options_and_bare_passes_are_not_heard(door: Door) -> None:
    victim = await door.track(session="victim")
    lure = {"tracardi": {"pass": {"profile": victim.profile, "source": "S"}}}
    internal = {"scheduledFlowId": "f", "scheduledNodeId": "n", "source_id": "@internal", "debugger": True}
    answer = await door.track(
        source="QUIET",
        session="mine",
        context=lure,
        options=internal,
        events=[{"type": "odd", "context": lure, "options": internal}],
    )
    event = (await door.events(type="odd"))[0]
    assert (answer.status, answer.body["events"], answer.body["response"]) == (200, [], {})
    assert answer.profile != victim.profile
    assert (await door.profile(victim.profile)).ids == (victim.profile,)
    assert (event.source.id, event.config, event.metadata.debug) == ("QUIET", {"debugger": True}, False)


async def test_n42b_profile_less_by_the_query_only(door: Door) -> None:
    answer = await door.track(url="/track?profile_less=true", session="s1", profile="p1")
    assert (answer.profile, answer.session) == (None, "s1")
    assert {event.profile for event in await door.events()} == {None}


async def put_aside(door: Door, odd: dict[str, Any], reason: str, code: str) -> None:
    """Whether the odd event is put aside, alone and among good ones, and the good ones are stored."""
    alone = await door.track(session="alone", events=[odd])
    assert (alone.status, [problem["type"] for problem in alone.body["detail"]]) == (422, [code])
    assert alone.body["detail"][0]["loc"][:3] == ["body", "events", 0]
    among = await door.track(session="among", events=["first", odd, "last"])
    assert (among.status, among.codes("errors")) == (200, [code])
    assert [(problem["event"], problem["loc"][:3]) for problem in among.body["errors"]] == [(1, ["body", "events", 1])]
    stored = [event.type for event in await door.events(session="among") if not event.metadata.system]
    assert stored == ["first", "last"]
    assert await door.store.session("alone") is None
    assert {aside.reason for aside in await door.quarantined()} == {reason}


async def taken(door: Door, odd: dict[str, Any]) -> None:
    """Whether the event is taken without a word."""
    answer = await door.track(session="s1", events=[odd])
    assert (answer.status, answer.body["errors"], answer.body["warnings"]) == (200, [], [])


def nested(levels: int, kind: str) -> Any:
    """So many objects or lists in one another, around a one."""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if kind == "object" else [value]
    return value
