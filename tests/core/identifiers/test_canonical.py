"""One id has one form, however it was typed; what has no form is nobody's id."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sojourn.core.identifiers.canonical import VALUE_CHARS_MAX, canonical, is_region
from sojourn.core.identifiers.kinds import Form
from tests.builders import a_kind

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FORMS = st.sampled_from(["email", "phone", "text", "exact"])
REGIONS = st.sampled_from([None, "GB", "US", "IT"])
DIGITS = st.text("0123456789 +-()/.x#", max_size=20)


def the_form(form: Form, value: object, region: str | None = None) -> str | None:
    return canonical(a_kind(form=form), value, region)


@pytest.mark.parametrize(
    "typed",
    [
        "ann@mail.example",
        " ann@mail.example\n",
        "Ann@MAIL.Example",
        "\ufeffann@mail.example\u200b",
        "ann@mail\uff0eexample",
    ],
)
def test_an_address_is_the_same_however_it_is_typed(typed: str) -> None:
    assert the_form("email", typed) == "ann@mail.example"


@pytest.mark.parametrize("typed", ["ann@müller.example", "ann@MÜLLER.example", "ann@xn--mller-kva.example"])
def test_a_domain_is_the_same_in_letters_and_in_ascii(typed: str) -> None:
    assert the_form("email", typed) == "ann@xn--mller-kva.example"


@pytest.mark.parametrize("typed", ["a.nn@mail.example", "ann+tea@mail.example", "ann@mail.example.org"])
def test_other_mailboxes_stay_others(typed: str) -> None:
    assert the_form("email", typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "ann",
        "ann@",
        "@mail.example",
        "ann@mail",
        "ann@@mail.example",
        "Ann <ann@mail.example>",
        "ann@[127.0.0.1]",
        "a b@c.d",
    ],
)
def test_what_is_no_address_has_no_form(typed: str) -> None:
    assert the_form("email", typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "+442079460101",
        "+44 20 7946 0101",
        "+44 (0)20 7946-0101",
        "0044 20 7946 0101",
        "tel:+44-20-7946-0101",
        "".join(chr(ord(char) + 0xFEE0) for char in "+442079460101"),  # full width
    ],
)
@pytest.mark.parametrize("region", [None, "GB", "DE"])
def test_a_number_is_the_same_however_it_is_typed(typed: str, region: str | None) -> None:
    assert the_form("phone", typed, region) == "+442079460101"


def test_a_number_without_its_country_needs_the_default_region() -> None:
    assert the_form("phone", "020 7946 0101", "GB") == "+442079460101"
    assert the_form("phone", "020 7946 0101", "US") is None
    assert the_form("phone", "020 7946 0101") is None


def test_people_behind_one_switchboard_stay_apart() -> None:
    assert the_form("phone", "+44 20 7946 0101 ext. 7") == "+442079460101;ext=7"


@pytest.mark.parametrize("typed", ["+44", "+999 123 4567", "call me", "+44 20 7946 0101 2345 6789", "12"])
def test_what_is_no_number_has_no_form(typed: str) -> None:
    assert the_form("phone", typed, "GB") is None


def test_a_text_is_the_same_in_any_case_and_composition() -> None:
    assert the_form("text", " Zoe\u0308 ") == the_form("text", "ZO\u00cb") == "zo\u00eb"


def test_an_exact_id_keeps_its_case() -> None:
    assert the_form("exact", " aB ") == "aB"


@pytest.mark.parametrize(
    "value", ["", "  \u200b", "a\x00b", "x" * (VALUE_CHARS_MAX + 1), None, True, ["a"], {"a": "b"}]
)
@pytest.mark.parametrize("form", ["text", "exact"])
def test_what_nobody_can_be_has_no_form(form: Form, value: Any) -> None:
    assert the_form(form, value) is None


def test_a_number_counts_as_the_text_that_it_is_written_as() -> None:
    assert the_form("exact", 4711) == the_form("exact", "4711") == "4711"


@given(form=FORMS, value=JSON | DIGITS, region=REGIONS)
def test_no_value_ever_raises(form: Form, value: Any, region: str | None) -> None:
    assert isinstance(the_form(form, value, region), str | None)


@given(form=FORMS, value=st.text() | DIGITS | st.emails() | st.integers(), region=REGIONS)
@example(form="text", value="\u0345\u0301", region=None)
@example(form="email", value="\u0130@mail.example", region=None)
@example(form="phone", value="+1 202 555 0101 x5", region=None)
def test_the_form_of_a_form_is_itself(form: Form, value: Any, region: str | None) -> None:
    found = the_form(form, value, region)
    assert found is None or the_form(form, found, region) == found


@given(address=st.emails(), blanks=st.text(" \t\n\u200b", max_size=3))
def test_case_and_blanks_around_an_address_do_not_count(address: str, blanks: str) -> None:
    assert the_form("email", blanks + address.upper() + blanks) == the_form("email", address)


@given(text=st.text())
def test_case_and_composition_of_a_text_do_not_count(text: str) -> None:
    assert the_form("text", unicodedata.normalize("NFD", text)) == the_form("text", unicodedata.normalize("NFC", text))
    assert the_form("text", text.casefold()) == the_form("text", text)


@given(number=st.integers(2079460000, 2079469999), marks=st.lists(st.sampled_from(" -./()"), min_size=10, max_size=10))
def test_marks_within_a_number_do_not_count(number: int, marks: list[str]) -> None:
    typed = "".join(digit + mark for digit, mark in zip(str(number), marks, strict=True))
    assert the_form("phone", f"+44 {typed}") == f"+44{number}"


def test_every_letter_has_one_form() -> None:
    for code in range(0x20, 0x30000):
        found = the_form("text", chr(code)) if not 0xD800 <= code < 0xE000 else None
        assert found is None or the_form("text", found) == found, hex(code)


def test_a_region_is_a_country_whose_numbers_are_known() -> None:
    assert is_region("GB")
    assert not is_region("gb")
    assert not is_region("XX")
