"""Profiles: what is counted, and what is not told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import parts_of, with_visit, without_internals
from tests.builders import NOON, a_profile, noon_plus

INTERNAL = replace(
    a_profile(identifiers={"email": ("a-hash",)}),
    metadata=replace(a_profile().metadata, fields={"profile@traits.a": Origin(NOON, "e", "r")}),
)


@given(st.lists(st.integers(0, 5), max_size=5))
def test_visits_may_become_known_in_any_order(seconds: list[int]) -> None:
    profile = a_profile()
    for second in seconds:
        profile = with_visit(profile, noon_plus(second))
    visit = profile.metadata.time.visit
    last, current = [None, None, *map(noon_plus, sorted(seconds))][-2:]
    assert (visit.count, visit.last, visit.current) == (len(seconds), last, current)


def test_nobody_is_told_who_wrote_what_or_by_which_hashes_a_person_is_recognised() -> None:
    assert without_internals(INTERNAL) == a_profile()


def test_rules_do_not_see_by_which_hashes_a_person_is_recognised() -> None:
    assert "identifiers" not in parts_of(INTERNAL)
