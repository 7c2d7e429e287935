"""A rule can be tried on an event that is kept: it tells what it would do, and does nothing."""

from __future__ import annotations

from copy import deepcopy

import pytest

from sojourn.core.limits import Limits
from sojourn.core.mapping.apply import compile_rule
from sojourn.core.mapping.change import Change
from sojourn.core.mapping.operations import Op, Origin
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.profiles import Profile
from sojourn.core.rule_conditions import compile_condition
from sojourn.core.trial import Past, Trial, try_rule
from tests.builders import a_mapping_rule, a_profile, a_session, an_event, noon_plus

VIEW = an_event(properties={"path": "/tea"})


def tried(
    rule: MappingRule,
    past: Past = Past(VIEW, {}, a_profile(), a_session()),  # noqa: B008  Nothing changes it.
) -> Trial:
    condition = compile_condition(rule.condition) if rule.condition else None
    return try_rule(compile_rule(rule, condition), past, Limits())


def test_a_trial_tells_what_would_change() -> None:
    assert tried(a_mapping_rule()) == Trial(
        is_meant=True, changes=(Change("path", Op.SET, "profile@traits.path", None, "/tea"),), skipped=()
    )


def test_a_trial_leaves_the_documents_as_they_are() -> None:
    past = Past(VIEW, {}, a_profile(traits={"path": "/", "n": [1]}), a_session())
    before = deepcopy(past)
    assert tried(a_mapping_rule(), past).changes
    assert past == before


def test_a_trial_tells_what_would_be_skipped() -> None:
    operation = Operation(op=Op.SET, target="profile@data.pii.birthday", value="event@properties.path")
    [skipped] = tried(a_mapping_rule(operations=(operation,))).skipped
    assert (skipped.field, str(skipped.value)) == ("profile@data.pii.birthday", "event@properties.path")


def test_a_value_of_a_later_event_stays() -> None:
    assert tried(a_mapping_rule(), Past(VIEW, {}, written_at(5), None)).changes == ()
    assert len(tried(a_mapping_rule(), Past(VIEW, {}, written_at(-5), None)).changes) == 1


@pytest.mark.parametrize(
    "fields", [{"condition": "profile.traits exists and event.properties.path = '/'"}, {"source": "app"}]
)
def test_a_rule_that_is_not_meant_says_so(fields: dict[str, str]) -> None:
    assert tried(a_mapping_rule(**fields)) == Trial(is_meant=False, changes=(), skipped=())


def test_a_condition_sees_the_context_of_the_request() -> None:
    rule = a_mapping_rule(condition="event.context.lang = 'de' and session.id = 'visit'")
    assert tried(rule, Past(VIEW, {"lang": "de"}, a_profile(), a_session())).is_meant


def test_of_nobody_nothing_changes() -> None:
    assert tried(a_mapping_rule(), Past(VIEW, {}, None, None)) == Trial(is_meant=True, changes=(), skipped=())


def written_at(seconds: float) -> Profile:
    """A profile whose trait an event wrote so long after the one that is tried."""
    profile = a_profile(traits={"path": "/other"})
    profile.metadata.fields["profile@traits.path"] = Origin(noon_plus(seconds), "other", "path")
    return profile
