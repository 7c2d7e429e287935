"""Which languages a client asks for, and where they are spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.enrichment.countries import countries
from sojourn.enrichment.languages import LANGUAGES_MAX, known_languages, read_accept_language


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("de", ["de"]),
        ("de-DE", ["de"]),
        ("de_AT", ["de"]),
        ("DE-de", ["de"]),
        ("de-AT,de;q=0.9,en;q=0.5", ["de", "en"]),
        ("en;q=0.5, pl;q=0.9", ["pl", "en"]),
        ("en;q=0.5,pl", ["pl", "en"]),
        ("fr ; q = 0.3 , it", ["it", "fr"]),
        ("en;q=0,pl", ["pl"]),
        ("en;q=1.2.3,pl;q=0.5", ["en", "pl"]),
        ("zh-Hans-CN", ["zh"]),
        ("iw,in", ["he", "id"]),
        ("fil", ["tl"]),
        ("*", []),
        ("*;q=0.1,sv", ["sv"]),
        ("english", []),
        ("xx,qqq", []),
        ("", []),
        (",,;;q=", []),
    ],
)
def test_a_header_is_read_in_the_order_of_its_weights(header: str, codes: list[str]) -> None:
    assert read_accept_language(header).codes == codes


def test_languages_have_english_names() -> None:
    assert read_accept_language("pl,pt-BR;q=0.8").names == ["Polish", "Portuguese"]


@pytest.mark.parametrize("country", ["AT", "BR", "CH", "US", "CN"])
def test_a_country_is_no_language(country: str) -> None:
    assert read_accept_language(f"de-{country}").codes == ["de"]


def test_as_many_languages_are_told_as_people_speak() -> None:
    header = ",".join(known_languages())
    assert len(read_accept_language(header).codes) == LANGUAGES_MAX


@given(st.text(alphabet=st.sampled_from("dDeEnN-_;,=q01.* \t\x00é"), max_size=60) | st.text(max_size=60))
def test_no_header_is_too_odd_to_be_read(header: str) -> None:
    found = read_accept_language(header)
    assert len(found.codes) == len(set(found.codes)) == len(found.names)
    assert set(found.codes) <= known_languages().keys()


def test_every_language_has_its_own_name() -> None:
    names = [language.name for language in known_languages().values()]
    assert len(set(names)) == len(names)


def test_languages_are_spoken_in_countries() -> None:
    names = {country.name for country in countries().values()}
    assert {market for language in known_languages().values() for market in language.markets} <= names
