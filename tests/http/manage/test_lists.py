"""Cursors bring a client back to its place; bodies are merged as RFC 7396 says; paths have one spelling."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.sources import Source
from sojourn.http.manage.bodies import merged
from sojourn.http.manage.lists import cursor_of, listing_by_id, place_of
from sojourn.http.manage.paths import routable_path
from sojourn.http.problems import Declined
from sojourn.ports.records import After

MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  Hypothesis adds the zone.
TEXTS = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(MOMENTS, TEXTS, TEXTS)
def test_a_cursor_leads_back_to_its_place(moment: datetime, thing_id: str, source: str) -> None:
    place = After(moment, thing_id, source)
    assert place_of(cursor_of(place)) == place


@given(MOMENTS, TEXTS)
def test_a_cursor_needs_no_encoding_in_a_url(moment: datetime, thing_id: str) -> None:
    cursor = cursor_of(After(moment, thing_id))
    assert quote(cursor, safe="") == cursor


@given(st.text())
def test_any_other_text_is_declined_and_nothing_else_happens(text: str) -> None:
    with suppress(Declined):
        place_of(text)


@pytest.mark.parametrize("place", [b"[]", b'["2026-01-01T00:00:00Z"]', b'["2026-01-01T00:00:00","x"]', b"{}", b"[1,2]"])
def test_a_place_that_is_none_of_ours_is_declined(place: bytes) -> None:
    from base64 import urlsafe_b64encode

    with pytest.raises(Declined):
        place_of(urlsafe_b64encode(place).decode())


@given(st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=12), st.integers(min_value=1, max_value=4))
def test_pages_by_id_show_each_thing_once_and_in_order(ids: list[str], limit: int) -> None:
    sources = [Source(id=source_id, name="x") for source_id in ids]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = listing_by_id(sources, lambda source: source.id, limit, cursor)
        assert len(page.items) <= limit
        seen += [source.id for source in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == sorted(ids)


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({"a": "foo"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
)
def test_the_examples_of_rfc_7396_hold(target: Any, patch: Any, expected: Any) -> None:
    assert merged(target, patch) == expected


@given(OBJECTS, OBJECTS)
def test_merging_a_patch_twice_changes_nothing_more(target: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merged(target, patch)
    assert merged(once, patch) == once


@given(OBJECTS, OBJECTS)
def test_merging_leaves_its_arguments_alone(target: dict[str, Any], patch: dict[str, Any]) -> None:
    before = msgspec.json.encode([target, patch])
    merged(target, patch)
    assert msgspec.json.encode([target, patch]) == before


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_segments_of_a_path_keep_their_meaning(segments: list[str]) -> None:
    raw = "/".join(quote(segment, safe="") for segment in segments).encode()
    assert [unquote(segment) for segment in routable_path(raw).split("/")] == segments


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/api/v1/%73ources", "/api/v1/sources"),
        (b"/api/v1/sources/a%2fb", "/api/v1/sources/a%2Fb"),
        (b"/api/v1/sources/a:b@c", "/api/v1/sources/a:b@c"),
        (b"//api/v1/sources", "/%2F%2Fapi%2Fv1%2Fsources"),
        (b"/api/v1//sources", "/%2Fapi%2Fv1%2F%2Fsources"),
        (b"/api/v1/sources/\xc3\xa4", "/api/v1/sources/%C3%83%C2%A4"),
    ],
)
def test_a_path_has_one_spelling(raw: bytes, path: str) -> None:
    assert routable_path(raw) == path
