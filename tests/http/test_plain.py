"""Plain payloads take a shorter way, and arrive where the long way leads."""

from __future__ import annotations

from unittest.mock import patch

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.limits import Limits, PayloadLimits
from sojourn.http import wire
from sojourn.http.plain import plain_payload
from sojourn.http.refusals import Refusal
from sojourn.http.wire import Tracked, decode_track

# Small bounds, so that chance passes them often.
LIMITS = Limits(
    json_depth_max=3, object_keys_max=4, event_leaves_max=40, key_bytes_max=16, tag_bytes_max=12, tags_max=3
)
PAYLOAD_LIMITS = PayloadLimits(string_bytes_max=24, nodes_max=60, event_bytes_max=600)

texts = st.text(max_size=9)
leaves = (
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**64), 2**64) | texts
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=5))
objects = st.none() | st.dictionaries(texts, values, max_size=5)
tags = st.none() | st.lists(texts, max_size=4)
events = st.fixed_dictionaries(
    {"type": texts}, optional={"id": texts, "properties": objects, "context": objects, "tags": tags}
)
payloads = st.fixed_dictionaries(
    {"source": st.just({"id": "s"}), "events": st.lists(events, max_size=3)},
    optional={"context": objects, "options": objects, "tags": tags, "session": st.fixed_dictionaries({"id": texts})},
)


def read(body: bytes) -> Tracked | str:
    try:
        return decode_track(body, LIMITS, PAYLOAD_LIMITS)
    except Refusal as refusal:
        return str(refusal.detail)


@given(payloads)
def test_the_short_way_leads_where_the_long_way_leads(payload: dict[str, object]) -> None:
    body = msgspec.json.encode(payload)
    with patch.object(wire, "plain_payload", lambda *_: None):
        measured = read(body)
    assert msgspec.to_builtins(read(body)) == msgspec.to_builtins(measured)


def test_ordinary_payloads_take_the_short_way() -> None:
    properties = {"url": "https://shop.example/a?b=c", "title": "Zürich, home", "price": 12.5, "sizes": ["a", "b"]}
    context = {"browser": {"local": {"browser": {"userAgent": "Mozilla/5.0 " + "x" * 200}}}}
    payload = {"source": {"id": "s"}, "context": context, "events": [{"type": "v", "properties": properties}] * 20}
    assert plain_payload(msgspec.json.encode(payload), Limits(), Limits().public) is not None
