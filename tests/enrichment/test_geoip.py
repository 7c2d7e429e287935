"""Where addresses are: by the registries, and by a file of cities."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.core.addresses import Address, parse_address
from sojourn.core.references import value_at
from sojourn.enrichment.geoip import CityFile, UnusableCityFile, place_of
from tests.enrichment.cities import IN_BERLIN, ODD, write_cities

GERMANY = {"country": {"name": "Germany", "code": "DE"}}


def address(text: str) -> Address:
    parsed = parse_address(text)
    assert parsed is not None
    return parsed


@pytest.fixture
def cities(tmp_path: Path) -> CityFile:
    return CityFile(write_cities(tmp_path / "cities.mmdb"))


@pytest.mark.parametrize(
    ("text", "code"), [("8.8.8.8", "US"), ("5.9.0.1", "DE"), ("2a01:4f8::1", "DE"), ("193.0.0.1", "NL")]
)
def test_the_country_is_known_without_any_file(text: str, code: str) -> None:
    assert value_at(place_of(address(text), None), ("country", "code")) == code


def test_an_ipv4_address_in_an_ipv6_one_has_its_country() -> None:
    assert place_of(address("::ffff:5.9.0.1"), None) == GERMANY


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1", "203.0.113.7", "2001:db8::1"]
)
def test_an_address_without_a_place_is_nowhere(text: str) -> None:
    assert place_of(address(text), None) == {}


@pytest.mark.parametrize("text", [IN_BERLIN, "2001:db8:5::1"])
def test_a_file_of_cities_tells_the_town(cities: CityFile, text: str) -> None:
    assert place_of(address(text), cities) == {
        **GERMANY,
        "city": "Berlin",
        "county": "Land Berlin",
        "postal": "10115",
        "latitude": 52.5,
        "longitude": 13.25,
    }


def test_an_address_that_the_file_does_not_know_has_its_country(cities: CityFile) -> None:
    assert place_of(address("5.9.0.1"), cities) == GERMANY


def test_an_entry_of_another_form_is_passed_over(cities: CityFile) -> None:
    assert place_of(address(ODD), cities) == GERMANY


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableCityFile, match=r"nowhere\.mmdb"):
        CityFile(tmp_path / "nowhere.mmdb")


def test_a_file_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database")
    with pytest.raises(UnusableCityFile, match=r"notes\.txt"):
        CityFile(path)


def test_a_damaged_entry_costs_no_request(tmp_path: Path) -> None:
    path = write_cities(tmp_path / "cities.mmdb")
    path.write_bytes(path.read_bytes().replace(b"Berlin", b"\xff" * len("Berlin")))
    assert place_of(address(IN_BERLIN), CityFile(path)) == GERMANY
