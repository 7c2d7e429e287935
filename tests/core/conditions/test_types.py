"""What can be compared with what, and what is known of our own records."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from sojourn.core.conditions.errors import NOWHERE, ConditionError
from sojourn.core.conditions.fields import Default, FieldTypes, Kind, KnownField, field_types
from sojourn.core.conditions.limits import ConditionLimits
from sojourn.core.conditions.nodes import And, Compare, Condition, Field, Moment, Not, Now, Number, Operator, Root, Text
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from sojourn.core.conditions.writing import written
from sojourn.core.events import Event
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session

RECORDS = field_types(event=Event, profile=Profile, session=Session)


def checked(text: str, fields: FieldTypes = RECORDS) -> str:
    """A condition as the check leaves it."""
    return written(check(parse(text), fields).condition)


@pytest.mark.parametrize(
    ("text", "as_checked"),
    [
        (
            'profile.metadata.time.insert > "2026-01-01"',
            'datetime(profile.metadata.time.insert) > datetime("2026-01-01")',
        ),
        (
            'profile.metadata.time.insert between "2026-01-01" and now',
            'datetime(profile.metadata.time.insert) between datetime("2026-01-01") and now',
        ),
        (
            'profile.metadata.time.insert in ["2026-01-01"]',
            'datetime(profile.metadata.time.insert) in [datetime("2026-01-01")]',
        ),
        (
            "event.metadata.time.insert < session.metadata.time.insert",
            "datetime(event.metadata.time.insert) < datetime(session.metadata.time.insert)",
        ),
        ("event.properties.when > now - 7d", "datetime(event.properties.when) > now - 7d"),
        ("now < event.properties.when", "now < datetime(event.properties.when)"),
        (
            "datetime(event.properties.when) = event.properties.then",
            "datetime(event.properties.when) = datetime(event.properties.then)",
        ),
        ('event.properties.when > "2026-01-01"', 'event.properties.when > "2026-01-01"'),
        ("profile.metadata.time.insert exists", "profile.metadata.time.insert exists"),
    ],
)
def test_what_is_known_to_be_a_moment_is_compared_as_one(text: str, as_checked: str) -> None:
    assert checked(text) == as_checked
    assert checked(as_checked) == as_checked


@pytest.mark.parametrize(
    "text",
    [
        'event.properties.a = 1 and event.properties.a = "x" and event.properties.a = true',
        "event.properties.a < event.properties.b",
        "profile.active = true and not profile.active != false",
        'profile.segments contains "vip" and "vip" in profile.segments',
        "profile.segments contains event.properties.segment",
        "5 in event.properties.list and true not in event.properties.list",
        'event.type in ["a", "b"] and event.type contains "x"',
        'event.type starts with "x" and "event-x" ends with event.properties.suffix',
        "event.type < event.name",
        'profile.data.contact.email.main matches "@example[.]com$"',
        "profile.traits is empty and profile.metadata.time.visit exists",
        'now > "2026-01-01"',
        '1 = 1 and "a" < "b"',
        "profile.segments.0 = 'vip'",
        "profile.interests.sports > 5",
        "session.metadata.time.duration >= 2.5",
    ],
)
def test_what_can_be_compared_passes_as_it_is_or_as_moments(text: str) -> None:
    assert checked(checked(text)) == checked(text)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("profile.active = 5", 18, "This is a number, and is compared with true or false."),
        ('profile.active = "true"', 18, "only what stands in quotes is a text"),
        ("profile.id = 5", 14, "a number, and is compared with a text"),
        ("5 = profile.id", 5, "a text, and is compared with a number"),
        ('1 = "1"', 5, "a text, and is compared with a number"),
        ("profile.active < true", 1, "This is true or false."),
        ("event.a < true", 11, "`<` takes a text, a number, a moment"),
        ("event.a between true and false", 17, "This is true or false."),
        ('event.a between 1 and "2"', 23, "a text, and is compared with a number"),
        ("event.a = [1, 2]", 11, "write `in`"),
        ("event.a != [1, 2]", 12, "write `not in`"),
        ("profile.segments = 'vip'", 1, "`contains`"),
        ("profile.traits = 'x'", 1, "a group of fields"),
        ("['a'] contains event.a", 1, "to the right of `in`"),
        ("event.a in 'vip'", 12, "write `contains`"),
        ("event.a in 5", 12, "`in` takes a list"),
        ("event.a in event.type", 12, "This is a text."),
        ("event.a in [1, 'x']", 16, "a text, and is compared with a number"),
        ("profile.active in [1]", 20, "a number, and is compared with true or false"),
        ("profile.segments in ['vip']", 1, "This is a list."),
        ("now in event.properties.list", 1, "This is a moment."),
        ("profile.metadata.time.insert in event.properties.list", 1, "This is a moment."),
        ("event.type contains 5", 21, "This is a number."),
        ("profile.active contains 'x'", 1, "This is true or false."),
        ("profile.segments contains now", 27, "This is a moment."),
        ("event.a starts with 5", 21, "This is a number."),
        ("profile.active ends with 'x'", 1, "This is true or false."),
        ("profile.metadata.time.insert starts with '2026'", 1, "This is a moment."),
        ("event.a matches event.b", 17, "in quotes"),
        ("event.a matches '(a'", 17, "RE2 cannot read it: missing )"),
        (r"event.a matches '(a)\\1'", 17, "RE2 cannot read it: invalid escape sequence"),
        ("event.a matches '(?=a)'", 17, "RE2 cannot read it"),
        ("event.a matches '(?P<name>a)'", 17, "names a group"),
        ("event.a matches '(?<name>a)'", 17, "names a group"),
        ("event.a matches '.{400}'", 17, "1500 are the most"),
        ("profile.metadata.time.insert > 5", 32, "compared with a moment"),
        ("profile.metadata.time.insert > 'soon'", 32, "2026-01-31"),
        ("event.a > now and true = now", 19, "compared with a moment"),
        ("datetime(profile.active) > now", 10, "This is true or false."),
        ("profile.id.value = 'x'", 1, "`profile.id` is a text, with no fields below it."),
        ("profile.metadata.time.insert.year = 5", 1, "`profile.metadata.time.insert` is a moment"),
        ("event.a = 9007199254740992", 11, "send and compare it as a text"),
        ("event.a = -9007199254740992", 11, "A number is at most"),
        ("event.a = 1e400", 11, "A number is at most"),
        ("event.a = " + "9" * 5_000, 11, "A number is at most"),
        ('event."" = 1', 1, "A key cannot be empty"),
        ("event.'a\nb' = 1", 1, "control characters"),
        ("event" + ".a" * 33 + " exists", 1, "at most 32 parts"),
    ],
)
def test_what_can_never_be_compared_is_refused_at_its_place(text: str, column: int, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        checked(text)
    assert refused.value.place.column == column, str(refused.value)
    assert said in str(refused.value)


def test_only_the_documents_at_hand_can_be_asked() -> None:
    of_profiles = field_types(profile=Profile)
    assert checked("profile.active = true", of_profiles)
    with pytest.raises(ConditionError, match=r"line 1, column 27: There is no event to ask here\. There is profile\."):
        checked("profile.active = true and event.type = 'x'", of_profiles)


def test_the_number_of_parts_is_bounded() -> None:
    assert checked(f"event.a in [{', '.join('1' for _ in range(997))}]")
    with pytest.raises(ConditionError, match="at most 1000 parts"):
        checked(f"event.a in [{', '.join('1' for _ in range(998))}]")


A = Compare(Field("event", ("a",)), Operator.EQUAL, Number(1))


def nested(levels: int) -> Condition:
    """A tree that no text could make, if it is deep."""
    condition: Condition = A
    for _ in range(levels):
        condition = Not(condition)
    return condition


def alternating(levels: int) -> Condition:
    """Groups and negations in turn, each of which is written in parentheses of its own."""
    condition: Condition = A
    for _ in range(levels):
        condition = Not(And((A, condition)))
    return condition


def test_the_deepest_tree_that_passes_can_be_written_and_read() -> None:
    deepest = check(alternating(16)).condition
    assert parse(written(deepest)) == deepest


@pytest.mark.parametrize(
    "condition",
    [
        nested(33),
        nested(500),
        alternating(17),
        Compare(Field("event", ("a", -1)), Operator.EQUAL, Number(1)),
        Compare(Field("event", ("a", 10**9)), Operator.EQUAL, Number(1)),
        Compare(Field("event", ("a",)), Operator.EQUAL, Number(2**53)),
        Compare(Field("event", ("a",)), Operator.EQUAL, Number(float("nan"))),
        Compare(Field("event", ("a",)), Operator.MATCHES, Text("(")),
        Compare(Field("event", ("a",)), Operator.MORE, Now(10**15)),
        Compare(Field("event", ("a",)), Operator.MORE, Moment(datetime(1, 1, 1, tzinfo=UTC))),
    ],
)
def test_a_tree_that_was_not_read_from_a_text_keeps_to_the_same_bounds(condition: Condition) -> None:
    with pytest.raises(ConditionError) as refused:
        check(condition)
    assert refused.value.place.line == NOWHERE.line
    assert not str(refused.value).startswith("line")


def test_the_bounds_are_an_argument() -> None:
    with pytest.raises(ConditionError, match="at most 5 parts"):
        check(And((A, A)), limits=ConditionLimits(nodes_max=5))


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("profile.id", KnownField(Kind.TEXT)),
        ("profile.primary_id", KnownField(Kind.TEXT)),
        ("profile.ids", KnownField(Kind.LIST)),
        ("profile.active", KnownField(Kind.BOOLEAN, Default(value=True))),
        ("profile.segments", KnownField(Kind.LIST, Default(()))),
        ("profile.traits", KnownField(Kind.OBJECT, Default({}))),
        ("profile.metadata.time.insert", KnownField(Kind.MOMENT)),
        ("profile.metadata.time.update", KnownField(Kind.MOMENT)),
        ("profile.metadata.time.visit.count", KnownField(Kind.NUMBER, Default(0, ("metadata", "time")))),
        ("profile.metadata.time.visit.last", KnownField(Kind.MOMENT)),
        ("event.metadata.status", KnownField(Kind.TEXT, Default("collected", ("metadata",)))),
        ("event.session.status", KnownField(Kind.TEXT, Default("active", ("session",)))),
        ("event.session.start", KnownField(Kind.MOMENT)),
        ("event.properties", KnownField(Kind.OBJECT, Default({}))),
        ("event.properties.price", KnownField(Kind.ANY)),
        ("event.nothing.of.the.kind", KnownField(Kind.ANY)),
    ],
)
def test_what_is_known_of_fields_is_what_their_records_declare(path: str, known: KnownField) -> None:
    root, *keys = path.split(".")
    assert RECORDS.of(Field(msgspec.convert(root, Root), tuple(keys))) == known


class Inner(msgspec.Struct, frozen=True):
    count: int = 1
    name: str = "x"


class Outer(msgspec.Struct, frozen=True):
    given: Inner = Inner(count=5)
    fresh: list[str] = msgspec.field(default_factory=list, name="re-named")
    either: int | str = 0


def test_a_record_that_is_left_out_has_the_parts_of_its_default() -> None:
    known = field_types(event=Outer)
    assert known.of(Field("event", ("given", "count"))) == KnownField(Kind.NUMBER, Default(5))
    assert known.of(Field("event", ("given", "name"))) == KnownField(Kind.TEXT, Default("x"))
    assert known.of(Field("event", ("re-named",))) == KnownField(Kind.LIST, Default([]))
    assert known.of(Field("event", ("either",))) == KnownField(Kind.ANY, Default(0))


def test_a_pattern_is_no_longer_than_a_text() -> None:
    with pytest.raises(ConditionError, match="A text has at most 10000 characters"):
        check(Compare(Field("event", ("a",)), Operator.MATCHES, Text("x" * 10_001)))
