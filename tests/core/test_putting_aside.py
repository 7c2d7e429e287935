"""What is put aside, with which text, and of whom nothing is put aside."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core import events
from sojourn.core.changes import Changes, Tally
from sojourn.core.client import Client
from sojourn.core.events import BadEvent, Options, Problem, SentEvent, SentTime, Submission
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import DROPPED_BOT, QUARANTINED_SHAPE, REFUSED_BOT
from sojourn.core.pipeline import Decision, decide_all
from tests.builders import NOON, a_source, a_submission

NO_TYPE = Problem(event=1, code="missing", loc=("body", "events", 1, "type"), msg="Field required.")
BAD = BadEvent(index=1, outcome=QUARANTINED_SHAPE, problems=(NO_TYPE,), raw='{"tpye": "x"}')
BLANK = SentEvent(type=" ")


def test_an_event_is_put_aside_with_the_exact_text_that_was_sent() -> None:
    body = b'{"source":{"id":"shop"},"events":[{"type":"x"},{"type" : " ", "properties":{"n":1.0}}]}'
    _, changes = decide(a_submission(SentEvent(type="x"), BLANK, body=body))
    assert [aside.event.raw for aside in changes.quarantined] == ['{"type" : " ", "properties":{"n":1.0}}']


def test_the_payload_is_split_once_however_many_of_its_events_are_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    splits: list[bytes] = []
    split = events.split_events

    def counting(body: bytes) -> Any:
        splits.append(body)
        return split(body)

    monkeypatch.setattr(events, "split_events", counting)
    body = b'{"events":[%s]}' % b",".join([b'{"type":" "}'] * 50)
    _, changes = decide(a_submission(*[BLANK] * 50, body=body))
    assert [aside.event.raw for aside in changes.quarantined] == ['{"type":" "}'] * 50
    assert splits == [body]


def test_a_webhook_is_put_aside_as_a_whole_even_if_it_looks_like_a_payload() -> None:
    body = b'{"events":[{"type":"a"}]}'
    _, changes = decide(a_submission(BLANK, body=body, entry="webhook"))
    assert [aside.event.raw for aside in changes.quarantined] == [body.decode()]


def test_what_is_put_aside_says_what_is_wrong_and_where() -> None:
    _, changes = decide(a_submission(body=b"{}", bad_events=(BAD,)))
    assert [(aside.event.reason, aside.event.loc, aside.event.source) for aside in changes.quarantined] == [
        ("shape", ("body", "events", 1, "type"), "shop")
    ]


def test_what_is_put_aside_is_kept_with_the_ids_of_the_answer() -> None:
    answer, changes = decide(a_submission(session_id="visit", bad_events=(BAD,)))
    assert answer.profile_id is not None
    assert [(aside.profile, aside.session) for aside in changes.quarantined] == [(answer.profile_id, "visit")]


def test_what_is_put_aside_names_no_profile_that_is_not_kept() -> None:
    unsaved = Options(save_profile=False)
    _, changes = decide(a_submission(session_id="visit", options=unsaved, bad_events=(BAD,)))
    assert [(aside.profile, aside.session) for aside in changes.quarantined] == [(None, "visit")]


def test_what_is_put_aside_before_its_session_is_known_names_that_session() -> None:
    _, changes = decide(a_submission(BLANK, body=b"{}", session_id="visit"))
    assert [(aside.profile, aside.session) for aside in changes.quarantined] == [(None, "visit")]


def test_nothing_of_an_ephemeral_source_is_put_aside() -> None:
    submission = a_submission(BLANK, source=a_source(ephemeral=True), bad_events=(BAD,))
    _, changes = decide(submission)
    assert changes.quarantined == ()
    assert changes.tallies == (Tally("shop", QUARANTINED_SHAPE, 2),)


def test_a_bad_event_of_an_unwanted_bot_is_dropped_like_its_good_ones() -> None:
    answer, changes = decide(a_submission(client=Client(is_bot=True), bad_events=(BAD,)))
    assert changes == Changes(at=NOON, tallies=(Tally("shop", DROPPED_BOT, 2),))
    assert answer.errors == ()


def test_a_bad_event_of_a_refused_bot_is_refused_like_its_good_ones() -> None:
    submission = a_submission(client=Client(is_bot=True), bad_events=(BAD,), source=a_source(bots="refuse"))
    answer, changes = decide(submission)
    assert changes.tallies == (Tally("shop", REFUSED_BOT, 2),)
    assert [problem.code for problem in answer.errors] == ["bot"]


def test_two_events_that_are_put_aside_are_told_apart() -> None:
    never = SentEvent(type="x", time=SentTime(create="never"))
    _, changes = decide(a_submission(BLANK, never))
    assert [aside.event.reason for aside in changes.quarantined] == ["shape", "time"]
    assert len({aside.event.id for aside in changes.quarantined}) == 2


def decide(submission: Submission) -> tuple[Decision, Changes]:
    """What is answered to this first submission, and what it changes."""
    decided = decide_all([submission], Facts(keys=Keys()), Ruleset())
    return decided.decisions[0], decided.changes
