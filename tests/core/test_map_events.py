"""The step in which types and rules fill events, profiles and sessions."""

from __future__ import annotations

from typing import Any

from sojourn.core.changes import Changes
from sojourn.core.events import Event, Options, Problem, SentEvent
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.change import Change
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from tests.builders import a_submission


def a_rule(event_type: str, *operations: Operation) -> MappingRule:
    return MappingRule(id="r1", name="A rule", event_type=event_type, operations=operations)


def an_operation(target: str, value: str | None = None, op: Op = Op.SET, **fields: Any) -> Operation:
    return Operation(op=op, target=target, value=value, **fields)


def decided(ruleset: Ruleset, *sent: SentEvent, **fields: Any) -> tuple[Changes, tuple[Problem, ...]]:
    """What one request of somebody new changes, and what it is warned of."""
    done = decide_all([a_submission(*sent, **fields)], Facts(keys=Keys()), ruleset)
    return done.changes, done.decisions[0].warnings


def the_last_event(changes: Changes) -> Event:
    return changes.events[-1].event


def test_a_rule_acts_on_events_of_the_system_too() -> None:
    rule = a_rule("visit-started", an_operation("profile@stats.visits", op=Op.INCREMENT))
    changes, _ = decided(Ruleset(mappings=[rule]), SentEvent(type="seen"))
    assert changes.profiles[0].stats == {"visits": 1}


def test_a_rule_acts_for_an_event_that_is_not_stored() -> None:
    rule = a_rule("seen", an_operation("profile@stats.views", op=Op.INCREMENT))
    unsaved = Options(save_events=False)
    changes, _ = decided(Ruleset(mappings=[rule]), SentEvent(type="seen"), options=unsaved)
    assert (changes.profiles[0].stats, changes.events) == ({"views": 1}, ())


def test_an_event_sees_what_the_one_before_it_wrote() -> None:
    rule = a_rule(
        "seen",
        an_operation("event@traits.before", "profile@traits.page"),
        an_operation("profile@traits.page", "event@properties.page"),
    )
    pages = [SentEvent(type="seen", properties={"page": page}) for page in ("tea", "milk")]
    changes, _ = decided(Ruleset(mappings=[rule]), *pages)
    assert the_last_event(changes).traits == {"before": "tea"}


def test_a_rule_can_take_away_what_the_type_had_filled() -> None:
    seen = EventType(id="seen", title="Seen", copies={"hit.id": "page"}, journey="awareness")
    rule = a_rule("seen", an_operation("event@hit.id", op=Op.DELETE), an_operation("event@journey.state", op=Op.DELETE))
    changes, _ = decided(Ruleset(event_types=[seen], mappings=[rule]), SentEvent(type="seen", properties={"page": "p"}))
    assert (the_last_event(changes).hit, the_last_event(changes).journey) == ({}, {})


def test_a_rule_fills_the_session() -> None:
    rule = a_rule("seen", an_operation("session@traits.page", "event@properties.page"))
    changes, _ = decided(Ruleset(mappings=[rule]), SentEvent(type="seen", properties={"page": "p"}))
    assert changes.sessions[0].traits == {"page": "p"}


def test_a_value_that_did_not_come_with_the_event_has_no_place_in_it() -> None:
    rule = a_rule(
        "seen",
        an_operation("profile@traits.page", constant=["p"]),
        an_operation("profile@data.pii.firstname", "profile@traits.page"),
    )
    _, warnings = decided(Ruleset(mappings=[rule]), SentEvent(type="seen"))
    assert [(warning.code, warning.loc) for warning in warnings] == [("field-skipped", ("body", "events", 0))]


def test_the_trace_of_an_event_tells_each_change_and_the_rule_that_made_it() -> None:
    rule = a_rule("seen", an_operation("profile@traits.page", constant="p"), an_operation("event@traits.n", constant=1))
    changes, _ = decided(Ruleset(mappings=[rule]), SentEvent(type="seen"))
    notes = [note.detail for note in changes.events[-1].trace if note.step == "map_events"]
    assert notes == [
        Change("r1", Op.SET, "profile@traits.page", None, "p"),
        Change("r1", Op.SET, "event@traits.n", None, 1),
    ]
