"""The ids that the core makes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.ids import derived_id, is_ordered_id, ordered_id, repeatable_id
from sojourn.core.times import EARLIEST
from tests.strategies import MOMENTS

ENTROPY = st.integers(0, 2**256 - 1)
INDEXES = st.integers(0, 10_000)


def is_uuid(text: str, version: int) -> bool:
    """Whether a text is a UUID of that version, in its one usual form."""
    parsed = UUID(text)
    return str(parsed) == text and parsed.variant == RFC_4122 and parsed.version == version


@given(ENTROPY, st.text())
def test_a_derived_id_is_a_uuid_like_a_random_one(entropy: int, purpose: str) -> None:
    assert is_uuid(derived_id(entropy, purpose), version=4)


@given(ENTROPY, MOMENTS, INDEXES)
def test_an_ordered_id_is_a_uuid_that_begins_with_its_moment(entropy: int, moment: datetime, index: int) -> None:
    id = ordered_id(entropy, moment, index)
    assert is_uuid(id, version=7)
    assert int(UUID(id)) >> 80 == (moment - EARLIEST) // timedelta(milliseconds=1)


@given(st.text(), INDEXES)
def test_a_repeatable_id_is_a_uuid_of_the_kind_that_anybody_may_define(key: str, index: int) -> None:
    assert is_uuid(repeatable_id(key, index), version=8)


@given(ENTROPY, st.text(), st.text())
def test_derived_ids_of_two_purposes_differ(entropy: int, one: str, other: str) -> None:
    assert (derived_id(entropy, one) == derived_id(entropy, other)) is (one == other)


@given(ENTROPY, ENTROPY)
def test_derived_ids_of_two_submissions_differ(one: int, other: int) -> None:
    assert (derived_id(one, "profile") == derived_id(other, "profile")) is (one == other)


@given(ENTROPY, MOMENTS, st.integers(1, 1_000))
def test_ordered_ids_of_one_submission_sort_by_index(entropy: int, moment: datetime, count: int) -> None:
    ids = [ordered_id(entropy, moment, index) for index in range(count)]
    assert ids == sorted(set(ids))


@given(ENTROPY, ENTROPY, MOMENTS, INDEXES, st.integers(1, 10**9))
def test_ordered_ids_of_later_milliseconds_sort_later(
    one: int, other: int, moment: datetime, index: int, later_ms: int
) -> None:
    assert ordered_id(one, moment, index) < ordered_id(other, moment + timedelta(milliseconds=later_ms), 0)


@given(st.text(), st.text(), INDEXES, INDEXES)
def test_repeatable_ids_are_equal_for_the_same_event_of_the_same_key_only(
    one: str, other: str, index: int, other_index: int
) -> None:
    is_same = (one, index) == (other, other_index)
    assert (repeatable_id(one, index) == repeatable_id(other, other_index)) is is_same


@given(ENTROPY, MOMENTS, INDEXES)
def test_an_ordered_id_is_told_by_its_form(entropy: int, moment: datetime, index: int) -> None:
    assert is_ordered_id(ordered_id(entropy, moment, index))


@given(ENTROPY, st.text(), INDEXES)
def test_the_other_ids_have_another_form(entropy: int, text: str, index: int) -> None:
    assert not is_ordered_id(derived_id(entropy, text))
    assert not is_ordered_id(repeatable_id(text, index))


@pytest.mark.parametrize("id", ["", "view", "7" * 35, "7" * 37])
def test_texts_of_another_length_are_none(id: str) -> None:
    assert not is_ordered_id(id)
