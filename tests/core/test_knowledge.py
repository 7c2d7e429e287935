"""What follows from what is known of the world."""

from __future__ import annotations

import pytest

from sojourn.core.derived import with_derived_fields
from sojourn.core.knowledge import NO_KNOWLEDGE, Knowledge, part_of_world
from tests.builders import a_profile

KNOWLEDGE = Knowledge(
    free_mail=frozenset({"mail.example"}),
    markets={"de": ("Germany", "Austria"), "german": ("Germany", "Austria"), "french": ("France", "Austria")},
    parts_of_world={"DE": "Europe", "NZ": "Oceania"},
)


@pytest.mark.parametrize(
    ("zone", "country", "part"),
    [
        ("Europe/Berlin", "NZ", "Europe"),
        ("america/Argentina/Ushuaia", None, "America"),
        ("Australia/Sydney", None, "Oceania"),
        ("Pacific/Auckland", None, "Oceania"),
        ("Arctic/Longyearbyen", None, "Europe"),
        ("Atlantic/Reykjavik", "DE", "Europe"),
        ("Atlantic/Reykjavik", None, None),
        ("UTC", "nz", "Oceania"),
        ("Etc/GMT+2", None, None),
        ("", "DE", "Europe"),
        (None, "XX", None),
        (None, 5, None),
        (None, None, None),
    ],
)
def test_a_time_zone_else_a_country_tells_the_part_of_the_world(
    zone: str | None, country: object, part: str | None
) -> None:
    assert part_of_world(zone, country, KNOWLEDGE) == part


@pytest.mark.parametrize(
    ("email", "aux"),
    [
        ("ann@mail.example", {"email": {"free": True}}),
        ("ann@Mail.Example ", {"email": {"free": True}}),
        ("mail.example@shop.example", {"email": {"free": False}}),
        ("mail.example", {}),
        (5, {}),
        (None, {}),
    ],
)
def test_an_address_is_free_mail_by_its_domain(email: object, aux: dict[str, object]) -> None:
    profile = a_profile(data={"contact": {"email": {"main": email}}})
    assert with_derived_fields(profile, KNOWLEDGE).aux == aux


def test_the_flag_goes_with_the_address() -> None:
    profile = a_profile(data={}, aux={"email": {"free": True}, "geo": {"continent": "Asia"}})
    assert with_derived_fields(profile, KNOWLEDGE).aux == {"geo": {"continent": "Asia"}}


def test_without_knowledge_nothing_is_said_of_free_mail() -> None:
    profile = a_profile(data={"contact": {"email": {"main": "ann@mail.example"}}})
    assert with_derived_fields(profile, NO_KNOWLEDGE).aux == {}


@pytest.mark.parametrize(
    ("spoken", "markets"),
    [
        (["German", "French"], ["Germany", "Austria", "France"]),
        (["de", "Klingon", 5], ["Germany", "Austria"]),
        (["Klingon"], None),
        ("German", None),
        (None, None),
    ],
)
def test_markets_are_where_the_languages_are_spoken(spoken: object, markets: list[str] | None) -> None:
    profile = a_profile(data={"pii": {"language": {"spoken": spoken}}})
    expected = {} if markets is None else {"geo": {"markets": markets}}
    assert with_derived_fields(profile, KNOWLEDGE).aux == expected


def test_what_a_rule_wrote_in_the_way_is_left_alone() -> None:
    profile = a_profile(data={"contact": {"email": {"main": "ann@mail.example"}}}, aux={"email": "mine"})
    assert with_derived_fields(profile, KNOWLEDGE).aux == {"email": "mine"}
