"""A tree survives being written down, as text and as JSON."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from sojourn.core.conditions.nodes import Condition
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.writing import written
from tests.core.conditions.strategies import conditions


@given(conditions())
def test_what_is_written_reads_as_the_same_tree(condition: Condition) -> None:
    assert parse(written(condition)) == condition


@given(conditions())
def test_json_gives_the_same_tree(condition: Condition) -> None:
    assert msgspec.json.decode(msgspec.json.encode(condition), type=Condition) == condition


@given(conditions())
def test_places_go_through_json_too(condition: Condition) -> None:
    read = parse(written(condition))
    again = msgspec.json.decode(msgspec.json.encode(read), type=Condition)
    assert msgspec.json.encode(again) == msgspec.json.encode(read)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("event@a == 1 AND NOT event@b <> 'x'", 'event.a = 1 and not event.b != "x"'),
        ('event@p["a b"].0."0"', 'event.p."a b".0."0"'),
        ("event.a > NOW() - 2w", "event.a > now - 14d"),
        ("event.a > now + 90m", "event.a > now + 90m"),
        ('event.a > datetime("2026-01-01T00:00:00Z")', 'event.a > datetime("2026-01-01")'),
        ('event.a > datetime("2026-01-01 10:00")', 'event.a > datetime("2026-01-01T10:00:00Z")'),
        ("event.a = null", "event.a not exists"),
        ("(event.a = 1 or (event.b = 2)) and event.c = -1", "(event.a = 1 or event.b = 2) and event.c = -1"),
    ],
)
def test_there_is_one_way_to_write_a_condition(text: str, canonical: str) -> None:
    suffix = " exists" if text.endswith('"0"') else ""
    assert written(parse(text + suffix)) == canonical + suffix


def test_the_json_of_a_condition_is_what_a_program_would_build() -> None:
    condition = parse('not event.price in [1, 2] or profile.segments contains "vip"')
    assert msgspec.json.decode(msgspec.json.encode(condition)) == {
        "node": "or",
        "conditions": [
            {
                "node": "not",
                "condition": {
                    "node": "compare",
                    "left": {"node": "field", "root": "event", "path": ["price"], "place": [1, 5]},
                    "operator": "in",
                    "right": {
                        "node": "list",
                        "items": [
                            {"node": "number", "value": 1, "place": [1, 21]},
                            {"node": "number", "value": 2, "place": [1, 24]},
                        ],
                        "place": [1, 20],
                    },
                    "place": [1, 5],
                },
                "place": [1, 1],
            },
            {
                "node": "compare",
                "left": {"node": "field", "root": "profile", "path": ["segments"], "place": [1, 30]},
                "operator": "contains",
                "right": {"node": "text", "value": "vip", "place": [1, 56]},
                "place": [1, 30],
            },
        ],
        "place": [1, 1],
    }


@pytest.mark.parametrize(
    "document",
    [
        {"node": "and", "conditions": []},
        {"node": "exec", "text": "1"},
        {"node": "has", "field": {"node": "field", "root": "user", "path": ["a"]}, "presence": "exists"},
        {"node": "has", "field": {"node": "field", "root": "event", "path": []}, "presence": "exists"},
        {"node": "has", "field": {"node": "field", "root": "event", "path": ["a"]}, "presence": "exists", "more": 1},
    ],
)
def test_json_that_is_no_tree_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, Condition)
