"""Moments as texts tell them: ISO 8601 in the one shape that every back end reads alike.

A date, or a date and a time to the minute or finer, with `Z` or an offset; without one it is UTC. What is finer than a
microsecond is cut off. Clients may write times in more ways (`core.times`); kept documents have them in this shape.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sojourn.core.times import EARLIEST, MICROSECOND

# In words that Python, RE2 and the templates of `dialects` all read alike, which is why nothing is counted in braces.
_TWO = "[0-9][0-9]"
_HOUR = "([01][0-9]|2[0-3])"
_MINUTE = "[0-5][0-9]"
_FRACTION = f"[.][0-9]{'[0-9]?' * 8}"
DATE = f"[1-9][0-9]{_TWO}-{_TWO}-{_TWO}"
DATE_AND_TIME = f"{DATE}[T ]{_HOUR}:{_MINUTE}(:{_MINUTE}({_FRACTION})?)?"
ZONE = f"(Z|[+-]{_HOUR}:{_MINUTE})"

UNITS_S = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
"""Seconds of the units of time, the longest first."""

_SHAPE = re.compile(f"{DATE}|{DATE_AND_TIME}{ZONE}?")


class Duration(NamedTuple):
    """A length of time in one unit."""

    amount: int
    unit: str


def duration_of(seconds: int) -> Duration:
    """Seconds, more than none, in the largest unit up to days that they fill; people seldom think in weeks."""
    units = ((unit, length_s) for unit, length_s in UNITS_S.items() if unit != "w")
    return next(Duration(seconds // length_s, unit) for unit, length_s in units if seconds % length_s == 0)


def moment_of(text: str) -> datetime | None:
    """The moment that a text tells; None when it is not written as one, or when there is no such day."""
    if not _SHAPE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_text(moment: datetime) -> str:
    """A moment as `moment_of` reads it: a date alone where it is the midnight at which a day begins in UTC."""
    if moment.utcoffset() == timedelta() and moment.time() == datetime.min.time():
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - EARLIEST) // MICROSECOND


def moment_us(text: object) -> int | None:
    """The moment that a text tells, in microseconds since 1970; None for everything else."""
    moment = moment_of(text) if isinstance(text, str) else None
    return None if moment is None else microseconds(moment)
