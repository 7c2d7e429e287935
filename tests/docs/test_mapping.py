"""The guide to mapping shows events, rules and types that the server accepts, and that do what it says."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sojourn.core.mapping.event_type import EventType, event_type_faults
from sojourn.core.mapping.rules import MappingRule
from sojourn.engine.rules import faults_of
from sojourn.stores.memory import MemoryStore
from tests.docs.blocks import blocks
from tests.door import NOON, a_door
from tests.tidy.repository import ROOT

SHOWN = [json.loads(text) for text in blocks(ROOT / "docs" / "howto" / "map-your-own-events.md", "json")]
[EVENT] = [each for each in SHOWN if "type" in each]
[TEA, GOLD_TEA] = [msgspec.convert(each, MappingRule) for each in SHOWN if "operations" in each]
[TYPE] = [msgspec.convert(each, EventType) for each in SHOWN if "title" in each]


@pytest.mark.parametrize("rule", [TEA, GOLD_TEA], ids=lambda rule: rule.id)
def test_the_rules_of_the_guide_have_no_faults(rule: MappingRule) -> None:
    assert list(faults_of(rule)) == []


def test_the_type_of_the_guide_has_no_faults() -> None:
    assert list(event_type_faults(TYPE)) == []


async def test_the_first_rule_of_the_guide_fills_the_profile() -> None:
    async with a_door(MemoryStore()) as door:
        await door.store.catalog.add_mapping(TEA, NOON)
        answer = await door.track(events=[EVENT])
        profile = await door.profile(answer.profile)
    assert profile.traits == {"leaf": "assam", "first_leaf": "assam", "guests": ["Ann", "Bob"]}
    assert profile.stats == {"counters": {"grams": 4}}


async def test_the_type_of_the_guide_fills_event_and_profile() -> None:
    event: dict[str, Any] = {**EVENT, "properties": {**EVENT["properties"], "card": "4111-1111-1111-1234"}}
    async with a_door(MemoryStore()) as door:
        await door.store.catalog.add_event_type(TYPE)
        answer = await door.track(events=[event])
        [kept] = await door.events(type="tea-brewed")
        profile = await door.profile(answer.profile)
    assert (kept.data, kept.traits) == ({"ec": {"product": {"name": "assam"}}}, {"grams": 4})
    assert kept.properties["card"] == "************1234"
    assert profile.traits == {"grams": 4}
