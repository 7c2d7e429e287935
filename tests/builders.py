"""Records for tests, each with one obvious default: override what matters."""

from __future__ import annotations

from sojourn.testing.builders import (
    NOON,
    a_contract,
    a_known_event,
    a_mapping_rule,
    a_profile,
    a_quarantined,
    a_redirect,
    a_sent_event,
    a_session,
    a_source,
    a_submission,
    a_submission_record,
    a_tally,
    an_api_key,
    an_edge,
    an_event,
    an_event_type,
    keys_of_changes,
    noon_plus,
    some_changes,
)

__all__ = [
    "NOON",
    "a_contract",
    "a_known_event",
    "a_mapping_rule",
    "a_profile",
    "a_quarantined",
    "a_redirect",
    "a_sent_event",
    "a_session",
    "a_source",
    "a_submission",
    "a_submission_record",
    "a_tally",
    "an_api_key",
    "an_edge",
    "an_event",
    "an_event_type",
    "keys_of_changes",
    "noon_plus",
    "some_changes",
]
