"""The links of the identity graph that a server's word makes."""

from __future__ import annotations

from sojourn.core.facts import Facts, Keys
from sojourn.core.limits import Limits
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import decide_all
from tests.builders import a_profile, a_sent_event, a_source, a_submission


def test_a_link_names_the_event_that_taught_it_whoever_gave_that_its_id() -> None:
    for sent in (a_sent_event(), a_sent_event(id="e1")):
        submission = a_submission(sent, source=a_source(trust="server"), aliases=("crm-1",))
        changes = decide_all([submission], Facts(keys=Keys()), Ruleset()).changes
        assert [edge.event for edge in changes.edges] == [changes.events[-1].event.id]


def test_an_id_that_leads_to_somebody_else_leads_there_still() -> None:
    bob = a_profile("bob", ids=("bob", "crm-1"))
    facts = Facts(keys=Keys(), profiles={"bob": bob}, aliases={"crm-1": "bob"})
    submission = a_submission(source=a_source(trust="server"), aliases=("crm-1", "crm-2"))
    changes = decide_all([submission], facts, Ruleset()).changes
    assert [edge.id for edge in changes.edges] == ["crm-2"]


def test_a_profile_that_is_not_kept_learns_no_link() -> None:
    submission = a_submission(source=a_source(trust="server", ephemeral=True), aliases=("crm-1",))
    assert decide_all([submission], Facts(keys=Keys()), Ruleset()).changes.edges == ()


def test_a_person_gets_no_more_ids_than_one_may_have() -> None:
    ruleset = Ruleset(limits=Limits(person_ids_max=3))
    submission = a_submission(source=a_source(trust="server"), aliases=("crm-1", "crm-2", "crm-3"))
    decided = decide_all([submission], Facts(keys=Keys()), ruleset)
    assert [edge.id for edge in decided.changes.edges] == ["crm-1", "crm-2"]
    assert len(decided.changes.profiles[0].ids) == 3
    assert [warning.code for warning in decided.decisions[0].warnings] == ["too-many-ids"]
