"""What becomes of an event that breaks the contract of its type."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.changes import Changes, TraceNote
from sojourn.core.contracts import Mode
from sojourn.core.draft import Status
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import EventKey, Facts, Keys, KnownEvent
from sojourn.core.mapping.event_type import EventType, Mask
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import DUPLICATE, KEPT, QUARANTINED_CONTRACT, QUARANTINED_SHAPE, REFUSED_CONTRACT
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.steps.recognise import content_digest
from tests.builders import a_contract, a_submission

GOOD = SentEvent(type="page-view", properties={"price": 1})
BROKEN = SentEvent(type="page-view", properties={"price": "one"})
LOC = ("body", "events", 0, "properties", "price")


def decided(
    submission: Submission, mode: Mode = "observe", *, facts: Facts | None = None, **ruleset: Any
) -> tuple[Decision, Changes]:
    rules = Ruleset(contracts=[a_contract(mode=mode)], **ruleset)
    done = decide_all([submission], facts or Facts(keys=Keys()), rules)
    return done.decisions[0], done.changes


def test_an_observed_event_is_kept_flagged_and_warned_of() -> None:
    answer, changes = decided(a_submission(BROKEN))
    [event] = [recorded for recorded in changes.events if not recorded.event.metadata.system]
    assert (event.event.metadata.valid, event.event.metadata.warning) == (False, True)
    assert [(problem.code, problem.event, problem.loc) for problem in answer.warnings] == [("contract", 0, LOC)]
    assert [note for note in event.trace if note.step == "check_contract"] == [
        TraceNote("check_contract", "broken", "price")
    ]


@pytest.mark.parametrize("mode", ["observe", "quarantine", "refuse"])
def test_an_event_that_keeps_its_contract_is_kept_as_if_there_were_none(mode: Mode) -> None:
    with_contract = decided(a_submission(GOOD), mode)
    without = decide_all([a_submission(GOOD)], Facts(keys=Keys()), Ruleset())
    assert with_contract == (without.decisions[0], without.changes)


def test_a_quarantined_event_is_put_aside_with_the_place_that_is_wrong() -> None:
    answer, changes = decided(a_submission(BROKEN), "quarantine")
    assert [outcome.outcome for outcome in answer.outcomes] == [QUARANTINED_CONTRACT]
    assert [(problem.code, problem.event, problem.loc) for problem in answer.errors] == [("contract", 0, LOC)]
    assert [(aside.event.reason, aside.event.loc) for aside in changes.quarantined] == [("contract", LOC)]


def test_a_refused_event_leaves_nothing_but_its_count() -> None:
    answer, changes = decided(a_submission(BROKEN), "refuse")
    assert [outcome.outcome for outcome in answer.outcomes] == [REFUSED_CONTRACT]
    assert [(problem.code, problem.event, problem.loc) for problem in answer.errors] == [("contract", 0, LOC)]
    assert changes.quarantined == ()
    assert [(tally.outcome, tally.count) for tally in changes.tallies] == [(REFUSED_CONTRACT, 1)]


@pytest.mark.parametrize("mode", ["quarantine", "refuse"])
def test_an_event_that_is_not_kept_makes_no_profile_no_session_and_no_visit(mode: Mode) -> None:
    _, changes = decided(a_submission(BROKEN, session_id="visit"), mode)
    assert (changes.profiles, changes.sessions, changes.events, changes.event_keys) == ((), (), (), ())


@pytest.mark.parametrize("mode", ["quarantine", "refuse"])
def test_good_events_beside_it_are_kept_and_the_request_succeeds(mode: Mode) -> None:
    answer, changes = decided(a_submission(BROKEN, GOOD), mode)
    assert (answer.status, answer.outcomes[1].outcome) == (Status.OK, KEPT)
    assert len([recorded for recorded in changes.events if not recorded.event.metadata.system]) == 1


@pytest.mark.parametrize("mode", ["quarantine", "refuse"])
def test_a_request_of_which_nothing_is_accepted_is_invalid(mode: Mode) -> None:
    answer, _ = decided(a_submission(BROKEN, SentEvent(type=" ")), mode)
    assert answer.outcomes[1].outcome == QUARANTINED_SHAPE
    assert answer.status is Status.INVALID


def test_an_event_that_was_kept_before_is_a_duplicate_whatever_contract_came_later() -> None:
    sent = SentEvent(type="page-view", id="e1", properties={"price": "one"})
    key = EventKey("shop", "e1")
    known = KnownEvent(content_digest("page-view", sent), None, None)
    facts = Facts(keys=Keys(events=frozenset({key})), events={key: known})
    answer, _ = decided(a_submission(sent), "refuse", facts=facts)
    assert [outcome.outcome for outcome in answer.outcomes] == [DUPLICATE]


def test_a_contract_holds_for_its_type_only() -> None:
    answer, _ = decided(a_submission(SentEvent(type="sign-in", properties={"price": "one"})), "refuse")
    assert [outcome.outcome for outcome in answer.outcomes] == [KEPT]


def test_an_event_without_properties_is_held_against_the_contract_too() -> None:
    schema = {"required": ["price"]}
    done = decide_all(
        [a_submission(SentEvent(type="page-view"))],
        Facts(keys=Keys()),
        Ruleset(contracts=[a_contract(mode="refuse", schema=schema)]),
    )
    assert [(problem.code, problem.loc) for problem in done.decisions[0].errors] == [("contract", LOC)]


def test_a_contract_sees_what_is_masked_as_it_is_kept() -> None:
    card = EventType(id="page-view", title="Paid", masks=(Mask(property="price", keep="last-four"),))
    sent = SentEvent(type="page-view", properties={"price": 4111111111111111})
    answer, changes = decided(a_submission(sent), "quarantine", event_types=[card])
    assert [outcome.outcome for outcome in answer.outcomes] == [QUARANTINED_CONTRACT]
    assert "4111111111111111" not in changes.quarantined[0].event.raw


def test_events_of_the_system_are_not_held_against_a_contract() -> None:
    contract = a_contract(id="visit-started", mode="refuse", schema={"maxProperties": 0})
    done = decide_all([a_submission(GOOD)], Facts(keys=Keys()), Ruleset(contracts=[contract]))
    assert "visit-started" in [recorded.event.type for recorded in done.changes.events]
