"""How clients write a moment, and the one moment that is meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.times import EARLIEST, LATEST, is_possible, parse_time
from tests.strategies import MOMENTS

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TEN = datetime(2020, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2020-01-01 10:00:00",
        "2020-01-01T10:00:00",
        "2020-01-01T10:00",
        "2020-01-01T10:00:00.000",
        "2020-01-01T10:00:00Z",
        "2020-01-01t10:00:00z",
        "2020-01-01T12:00:00+02:00",
        "2020-01-01T12:00:00+0200",
        " 2020-01-01T10:00:00Z ",
        1_577_872_800,
        1_577_872_800.0,
        1_577_872_800_000,
        "1577872800",
        "1577872800.0",
        "1577872800000",
    ],
)
def test_every_way_to_write_ten_o_clock_is_ten_o_clock(written: str | float) -> None:
    assert parse_time(written) == TEN


def test_a_date_alone_is_its_midnight() -> None:
    assert parse_time("2020-01-01") == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_fraction_of_a_second_is_kept_to_the_microsecond() -> None:
    assert parse_time("2020-01-01T10:00:00.123456789Z") == TEN + timedelta(microseconds=123_456)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31 23:59:60", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T01:59:60+02:00", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60.5Z", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_leap_second_counts_as_the_next_second(written: str, meant: datetime) -> None:
    assert parse_time(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "10:00:00",
        "2020-13-01",
        "2020-02-30T10:00:00Z",
        "2020-01-01T25:00:00Z",
        "2020-01-01T10:00:61Z",
        "01/02/2020",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:60Z",
        "1e3",
        "9" * 400,
        1e300,
        True,
    ],
)
def test_what_is_no_moment_is_not_read(written: str | float) -> None:
    assert parse_time(written) is None


@given(MOMENTS, OFFSETS)
def test_an_offset_changes_the_writing_and_not_the_moment(moment: datetime, offset: timezone) -> None:
    assert parse_time(moment.astimezone(offset).isoformat()) == moment


@given(MOMENTS, st.sampled_from("T "))
def test_without_an_offset_utc_is_meant(moment: datetime, separator: str) -> None:
    assert parse_time(moment.replace(tzinfo=None).isoformat(separator)) == moment


@given(st.integers(0, 4_102_444_799))
def test_seconds_as_a_number_and_as_text_are_the_same_moment(seconds: int) -> None:
    assert parse_time(seconds) == parse_time(str(seconds)) == EARLIEST + timedelta(seconds=seconds)


@given(st.integers(100_000_000_000, 4_102_444_799_999))
def test_thirteen_digits_are_milliseconds(milliseconds: int) -> None:
    assert parse_time(str(milliseconds)) == EARLIEST + timedelta(milliseconds=milliseconds)


@given(st.text() | st.floats() | st.integers())
def test_whatever_is_written_it_is_a_moment_in_utc_or_nothing(written: str | float) -> None:
    moment = parse_time(written)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "possible"),
    [
        (EARLIEST, True),
        (EARLIEST - timedelta(microseconds=1), False),
        (LATEST - timedelta(microseconds=1), True),
        (LATEST, False),
    ],
)
def test_events_happen_from_1970_until_before_2100(moment: datetime, *, possible: bool) -> None:
    assert is_possible(moment) is possible


@pytest.mark.parametrize("written", ["\u0663", "\u0662\u0660\u0662\u0660-01-01", "2020\u066a"])
def test_only_ascii_digits_are_digits(written: str) -> None:
    assert parse_time(written) is None


def test_a_date_without_hyphens_is_a_number_of_seconds() -> None:
    assert parse_time("20200101") == EARLIEST + timedelta(seconds=20_200_101)
