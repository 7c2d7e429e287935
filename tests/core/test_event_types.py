"""The one form of an event type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sojourn.core.event_types import TypeName, is_too_long, type_name

# Letters that change their length or composition when they become lower case, spaces of all kinds, what nobody sees.
TEXTS = st.text() | st.text(alphabet="aA-_ \t\u00a0\u2003İßẞΣςJ\u030c\u0301\u0345K\u202e\u0000")


@pytest.mark.parametrize(
    "written", ["page-view", "Page View", " page-view ", "Page  View", "PAGE\tVIEW", "page\u00a0view"]
)
def test_every_way_to_write_a_type_is_one_type(written: str) -> None:
    assert type_name(written) == TypeName("page-view", "Page View")


@pytest.mark.parametrize("written", ["", "  ", "\t\n", "a\u0000b", "a\u202eb", "\u200b", "a\u007fb"])
def test_nothing_and_what_nobody_sees_is_no_type(written: str) -> None:
    assert type_name(written) is None


@given(TEXTS)
@example("J\u030c")
def test_the_form_of_a_form_is_itself(written: str) -> None:
    named = type_name(written)
    assume(named is not None)
    assert named is not None
    again = type_name(named.type)
    assert again is not None
    assert again.type == named.type


@given(TEXTS)
def test_composed_or_not_it_is_the_same_type(written: str) -> None:
    assert type_name(unicodedata.normalize("NFD", written)) == type_name(unicodedata.normalize("NFC", written))


@given(TEXTS)
def test_a_type_has_no_white_space_and_no_capital_letter(written: str) -> None:
    named = type_name(written)
    assume(named is not None)
    assert named is not None
    assert not any(char.isspace() for char in named.type)
    assert named.type == named.type.lower()


def test_a_type_is_as_long_as_it_is_kept() -> None:
    assert not is_too_long(" " + "x" * 200 + " ", 200)
    assert is_too_long("x" * 201, 200)
    assert is_too_long("\u0130" * 101, 200)
    assert not is_too_long("\u0130" * 100, 200)
