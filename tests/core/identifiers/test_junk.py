"""Values that are nobody's never lead to anybody."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.conditions.patterns import pattern_fault
from sojourn.core.identifiers.in_force import Identifier, Identifiers
from sojourn.core.identifiers.junk import JUNK, PATTERN_PROGRAM_MAX, pattern_of
from sojourn.core.identifiers.kinds import Form
from tests.builders import a_kind


def read(value: Any, **fields: Any) -> Identifier | None:
    kind = a_kind(**fields)
    return Identifiers(kinds=[kind], secret=b"s", default_region="GB").key(kind, value)


@pytest.mark.parametrize("form", ["text", "exact"])
@pytest.mark.parametrize(
    "value",
    [
        "null", "NULL", "None", "undefined", "NaN", " unknown ", "Anonymous", "[object Object]", "n/a", "-",
        "0", 0, "000000", "1234567890", "00000000-0000-0000-0000-000000000000", "{{ user.id }}", "${id}", "%EMAIL%",
    ],
)  # fmt: skip
def test_what_programs_write_for_nothing_is_nobody(value: object, form: Form) -> None:
    assert read(value, form=form) is None


@pytest.mark.parametrize(
    "value",
    [
        "test@test.com", "Test@Example.com", "user@example.org", "a@a.aa", "noreply@shop.example",
        "No-Reply@shop.example", "null@shop.example",
    ],
)  # fmt: skip
def test_addresses_that_people_make_up_are_nobody(value: str) -> None:
    assert read(value, form="email") is None


@pytest.mark.parametrize(
    "value", ["+44 1111 111111", "0000000000", "+1 999 999 9999", "+1 123 456 7890", "01234 567890"]
)
def test_numbers_that_people_make_up_are_nobody(value: str) -> None:
    assert read(value, form="phone") is None


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("ann@mail.example", "email"), ("anne.test@test-shop.example", "email"), ("nora.reply@shop.example", "email"),
        ("+442079460101", "phone"), ("1", "exact"), ("111", "exact"), ("Nullmann", "text"), ("test-7", "text"),
    ],
)  # fmt: skip
def test_what_only_looks_like_junk_is_somebody(value: str, form: Form) -> None:
    assert read(value, form=form) is not None


@pytest.mark.parametrize("typed", ["Info@Shop.example", " info@shop.example "])
def test_a_blocked_value_is_blocked_however_it_is_typed(typed: str) -> None:
    assert read("info@shop.example", form="email", blocked=(typed,)) is None
    assert read("info@shop.example.org", form="email", blocked=(typed,)) is not None


def test_a_star_stands_for_anything() -> None:
    blocked = ("*@shop.example",)
    assert read("ann@shop.example", form="email", blocked=blocked) is None
    assert read("ann@shop-example.org", form="email", blocked=blocked) is not None


def test_a_pattern_stands_between_slashes() -> None:
    assert read("kiosk-17", blocked=(r"/^kiosk-\d+$/",)) is None
    assert read("kiosk-x", blocked=(r"/^kiosk-\d+$/",)) is not None


def test_an_exact_id_is_blocked_as_it_is_written() -> None:
    assert read("aB", form="exact", blocked=("aB",)) is None
    assert read("ab", form="exact", blocked=("aB",)) is not None


@pytest.mark.parametrize("entry", [entry for entries in JUNK.values() for entry in entries])
def test_the_list_of_junk_is_sound(entry: str) -> None:
    pattern = pattern_of(entry)
    assert entry == entry.lower() or pattern is not None
    assert pattern is None or pattern_fault(pattern, PATTERN_PROGRAM_MAX) is None
