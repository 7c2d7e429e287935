"""How a session comes by what surrounds it, and when it speaks of its person: laws of the step `enrich`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.client import Client, Languages
from sojourn.core.events import Submission
from sojourn.core.facts import Facts, Keys
from sojourn.core.knowledge import Knowledge
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from tests.builders import NOON, a_sent_event, a_submission

DESK = Client(
    device={"type": "pc", "touch": False},
    os={"name": "Windows"},
    app={"type": "browser", "name": "Chrome", "bot": False},
    geo={"country": {"name": "Germany", "code": "DE"}},
    languages=Languages(codes=["de"], names=["German"]),
    ip="198.51.100.0",
)
PHONE = Client(
    device={"name": "Pixel", "type": "mobile", "touch": True},
    os={"name": "Android", "version": "14"},
    app={"type": "app", "name": "Shop", "bot": False},
    geo={"country": {"name": "Poland", "code": "PL"}},
    languages=Languages(codes=["pl"], names=["Polish"]),
    ip="203.0.113.0",
)
NOBODY = Client()
RULESET = Ruleset(knowledge=Knowledge(parts_of_world={"DE": "Europe", "PL": "Europe"}))


def after(*submissions: Submission) -> tuple[Profile, Session]:
    """The profile and the session that these requests, all of one session, lead to."""
    numbered = [
        a_submission(*(sent for _, sent in each.events), session_id="s1", client=each.client, context=each.context,
                     received_at=NOON + timedelta(seconds=number), id=str(number), entropy=number)
        for number, each in enumerate(submissions)
    ]  # fmt: skip
    changes = decide_all(numbered, Facts(keys=Keys()), RULESET).changes
    return changes.profiles[-1], changes.sessions[-1]


def test_device_system_and_program_are_of_one_client() -> None:
    _, session = after(a_submission(client=DESK), a_submission(client=PHONE))
    assert (session.os, session.app) == (DESK.os, DESK.app)
    assert session.device == {**DESK.device, "geo": DESK.geo}
    assert session.context == {"ip": DESK.ip, "language": ["German"], "language_codes": ["de"]}


def test_a_session_learns_its_client_when_one_comes() -> None:
    _, session = after(a_submission(client=NOBODY), a_submission(client=PHONE))
    assert (session.os, session.app) == (PHONE.os, PHONE.app)


def test_a_person_speaks_the_languages_of_all_clients() -> None:
    first = a_submission(session_id="s1", client=DESK, entropy=1, id="1")
    [profile] = decide_all([first], Facts(keys=Keys()), RULESET).changes.profiles
    facts = Facts(keys=Keys(), profiles={profile.id: profile})
    second = a_submission(session_id="s2", profile_id=profile.id, client=PHONE, entropy=2, id="2")
    [profile] = decide_all([second], facts, RULESET).changes.profiles
    assert profile.data["pii"] == {"language": {"spoken": ["German", "Polish"]}}


CLIENTS = st.sampled_from([DESK, PHONE, NOBODY])
CONTEXTS = st.sampled_from(
    [
        {},
        {"device": {"name": "Till"}},
        {"location": {"city": "Bonn"}},
        {"time": {"tz": "America/Lima"}},
        {"utm": {"source": "news"}},
        {"utm": {"source": "ad", "medium": "mail"}, "screen": {"local": {"width": 1, "height": 2}}},
    ]
)
REQUESTS = st.builds(lambda client, context: a_submission(client=client, context=context), CLIENTS, CONTEXTS)


@given(st.lists(REQUESTS, min_size=1, max_size=4))
def test_saying_all_of_it_again_changes_nothing(requests: list[Submission]) -> None:
    profile, session = after(*requests)
    again_profile, again_session = after(*requests, *requests)
    parts = ("device", "os", "app", "utm", "context", "aux")
    assert [getattr(again_session, part) for part in parts] == [getattr(session, part) for part in parts]
    assert (again_profile.data, again_profile.aux) == (profile.data, profile.aux)


@given(st.lists(REQUESTS, min_size=2, max_size=4))
def test_what_a_session_knows_it_does_not_forget(requests: list[Submission]) -> None:
    _, before = after(*requests[:-1])
    _, session = after(*requests)
    for part in ("os", "app", "utm"):
        assert getattr(before, part).items() <= getattr(session, part).items()
    assert before.device.keys() <= session.device.keys()


@pytest.mark.parametrize("page", ["text", 5, [], {"title": 5}])
def test_a_page_of_another_form_costs_no_event(page: object) -> None:
    changes = decide_all([a_submission(a_sent_event(context={"page": page}))], Facts(keys=Keys()), RULESET).changes
    assert [recorded.event.type for recorded in changes.events][-1] == "page-view"
