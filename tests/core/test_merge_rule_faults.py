"""What keeps merge rules from being saved."""

from __future__ import annotations

import pytest

from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.merging.faults import merge_rule_faults


@pytest.mark.parametrize(
    ("field", "strategy"),
    [
        ("data.pii.firstname", Strategy.FIRST),
        ("data.pii.attributes.height", Strategy.MAX),
        ("data.pii.attributes", Strategy.MIN),
        ("data.pii.birthday", Strategy.MIN),
        ("data.preferences", Strategy.UNION),
        ("data", Strategy.SURVIVOR),
        ("interests", Strategy.MAX),
        ("interests.tea", Strategy.NEWEST),
        ("stats.counters", Strategy.SUM),
        ("traits", Strategy.SUM),
        ("traits.a.b", Strategy.UNION),
        ('traits."a.b"', Strategy.UNION),
        ("consents", Strategy.MOST_RESTRICTIVE),
        ("consents.ads", Strategy.MOST_RESTRICTIVE),
        ("aux.consents.history", Strategy.SURVIVOR),
    ],
)
def test_a_strategy_that_fits_what_the_field_holds_has_no_fault(field: str, strategy: Strategy) -> None:
    assert list(merge_rule_faults(MergeRules(fields={field: strategy}))) == []


@pytest.mark.parametrize(
    ("field", "strategy", "said"),
    [
        ("", Strategy.FIRST, "Write a path"),
        ("traits..a", Strategy.FIRST, "Write a path"),
        (" traits.a", Strategy.FIRST, "Write a path"),
        ('traits."a"', Strategy.FIRST, "Write a path"),
        ("data.shoes", Strategy.FIRST, "`data.shoes` is no field"),
        ("ids", Strategy.FIRST, "`ids` is no field"),
        ("data.pii.firstname", Strategy.SUM, "`sum` does not work on a field that holds text."),
        ("data.pii.attributes.height", Strategy.UNION, "`union` does not work on a field that holds number."),
        ("data.pii", Strategy.MAX, "`max` does not work on a field that holds list of texts or text."),
        ("consents", Strategy.MAX, "`max` does not work on a field that holds consent."),
        ("traits.vip", Strategy.MOST_RESTRICTIVE, "`most-restrictive` does not work on a field that holds anything."),
    ],
)
def test_what_cannot_be_meant_is_a_fault_with_its_place(field: str, strategy: Strategy, said: str) -> None:
    [fault] = merge_rule_faults(MergeRules(fields={field: strategy}))
    assert (fault.loc, fault.msg[: len(said)]) == (("fields", field), said)
