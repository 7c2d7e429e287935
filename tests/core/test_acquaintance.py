"""What sessions tell of people, and what is remembered of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.acquaintance import introduced
from sojourn.core.contributions import Introduction
from sojourn.core.knowledge import Knowledge
from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import Profile
from tests.builders import NOON, a_profile, noon_plus

KNOWLEDGE = Knowledge(markets={"german": ("Germany", "Austria"), "polish": ("Poland",)})
WORDS = st.fixed_dictionaries(
    {},
    optional={
        "languages": st.lists(st.sampled_from(["German", "Polish"]), min_size=1, max_size=2),
        "part_of_world": st.sampled_from(["Europe", "Asia"]),
        "place": st.sampled_from([{"city": "Łódź"}, {"country": {"code": "DE"}, "latitude": 1.5}]),
    },
)


@given(st.lists(WORDS, max_size=4))
def test_whoever_was_introduced_before_makes_nobody_else_another_person(words: list[dict[str, Any]]) -> None:
    for index, what in enumerate(words):
        told = Introduction(what, Origin(noon_plus(index), f"event-{index}", ""))
        for person in (a_profile("ann"), a_profile("bob", data={"anonymous": True})):
            assert introduced(person, told, KNOWLEDGE) == introduced(person, told, replace(KNOWLEDGE))


@given(WORDS)
def test_a_newcomer_is_introduced_like_anybody_else(what: dict[str, Any]) -> None:
    told = Introduction(what, Origin(NOON, "event", ""))
    newcomer, known = a_profile("ann"), a_profile("ann", traits={"vip": True})
    expected = _written(introduced(known, told, KNOWLEDGE).profile)
    assert _written(introduced(newcomer, told, KNOWLEDGE).profile) == expected


def _written(profile: Profile) -> tuple[object, ...]:
    return profile.data, profile.aux, profile.metadata
