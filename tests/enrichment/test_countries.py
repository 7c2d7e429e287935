"""The list of countries is whole."""

from __future__ import annotations

from sojourn.core.knowledge import part_of_world
from sojourn.enrichment.countries import countries, country
from sojourn.enrichment.knowledge import world_knowledge


def test_there_are_all_countries_of_iso_3166_and_kosovo() -> None:
    assert len(countries()) == 249 + 1


def test_each_country_has_its_own_name() -> None:
    assert len({each.name for each in countries().values()}) == len(countries())


def test_a_code_of_no_country_is_none() -> None:
    assert country("EU") is None


def test_each_country_belongs_to_a_part_of_the_world_that_time_zones_know() -> None:
    zones = ("Africa/Lagos", "America/Lima", "Antarctica/Vostok", "Asia/Tokyo", "Europe/Oslo", "Pacific/Apia")
    knowledge = world_knowledge()
    parts = {part_of_world(zone, None, knowledge) for zone in zones}
    assert {each.part_of_world for each in countries().values()} == parts
