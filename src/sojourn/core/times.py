"""The forms in which clients write a moment, and the one form in which it is kept: UTC (tracker.md §3.3, R-23)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)

# No moment before the year 5138 has this many seconds, and none after 1973 fewer milliseconds.
_MILLISECONDS_FROM = 100_000_000_000
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_LEAP_SECOND = re.compile(r"(?<=:\d\d:)60(?=\D|$)", re.ASCII)
_DATE_AHEAD = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_time(written: str | float) -> datetime | None:
    """Read a moment as clients write it; None when it cannot be read.

    Accepts ISO 8601 with `T` or a space, with or without a fraction and an offset (none means UTC), a date alone
    (midnight), and seconds or milliseconds since 1970 as a number or as text. A leap second counts as the next one.
    Digits alone are always a number, so a date needs its hyphens.
    """
    if isinstance(written, bool):
        return None
    if isinstance(written, int | float):
        return _from_number(written)
    if _DATE_AHEAD.match(written):
        moment = _from_plain_iso(written)
        if moment is not None:
            return moment
    written = written.strip().upper()  # RFC 3339 takes `t` and `z`, too
    if _NUMBER.fullmatch(written):
        return _from_number(float(written))
    if not _DATE_AHEAD.match(written):
        return None
    return _from_iso(written)


def is_possible(moment: datetime) -> bool:
    """Whether a client's time lies in the years that events can have happened in."""
    return EARLIEST <= moment < LATEST


def _from_number(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return EARLIEST + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def _from_plain_iso(text: str) -> datetime | None:
    """A moment as almost all clients write it; None where more care is needed."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is UTC else None


def _from_iso(text: str) -> datetime | None:
    leap = _LEAP_SECOND.search(text)
    if leap:
        text = f"{text[: leap.start()]}59{text[leap.end() :]}"
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment + SECOND if leap else moment
    except (ValueError, OverflowError):
        return None
