"""The events that Sojourn itself has to tell."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.events import BadEvent, SentEvent, Submission
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import QUARANTINED_SHAPE
from sojourn.core.pipeline import decide_all
from tests.builders import a_submission


def test_a_system_event_never_takes_the_id_of_an_event_behind_a_bad_one() -> None:
    bad = BadEvent(index=0, outcome=QUARANTINED_SHAPE, problems=(), raw="{}")
    submission = replace(a_submission(), bad_events=(bad,), events=((1, SentEvent(type="page-view")),))
    ids = stored_ids(submission)
    assert len(ids) == len(set(ids)) == 4


def test_a_system_event_that_the_client_sent_itself_is_not_sent_twice() -> None:
    submission = a_submission(
        SentEvent(type="visit-started"), SentEvent(type="profile-created"), SentEvent(type="session-opened")
    )
    assert len(stored_ids(submission)) == 3


def stored_ids(submission: Submission) -> list[str]:
    """The ids of the events that this first submission leaves behind."""
    changes = decide_all([submission], Facts(keys=Keys()), Ruleset()).changes
    return [recorded.event.id for recorded in changes.events]
