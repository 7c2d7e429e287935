"""The auditor finds each promise that was broken, and nothing where none was."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sojourn.core.events import Event
from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import ProfileVisits
from sojourn.testing.audit import TICK, Kept, Ledger, Promise, findings
from sojourn.testing.builders import a_profile, a_session, an_event

ANN = Promise("ann", "visit")


def a_ledger(*acknowledged: str) -> Ledger:
    ledger = Ledger()
    ledger.send(acknowledged)
    ledger.acknowledge(acknowledged, ANN)
    return ledger


def an_event_of(id: str, type: str = TICK) -> Event:
    return replace(an_event(id), type=type)


def all_that_is_kept(*ticks: str, **instead: Any) -> Kept:
    """One visit of Ann with these ticks, all of it as it should be."""
    opening = [an_event_of(type, type) for type in ("profile-created", "session-opened", "visit-started")]
    profile = a_profile("ann", stats={"counters": {"ticks": len(ticks)}})
    time = replace(profile.metadata.time, visit=ProfileVisits(count=1))
    kept = Kept(
        events=[*opening, *(an_event_of(tick) for tick in ticks)],
        profiles={"ann": replace(profile, metadata=replace(profile.metadata, time=time))},
        sessions={"visit": a_session("visit", traits={"ticks": len(ticks)})},
        outcomes=OutcomeCounts(received=len(ticks), kept=len(ticks)),
    )
    return kept._replace(**instead)


def test_where_every_promise_was_kept_there_is_nothing_to_find() -> None:
    assert findings(a_ledger("e1", "e2"), all_that_is_kept("e1", "e2")) == []


def test_an_event_that_nobody_was_promised_may_be_there() -> None:
    ledger = a_ledger("e1")
    ledger.send(["e2"])
    assert findings(ledger, all_that_is_kept("e1", "e2")) == []


def test_a_lost_event_is_found() -> None:
    assert findings(a_ledger("e1", "e2"), all_that_is_kept("e1")) == ["I1: event e2 was acknowledged and is lost"]


def test_an_event_that_became_anothers_is_found() -> None:
    ledger = Ledger()
    ledger.acknowledge(["e1"], Promise("bob", "visit"))
    [found] = findings(ledger, all_that_is_kept("e1"))
    assert found.startswith("I1: event e1 was acknowledged for Promise(profile='bob'")


def test_an_event_that_is_kept_twice_is_found() -> None:
    assert "I2: event e1 is kept 2 times" in findings(a_ledger("e1"), all_that_is_kept("e1", "e1"))


def test_a_session_that_was_answered_for_two_people_is_found() -> None:
    ledger = a_ledger("e1")
    ledger.acknowledge([], Promise("bob", "visit"))
    assert findings(ledger, all_that_is_kept("e1")) == [
        "I2: session visit was answered for several people: ['ann', 'bob']"
    ]


@pytest.mark.parametrize("type", ["profile-created", "session-opened"])
def test_what_was_made_twice_is_found(type: str) -> None:
    kept = all_that_is_kept("e1")
    kept.events.append(an_event_of("again", type))
    [found] = findings(a_ledger("e1"), kept)
    assert found.startswith(f"I2: {type} is there 2 times")


def test_a_profile_that_has_missed_an_event_is_found() -> None:
    kept = all_that_is_kept("e1")
    assert findings(a_ledger("e1"), kept._replace(profiles={"ann": a_profile("ann")})) == [
        "I3: profile ann counts 0 visits, and 1 are recorded",
        "I3: profile ann counted 0 ticks, its events come to 1",
    ]


def test_a_person_who_is_missing_is_found() -> None:
    found = findings(a_ledger("e1"), all_that_is_kept("e1", profiles={}))
    assert "I3: profile ann counts None visits, and 1 are recorded" in found


def test_a_session_that_has_counted_an_event_twice_is_found() -> None:
    kept = all_that_is_kept("e1", sessions={"visit": a_session("visit", traits={"ticks": 2})})
    assert findings(a_ledger("e1"), kept) == ["I3: session visit counted 2 ticks, its events come to 1"]


def test_a_refused_event_that_is_kept_is_found() -> None:
    ledger = Ledger()
    ledger.send(["e1"])
    ledger.refuse(["e1"])
    assert findings(ledger, all_that_is_kept("e1")) == ["I5: event e1 was refused and is kept"]


def test_an_event_that_was_refused_once_and_once_not_answered_may_be_there() -> None:
    ledger = Ledger()
    ledger.send(["e1"])
    ledger.refuse(["e1"])
    ledger.send(["e1"])
    assert findings(ledger, all_that_is_kept("e1")) == []


def test_counts_that_do_not_add_up_are_found() -> None:
    [found] = findings(a_ledger("e1"), all_that_is_kept("e1", outcomes=OutcomeCounts(received=2, kept=1)))
    assert found.startswith("I6: 2 events were received")


def test_a_count_of_more_than_is_there_is_found() -> None:
    kept = all_that_is_kept("e1", outcomes=OutcomeCounts(received=2, kept=2))
    assert findings(a_ledger("e1"), kept) == ["I6: 2 events were counted as stored, and 1 are there"]
