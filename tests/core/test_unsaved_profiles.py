"""What a request leaves behind when its profile is not to be kept."""

from __future__ import annotations

from sojourn.core.events import Options
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from tests.builders import a_submission

UNSAVED = Options(save_profile=False)


def test_a_session_whose_profiles_are_not_kept_has_one_visit() -> None:
    first = a_submission(session_id="visit", options=UNSAVED, entropy=1)
    second = a_submission(session_id="visit", options=UNSAVED, entropy=2)
    changes = decide_all([first, second], Facts(keys=Keys()), Ruleset()).changes
    assert [each.event.type for each in changes.events] == ["session-opened", "visit-started", "page-view", "page-view"]
