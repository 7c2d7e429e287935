"""How a condition is told to people."""

from __future__ import annotations

import pytest

from sojourn.core.conditions.fields import field_types
from sojourn.core.conditions.sentence import sentence
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from sojourn.core.profiles import Profile


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("event.properties.price >= 100", "The event's properties.price is at least 100."),
        (
            "event.properties.price < profile.traits.limit",
            "The event's properties.price is less than the profile's traits.limit.",
        ),
        ('event.type = "order"', 'The event\'s type is "order".'),
        ('event.type != "order"', 'The event\'s type is other than "order".'),
        ("event.a > 1 and event.a <= 2", "The event's a is more than 1 and the event's a is at most 2."),
        (
            "event.a = 1 and (event.b = true or not session.c = 2)",
            "The event's a is 1 and (the event's b is true or it is not so that the session's c is 2).",
        ),
        (
            "not (event.a = 1 and event.b = 2)",
            "It is not so that (the event's a is 1 and the event's b is 2).",
        ),
        (
            "event.a = 1 or event.b = 2 and event.c = 3",
            "The event's a is 1 or the event's b is 2 and the event's c is 3.",
        ),
        ("event.a between 1 and 5", "The event's a lies between 1 and 5, both included."),
        ('event.a in ["x", "y", "z"]', 'The event\'s a is one of "x", "y" or "z".'),
        ("event.a not in [1]", "The event's a is none of 1."),
        ('"vip" in profile.segments', '"vip" is one of the profile\'s segments.'),
        ('profile.segments contains "vip"', 'The profile\'s segments contains "vip".'),
        ('event.a starts with "x"', 'The event\'s a starts with "x".'),
        ('event.a ends with "x"', 'The event\'s a ends with "x".'),
        ('event.a matches "^x"', 'The event\'s a matches the pattern "^x".'),
        ("event.a exists", "The event's a has a value."),
        ("event.a is null", "The event's a has no value."),
        ("event.a is empty", "The event's a is empty."),
        ("event.a not empty", "The event's a is not empty."),
        ("event.a > now - 7d", "The event's a is later than 7 days ago."),
        ("event.a >= now - 36h", "The event's a is not earlier than 36 hours ago."),
        ("event.a < now + 1d", "The event's a is earlier than 1 day from now."),
        ("event.a <= now", "The event's a is not later than now."),
        ('event.a = datetime("2026-01-01")', "The event's a is 2026-01-01."),
        (
            'profile.metadata.time.insert > "2026-01-01T10:00:00Z"',
            "The profile's metadata.time.insert is later than 2026-01-01T10:00:00Z.",
        ),
        ('event.properties."Ship To".0 = "x"', 'The event\'s properties."Ship To".0 is "x".'),
    ],
)
def test_a_condition_is_told_as_a_sentence(text: str, told: str) -> None:
    fields = field_types(event=Profile, profile=Profile, session=Profile)
    assert sentence(check(parse(text), fields).condition) == told
