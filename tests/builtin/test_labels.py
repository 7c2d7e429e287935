"""Tags and the state of the journey, as the type of an event gives them."""

from __future__ import annotations

import pytest

from sojourn.core.events import SentEvent
from tests.builtin.sending import an_event_of, kept

BROWSING = ("activity:browsing", "event:behavioral")


@pytest.mark.parametrize("written", ["Page View", " page-view ", "Page  View", "PAGE-VIEW"])
def test_48_a_type_gives_its_labels_however_it_is_written(written: str) -> None:
    [event] = kept(SentEvent(type=written)).events
    assert (event.type, event.name) == ("page-view", "Page View")
    assert (event.tags.values, event.journey) == (BROWSING, {"state": "awareness"})


def test_49_the_tags_of_a_type_stand_behind_those_of_the_client() -> None:
    [event] = kept(SentEvent(type="page-view", tags=["mine", "event:behavioral"]), tags=("ours",)).events
    assert event.tags.values == ("mine", "event:behavioral", "ours", "activity:browsing")
    assert event.tags.count == 4


def test_a_type_that_nobody_has_described_gives_no_labels() -> None:
    [event] = kept(SentEvent(type="tea-brewed")).events
    assert (event.tags.count, event.journey) == (0, {})


@pytest.mark.parametrize("type_id", ["page-view", "session-opened"])
def test_who_comes_again_considers(type_id: str) -> None:
    known = kept(an_event_of("page-view")).profile
    again = kept(an_event_of(type_id), known=known)
    assert again.profile.metadata.time.visit.count == 2
    assert again.events[0].journey == {"state": "consideration"}


def test_what_sojourn_itself_tells_has_its_labels_too() -> None:
    events = kept(an_event_of("page-view")).system_events
    assert {event.type: (event.tags.values, event.journey.get("state")) for event in events} == {
        "profile-created": (("event:system",), "awareness"),
        "session-opened": (("event:system",), "awareness"),
        "visit-started": (("event:system",), None),
    }
