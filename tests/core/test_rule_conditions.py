"""A condition of a rule sees the documents as they are kept, and calls now the moment at which the event happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest
from hypothesis import given

from sojourn.core.changes import Changes
from sojourn.core.events import SentEvent, SentTime, Submission
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.rule_conditions import compile_condition, condition_faults
from sojourn.core.views import event_sheet
from tests.builders import a_mapping_rule, a_sent_event, a_source, a_submission
from tests.strategies import logs

VISIT = a_submission(
    a_sent_event(properties={"path": "/tea", "price": 12.5}, tags=["spring"], context={"lang": "en"}),
    source=a_source(channel="web"),
    session_id="s1",
    context={"page": {"path": "/"}, "lang": "de", "time": {"tz": "Europe/Oslo"}},
)


def decided(submission: Submission, condition: str) -> Changes:
    """What comes of a request while a rule with this condition is in force."""
    rule = a_mapping_rule(condition=condition)
    ruleset = Ruleset(mappings=[rule], compile_condition=compile_condition)
    return decide_all([submission], Facts(keys=Keys()), ruleset).changes


def has_acted(changes: Changes) -> bool:
    [profile] = changes.profiles
    return profile.traits == {"path": "/tea"}


@pytest.mark.parametrize(
    "condition",
    [
        'event.type = "page-view" and event.name = "Page View"',
        "event@properties.price > 10",
        'event.tags.values contains "spring" and event.tags.count = 1',
        'event.context.page.path = "/" and event.context.lang = "en"',
        'event.source.id = "shop" and event.metadata.channel = "web"',
        "event.metadata.system = false and event.metadata.late = false",
        "event.metadata.time.insert = now",
        'event.session.id = "s1" and event.session.tz = "Europe/Oslo"',
        "event.profile.id = profile.id",
        "profile.metadata.time.visit.count = 1 and profile.active = true",
        "profile.metadata.time.insert > now - 1d",
        'session.id = "s1" and session.metadata.status = "active"',
        "session.metadata.time.visit.count = 1",
        "session.profile.id = profile.id",
        "profile.traits is empty and session.traits is empty and event.traits is empty",
    ],
)
def test_every_part_of_the_documents_can_be_asked(condition: str) -> None:
    assert has_acted(decided(VISIT, condition))


@pytest.mark.parametrize("condition", ["event.properties.price > 20", 'profile.traits.plan = "gold"'])
def test_a_rule_whose_condition_does_not_hold_does_nothing(condition: str) -> None:
    assert not has_acted(decided(VISIT, condition))


@pytest.mark.parametrize(("written", "is_now_before"), [("2026-05-01", True), ("2026-05-03", False)])
def test_now_is_when_the_event_happened(written: str, *, is_now_before: bool) -> None:
    sent = SentEvent(type="page-view", properties={"path": "/tea", "ends": "2026-05-02"}, time=SentTime(insert=written))
    assert has_acted(decided(a_submission(sent), "datetime(event.properties.ends) > now")) is is_now_before


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("event.type =", "line 1, column 13"),
        ("event.metadata.late = 1", "This is a number"),
        ("event.type.first = 1", "with no fields below it"),
        ("event.properties.a matches '('", "The pattern cannot be used"),
        ("event.type = 'a' or\n event.type", "line 2, column 12"),
    ],
)
def test_a_condition_that_means_nothing_is_told_with_its_place(condition: str, told: str) -> None:
    [fault] = condition_faults(condition)
    assert fault.loc == ("condition",)
    assert told in fault.msg


@pytest.mark.parametrize("condition", [None, "event.type exists"])
def test_a_condition_that_can_be_asked_has_no_faults(condition: str | None) -> None:
    assert list(condition_faults(condition)) == []


@given(logs())
def test_an_event_that_is_decided_looks_like_the_one_that_is_kept(log: tuple[Submission, ...]) -> None:
    seen: list[dict[str, object]] = []

    def look(documents: Mapping[str, dict[str, object]], _: datetime) -> bool:
        seen.append(documents["event"])
        return False

    types = {sent.type for submission in log for _, sent in submission.events} | {"profile-created", "session-opened"}
    rules = [a_mapping_rule(id=type_id, event_type=type_id, condition="?") for type_id in types]
    ruleset = Ruleset(mappings=rules, compile_condition=lambda _: look)
    changes = decide_all(log, Facts(keys=Keys()), ruleset).changes
    contexts = {submission.id: submission.context for submission in log}
    kept = [recorded.event for recorded in changes.events if recorded.event.type in types]
    shown = [event_sheet(event, contexts[event.request.id]).content for event in kept]
    assert [event for event in shown if event not in seen] == []
