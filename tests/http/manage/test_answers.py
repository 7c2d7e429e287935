"""An answer shows every field of a record, and says nothing else than the record."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from sojourn.core.changes import TraceNote
from sojourn.core.sources import Source
from sojourn.http.manage.answers import document
from sojourn.http.manage.sources import SourceAnswer
from sojourn.ports.records import Page
from sojourn.testing.builders import (
    a_profile,
    a_quarantined,
    a_redirect,
    a_session,
    a_source,
    an_api_key,
    an_edge,
    an_event,
)

RECORDS = (
    a_profile(),
    a_session(),
    a_source(),
    a_redirect(properties={"a": {"b": [1, None]}}),
    an_api_key(),
    an_edge(),
    an_event(properties={"a": {"b": [1, None]}}),
    a_quarantined(),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_what_is_shown_reads_back_as_the_record(record: msgspec.Struct) -> None:
    shown = msgspec.json.encode(document(record))
    assert msgspec.json.decode(shown, type=type(record)) == record


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_field_stands_at_every_depth(record: msgspec.Struct) -> None:
    def check(value: object, shown: Any) -> None:
        if isinstance(value, msgspec.Struct):
            assert set(shown) == set(value.__struct_fields__)
            for name in value.__struct_fields__:
                check(getattr(value, name), shown[name])

    check(record, msgspec.json.decode(msgspec.json.encode(document(record))))


def test_a_record_that_is_kept_as_a_list_is_shown_with_names() -> None:
    assert document(TraceNote("identify", "new")) == {"step": "identify", "code": "new", "detail": ""}


def test_records_in_generic_lists_are_shown_whole() -> None:
    assert document(Page(items=(a_source(),))) == {"items": [document(a_source())], "next": None}


def test_what_is_unset_is_left_out() -> None:
    shown = document(SourceAnswer(id="web", name="Web"))
    assert isinstance(shown, dict)
    assert set(shown) == set(Source.__struct_fields__)


def test_moments_are_told_in_utc() -> None:
    assert msgspec.json.encode(document(an_edge())).count(b'Z"') == 1
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(0)))
    assert msgspec.json.encode(document(an_edge(at=moment))).count(b'"2026-01-01T00:00:00Z"') == 1
