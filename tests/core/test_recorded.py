"""What is handed on to stores of an event that was decided."""

from __future__ import annotations

import msgspec

from sojourn.core.changes import TraceNote
from sojourn.core.events import Event
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from tests.builders import a_sent_event, a_submission


def test_an_event_and_its_trace_come_with_the_json_that_says_the_same() -> None:
    changes = decide_all([a_submission(a_sent_event(type="Page View"))], Facts(keys=Keys()), Ruleset()).changes
    assert len(changes.events) > 1
    for recorded in changes.events:
        assert msgspec.json.decode(recorded.doc, type=Event) == recorded.event
        assert msgspec.json.decode(recorded.trace_doc, type=tuple[TraceNote, ...]) == recorded.trace
