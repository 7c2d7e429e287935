"""What a text means, as a tree; and what it cannot mean, with the place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.conditions.errors import ConditionError, Place
from sojourn.core.conditions.nodes import (
    And,
    Between,
    Boolean,
    Compare,
    Condition,
    Field,
    Has,
    List,
    Moment,
    MomentOf,
    Not,
    Now,
    Number,
    Operator,
    Or,
    Presence,
    Text,
    walk,
)
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.writing import written

A, B, C = (Compare(Field("event", (key,)), Operator.EQUAL, Number(1)) for key in "abc")
PRICE = Field("event", ("properties", "price"))
DAY = 86_400
FRAGMENTS = (
    "event.a", "profile@b", "event.a[0]", "(", ")", "[", "]", ",", "and", "or", "not", "=", "<", "in", "is", "null",
    "empty", "exists", "between", "contains", "starts", "with", "matches", "'x'", '"', "5", "-", "7d", "now",
    "now.offset", "datetime", "'2026-01-01'", "true", "\n",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("event.a=1", A),
        ("event.a = 1 and event.b = 1 or event.c = 1", Or((And((A, B)), C))),
        ("event.a = 1 or event.b = 1 and event.c = 1", Or((A, And((B, C))))),
        ("(event.a = 1 or event.b = 1) and event.c = 1", And((Or((A, B)), C))),
        ("event.a = 1 and event.b = 1 and event.c = 1", And((A, B, C))),
        ("event.a = 1 and (event.b = 1 and event.c = 1)", And((A, And((B, C))))),
        ("not event.a = 1 and event.b = 1", And((Not(A), B))),
        ("not (event.a = 1 and event.b = 1)", Not(And((A, B)))),
        ("not not event.a = 1", Not(Not(A))),
        ("NOT event.a = 1 Or event.b = 1", Or((Not(A), B))),
        ("((event.a = 1))", A),
        ("event.a\n  =\t1", A),
    ],
)
def test_conditions_are_joined_as_logic_has_it(text: str, tree: Condition) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("event@properties.price", PRICE),
        ("event.properties.price", PRICE),
        ("profile@data.contact.email.main", Field("profile", ("data", "contact", "email", "main"))),
        ("session@context.utm.source", Field("session", ("context", "utm", "source"))),
        ("event@type", Field("event", ("type",))),
        ('event@properties."a.b"', Field("event", ("properties", "a.b"))),
        ("event@properties.'a.b'.c", Field("event", ("properties", "a.b", "c"))),
        ('event@properties["Ship To"]', Field("event", ("properties", "Ship To"))),
        ('event."properties".price', PRICE),
        ("event.properties.items.0.sku", Field("event", ("properties", "items", 0, "sku"))),
        ("event.properties.items[12].sku", Field("event", ("properties", "items", 12, "sku"))),
        ('event.properties."0"', Field("event", ("properties", "0"))),
        ("event.properties.1234567", Field("event", ("properties", "1234567"))),
        ("event.properties.007", Field("event", ("properties", "007"))),
        ("event.properties.item-count", Field("event", ("properties", "item-count"))),
        ("event.properties.$set", Field("event", ("properties", "$set"))),
        ("event.properties.größe", Field("event", ("properties", "größe"))),
        (r'event."say \"hi\" \\ C:\dir"', Field("event", (r'say "hi" \ C:\dir',))),
    ],
)
def test_a_field_is_a_document_and_a_path(text: str, field: Field) -> None:
    assert parse(f"{text} exists") == Has(field, Presence.EXISTS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"vip"', Text("vip")),
        ("'vip'", Text("vip")),
        ("""'say "hi"'""", Text('say "hi"')),
        (r"""'it\'s \\ and \d'""", Text(r"it's \ and \d")),
        ('""', Text("")),
        ("5", Number(5)),
        ("-5", Number(-5)),
        ("2.5", Number(2.5)),
        ("1e3", Number(1000.0)),
        ("1.5E-3", Number(0.0015)),
        ("true", Boolean(value=True)),
        ("FALSE", Boolean(value=False)),
        ('datetime("2026-01-01")', Moment(datetime(2026, 1, 1, tzinfo=UTC))),
        ("datetime('2026-01-01 10:30')", Moment(datetime(2026, 1, 1, 10, 30, tzinfo=UTC))),
        ('DateTime("2026-01-01T10:30:00.5+02:00")', Moment(datetime(2026, 1, 1, 8, 30, 0, 500_000, tzinfo=UTC))),
        ("datetime(profile@data.birthday)", MomentOf(Field("profile", ("data", "birthday")))),
        ("now", Now()),
        ("now()", Now()),
        ("utcnow()", Now()),
        ("now - 7d", Now(-7 * DAY)),
        ("now-7d", Now(-7 * DAY)),
        ("now + 90m", Now(5_400)),
        ("NOW() - 2w", Now(-14 * DAY)),
        ("now - 30s", Now(-30)),
        ("now + 1h", Now(3_600)),
        ('now.offset("-15m")', Now(-900)),
        ("now.offset('+1d')", Now(DAY)),
        ("event.properties.price", PRICE),
    ],
)
def test_either_side_takes_every_kind_of_value(text: str, value: Text) -> None:
    assert parse(f"event.a < {text}") == Compare(Field("event", ("a",)), Operator.LESS, value)
    assert parse(f"{text} < event.a") == Compare(value, Operator.LESS, Field("event", ("a",)))


def test_a_number_without_a_fraction_stays_whole() -> None:
    assert written(parse("event.a = 5 or event.a = 5.0")) == "event.a = 5 or event.a = 5.0"


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("=", Operator.EQUAL),
        ("==", Operator.EQUAL),
        ("!=", Operator.UNEQUAL),
        ("<>", Operator.UNEQUAL),
        ("<", Operator.LESS),
        ("<=", Operator.AT_MOST),
        (">", Operator.MORE),
        (">=", Operator.AT_LEAST),
        ("contains", Operator.CONTAINS),
        ("CONTAINS", Operator.CONTAINS),
        ("starts with", Operator.STARTS_WITH),
        ("Starts  With", Operator.STARTS_WITH),
        ("ends with", Operator.ENDS_WITH),
        ("matches", Operator.MATCHES),
        ("in", Operator.IN),
        ("not in", Operator.NOT_IN),
    ],
)
def test_every_operator_has_its_spellings(text: str, operator: Operator) -> None:
    assert parse(f"event.a {text} 'x'") == Compare(Field("event", ("a",)), operator, Text("x"))


@pytest.mark.parametrize(
    ("text", "presence"),
    [
        ("exists", Presence.EXISTS),
        ("not exists", Presence.NOT_EXISTS),
        ("is null", Presence.NOT_EXISTS),
        ("is not null", Presence.EXISTS),
        ("= null", Presence.NOT_EXISTS),
        ("!= NULL", Presence.EXISTS),
        ("is empty", Presence.EMPTY),
        ("is not empty", Presence.NOT_EMPTY),
        ("empty", Presence.EMPTY),
        ("NOT EMPTY", Presence.NOT_EMPTY),
    ],
)
def test_a_field_alone_can_be_asked_for(text: str, presence: Presence) -> None:
    assert parse(f"event.a {text}") == Has(Field("event", ("a",)), presence)


def test_between_takes_its_own_and() -> None:
    between = Between(PRICE, Number(1), Number(5))
    assert parse("event.properties.price between 1 and 5 and event.a = 1") == And((between, A))


def test_a_list_holds_values() -> None:
    choice = Compare(PRICE, Operator.IN, List((Number(1), Number(-2.5), Number(3))))
    assert parse("event.properties.price in [1, -2.5,3]") == choice


@pytest.mark.parametrize(
    ("tracardi", "ours"),
    [
        (
            'event@properties.total >= 100 AND profile@segments CONTAINS "vip"',
            'event.properties.total >= 100 and profile.segments contains "vip"',
        ),
        (
            '(session@app.name = "Firefox" OR session@app.name = "Safari") AND event@type = "checkout-started"',
            '(session.app.name = "Firefox" or session.app.name = "Safari") and event.type = "checkout-started"',
        ),
        (
            'datetime(profile@metadata.time.visit.last) < now.offset("-30d")',
            "datetime(profile.metadata.time.visit.last) < now - 30d",
        ),
        ("event@properties.total BETWEEN 1 AND 5", "event.properties.total between 1 and 5"),
        (
            'event@properties.when BETWEEN datetime("2026-01-01") AND now()',
            'event.properties.when between datetime("2026-01-01") and now',
        ),
        (
            "profile@traits.a IS NULL OR profile@traits.b IS NOT NULL",
            "profile.traits.a not exists or profile.traits.b exists",
        ),
        (
            "profile@traits.a EXISTS OR profile@traits.b NOT EXISTS",
            "profile.traits.a exists or profile.traits.b not exists",
        ),
        (
            "profile@traits.a EMPTY OR profile@traits.b NOT EMPTY",
            "profile.traits.a is empty or profile.traits.b is not empty",
        ),
        ('profile@traits.a STARTS WITH "x"', 'profile.traits.a starts with "x"'),
        ('profile@traits.a ENDS WITH "y"', 'profile.traits.a ends with "y"'),
        ("profile@traits.a == 1 OR profile@traits.a != 2", "profile.traits.a = 1 or profile.traits.a != 2"),
        (
            "profile@traits.a = TRUE OR profile@traits.a = NULL",
            "profile.traits.a = true or profile.traits.a not exists",
        ),
        ("event@properties.total > profile@traits.limit", "event.properties.total > profile.traits.limit"),
        ('event@properties["Ship To"] = "home"', 'event.properties."Ship To" = "home"'),
        ("utcnow() > event@metadata.time.insert", "now > event.metadata.time.insert"),
    ],
)
def test_what_tracardi_documents_is_read_as_ours(tracardi: str, ours: str) -> None:
    assert written(parse(tracardi)) == ours


def test_every_node_knows_its_place() -> None:
    tree = parse("event.a = 1 and\n  profile.b in ['x',\n    'y']")
    assert [str(node.place) for node in walk(tree)] == [
        "line 1, column 1",
        "line 1, column 1",
        "line 1, column 1",
        "line 1, column 11",
        "line 2, column 3",
        "line 2, column 3",
        "line 2, column 16",
        "line 2, column 17",
        "line 3, column 5",
    ]


def test_trees_that_say_the_same_are_one_wherever_they_stand() -> None:
    assert len({parse("event.a = 1"), parse("\n  event@a == 1"), parse("event.a = 2")}) == 2


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("   ", 1, 4),
        ("event.a", 1, 8),
        ("event.a =", 1, 10),
        ("event.a = 1 event.b = 2", 1, 13),
        ("event.a = 1 and", 1, 16),
        ("and event.a = 1", 1, 1),
        ("event.a = 1 && event.b = 2", 1, 13),
        ("(event.a = 1", 1, 13),
        ("event.a = 1)", 1, 12),
        ("not", 1, 4),
        ("()", 1, 2),
        ("event.a = 'x", 1, 11),
        ('event.a\n= "x', 2, 3),
        ("event.a = x", 1, 11),
        ("user.a = 1", 1, 1),
        ("user@a = 1", 1, 1),
        ("Event.a = 1", 1, 1),
        ("event = 1", 1, 1),
        ("event. = 1", 1, 1),
        ("event@... exists", 1, 1),
        ("event.a. = 1", 1, 8),
        ("event.a[-1] = 1", 1, 8),
        ("event.a => 1", 1, 9),
        ("event.a =< 1", 1, 9),
        ("event.a consist 'x'", 1, 9),
        ("event.a is 5", 1, 9),
        ("event.a not contains 'x'", 1, 9),
        ("event.a starts 'x'", 1, 9),
        ("event.a between 1", 1, 18),
        ("event.a between 1 or 2", 1, 19),
        ("event.a between [1] and 2", 1, 17),
        ("event.a in []", 1, 13),
        ("event.a in [1,]", 1, 15),
        ("event.a in [1 2]", 1, 15),
        ("event.a in [1, [2]]", 1, 16),
        ("event.a in [event.b]", 1, 13),
        ("event.a in [1, null]", 1, 16),
        ("event.a < null", 1, 11),
        ("null = event.a", 1, 1),
        ("5 exists", 1, 1),
        ("event.a = 1x", 1, 11),
        ("event.a = - 'x'", 1, 13),
        ("event.a > now - 7", 1, 17),
        ("event.a > now - 7y", 1, 17),
        ("event.a > now - d", 1, 17),
        ("event.a > now - 99999w", 1, 17),
        ('event.a > now("Europe/Warsaw")', 1, 15),
        ('event.a > now.offset("yesterday")', 1, 22),
        ('event.a > now.offset("--7d")', 1, 22),
        ("event.a > datetime('soon')", 1, 20),
        ("event.a > datetime('2026-02-30')", 1, 20),
        ("event.a > datetime(5)", 1, 20),
        ('event.a > datetime("2026-01-01"', 1, 32),
        ("lowercase(event.a) = 'x'", 1, 1),
        ("event.a = `5`", 1, 11),
        ("event.a = 1; drop table profile", 1, 12),
        ("event.a = 1 -- x", 1, 13),
        ("); ATTACH 'x'", 1, 1),
        ("read_csv('/etc/passwd')", 1, 1),
        ("__import__('os')", 1, 1),
        ("event.a = '\ud800'", 1, 12),
        ("event.a = 1\n\n  #", 3, 3),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text)
    place: Place = refused.value.place
    assert (place.line, place.column) == (line, column), str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("event.a => 1", "line 1, column 9: `=>` is no operator. Write `>=`."),
        ("event.a is 5", "Equality is written `=`."),
        ("event.a = vip", "A text needs quotes"),
        ("event@... exists", "Say which field of it, like `event.id`."),
        ("event.a < null", "Write `is null` or `is not null`."),
        ("user.a = 1", "There is no `user`. Fields begin with event, profile, session"),
        ("lowercase(event.a) = 'x'", "(?i)"),
        ("event.a = 'x", "never ends"),
    ],
)
def test_a_refusal_says_what_to_write_instead(text: str, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(" * 5_000 + "event.a = 1" + ")" * 4_000, 33),
        ("not " * 2_000 + "event.a = 1", 129),
        ("event.a in " + "[" * 9_000, 13),
        ("event.a = " + "-" * 9_000, 12),
        ("(" * 10_000, 33),
    ],
)
def test_depth_is_bounded_while_it_is_read(text: str, column: int) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text)
    assert refused.value.place.column == column


@pytest.mark.parametrize("text", ["event.a = '" + "x" * 2**20 + "'", "(" * 2**20, "event.a = 1 or " * 70_000])
def test_a_long_text_is_refused_before_it_is_looked_at(text: str) -> None:
    with pytest.raises(ConditionError, match="at most 10000 characters"):
        parse(text)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=12).map(" ".join))
def test_whatever_is_written_is_read_or_refused_at_a_place_of_the_text(text: str) -> None:
    try:
        condition = parse(text)
    except ConditionError as refused:
        place = refused.place
    else:
        place = condition.place
        assert parse(written(condition)) == condition
    lines = text.split("\n")
    assert 1 <= place.column <= len(lines[place.line - 1]) + 1


def test_what_is_just_within_the_bounds_is_read() -> None:
    assert parse("(" * 32 + "event.a = 1" + ")" * 32) == A
    assert parse("event.a = 1" + " " * (10_000 - 11)) == A
