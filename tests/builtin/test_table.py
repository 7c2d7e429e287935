"""Scenario 76: one event of each built-in type, and what it leaves behind, as `expected/` says for people to read.

A table there holds what is sent (the example of the type), the tags and the state of the journey, what stands in the
event beside that, and what stands in the profile of somebody who was not known before. `also` names types of which the
same holds. `hidden` are properties that are not kept as they were sent.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sojourn.core.events import RULES_FILL, Event
from sojourn.core.outcomes import KEPT
from tests.builtin.sending import TYPES, an_event_of, kept, written

FOLDER = Path(__file__).parent / "expected"
EXPECTED: dict[str, dict[str, Any]] = {
    each: row
    for path in sorted(FOLDER.glob("*.toml"))
    for type_id, row in tomllib.loads(path.read_text()).items()
    for each in (type_id, *row.get("also", ()))
}


def test_every_type_is_in_the_table() -> None:
    assert EXPECTED.keys() == TYPES.keys()


@pytest.mark.parametrize("type_id", EXPECTED)
def test_the_table_sends_the_example_that_people_read(type_id: str) -> None:
    assert EXPECTED[type_id].get("sent", {}) == TYPES[type_id].example


@pytest.mark.parametrize("type_id", EXPECTED)
def test_an_event_is_kept_as_the_table_says(type_id: str) -> None:
    row = EXPECTED[type_id]
    sent = kept(an_event_of(type_id, row.get("sent")))
    assert [ended.outcome for ended in sent.decision.outcomes] == [KEPT]
    assert (sent.decision.errors, sent.decision.warnings) == ((), ())
    [event] = sent.events
    assert event.properties == properties_kept(row)
    assert filled(event) == row.get("event", {})
    assert list(event.tags.values) == row["tags"]
    assert event.journey.get("state") == row.get("journey")


@pytest.mark.parametrize("type_id", EXPECTED)
def test_a_profile_is_filled_as_the_table_says(type_id: str) -> None:
    row = EXPECTED[type_id]
    profile = kept(an_event_of(type_id, row.get("sent"))).profile
    primary = {} if profile.primary_id is None else {"primary_id": profile.primary_id}
    assert primary | written(profile) == with_words_read(row.get("profile", {}))


@pytest.mark.parametrize("type_id", EXPECTED)
def test_the_profile_names_the_event_that_filled_it(type_id: str) -> None:
    sent = kept(an_event_of(type_id, EXPECTED[type_id].get("sent")))
    writers = {(origin.event, origin.rule) for origin in sent.profile.metadata.fields.values()}
    assert writers <= {(sent.events[0].id, f"type:{type_id}")}


def filled(event: Event) -> dict[str, object]:
    """What stands in an event beside its properties and the state of the journey."""
    return {part: content for part in RULES_FILL if part != "journey" and (content := getattr(event, part))}


def properties_kept(row: dict[str, Any]) -> dict[str, Any]:
    """The properties as they were sent, but for what is hidden."""
    return merged(row.get("sent", {}), row.get("hidden", {}))


def merged(sent: dict[str, Any], hidden: dict[str, Any]) -> dict[str, Any]:
    """One object with what another says otherwise; `nothing` stands for what is not kept."""
    inner = {name: merged(sent[name], value) for name, value in hidden.items() if isinstance(value, dict)}
    both = {**sent, **hidden, **inner}
    return {name: value for name, value in both.items() if value != "nothing"}


def with_words_read(expected: Any) -> Any:
    """The expectation with null where the table says `never`, since TOML has no null."""
    if isinstance(expected, dict):
        return {name: with_words_read(value) for name, value in expected.items()}
    return None if expected == "never" else expected
