"""A replay of an event that was put aside: as if it came when it had come, and once."""

from __future__ import annotations

from typing import Any

from sojourn.core.changes import Tally
from sojourn.core.contracts import Contract
from sojourn.core.draft import Status
from sojourn.core.events import Replay, SentEvent, Submission
from sojourn.core.facts import SETTLED, Facts, Keys, keys_of, settled_key
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import DUPLICATE, KEPT, QUARANTINED_CONTRACT
from sojourn.core.pipeline import Decided, decide_all
from tests.builders import NOON, a_contract, a_profile, a_session, a_submission, noon_plus

KEY = settled_key("odd")
GOOD = SentEvent(type="page-view", id="e1", properties={"price": 1})
BROKEN = SentEvent(type="page-view", id="e1", properties={"price": "one"})
DAY = 86_400


def a_replay(sent: SentEvent = GOOD, **fields: Any) -> Submission:
    return a_submission(sent, replay=Replay("odd", noon_plus(DAY)), **fields)


def decided(*submissions: Submission, contract: Contract | None = None, **facts: Any) -> Decided:
    ruleset = Ruleset(contracts=[contract or a_contract(mode="quarantine")])
    return decide_all(submissions, Facts(keys=Keys(), **facts), ruleset)


def test_a_replay_asks_whether_its_event_is_settled() -> None:
    assert KEY in keys_of([a_replay()]).events


def test_an_event_that_is_accepted_leaves_the_quarantine_and_is_counted() -> None:
    [decision], changes, _ = decided(a_replay())
    assert [ended.outcome for ended in decision.outcomes] == [KEPT]
    assert (changes.settled, dict(changes.event_keys)[KEY]) == (("odd",), SETTLED)
    assert changes.tallies == (Tally("shop", KEPT, 1),)


def test_an_event_that_still_breaks_its_contract_stays_as_if_nobody_had_tried() -> None:
    [decision], changes, _ = decided(a_replay(BROKEN))
    assert [ended.outcome for ended in decision.outcomes] == [QUARANTINED_CONTRACT]
    assert decision.status is Status.INVALID
    assert (changes.settled, changes.quarantined, changes.tallies, changes.event_keys) == ((), (), (), ())
    assert (changes.profiles, changes.sessions, changes.events) == ((), (), ())


def test_a_settled_event_is_replayed_no_more() -> None:
    [decision], changes, _ = decided(a_replay(), events={KEY: SETTLED})
    assert decision.status is Status.SETTLED
    assert (changes.events, changes.settled, changes.tallies) == ((), (), ())


def test_of_two_replays_in_one_batch_one_is_kept_whatever_they_say() -> None:
    other = SentEvent(type="page-view", properties={"price": 2})
    [first, second], changes, _ = decided(a_replay(), a_replay(other, id="request-2", entropy=2))
    assert (first.status, second.status) == (Status.OK, Status.SETTLED)
    assert [kept.event.properties for kept in changes.events if not kept.event.metadata.system] == [{"price": 1}]
    assert changes.settled == ("odd",)


def test_an_event_that_the_client_has_sent_again_itself_is_a_duplicate_and_settled() -> None:
    [_, decision], changes, _ = decided(a_submission(GOOD), a_replay(id="request-2"))
    assert [ended.outcome for ended in decision.outcomes] == [DUPLICATE]
    assert changes.settled == ("odd",)


def test_a_replay_has_the_time_of_its_first_arrival_and_changes_documents_now() -> None:
    _, changes, _ = decided(a_replay())
    [event] = [kept.event for kept in changes.events if not kept.event.metadata.system]
    assert event.metadata.time.insert == NOON
    assert changes.profiles[0].metadata.time.insert == NOON
    assert (changes.at, changes.profiles[0].metadata.time.update) == (noon_plus(DAY), noon_plus(DAY))


def test_a_batch_with_a_replay_is_committed_at_the_latest_moment_of_it() -> None:
    _, changes, _ = decided(a_submission(received_at=noon_plus(2 * DAY)), a_replay(id="request-2"))
    assert changes.at == noon_plus(2 * DAY)


def test_a_replay_becomes_the_persons_whose_it_was() -> None:
    [decision], _, _ = decided(
        a_replay(session_id="visit", profile_id="ann"),
        profiles={"ann": a_profile("ann")},
        sessions={"visit": a_session("visit", profile="ann")},
    )
    assert (decision.profile_id, decision.session_id) == ("ann", "visit")


def test_what_is_put_aside_knows_the_person_even_if_nothing_of_its_request_is_kept() -> None:
    _, changes, _ = decided(
        a_submission(SentEvent(type=" "), body=b"{}", session_id="visit"),
        profiles={"ann": a_profile("ann")},
        sessions={"visit": a_session("visit", profile="ann")},
    )
    assert [(aside.profile, aside.session) for aside in changes.quarantined] == [("ann", "visit")]
