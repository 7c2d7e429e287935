"""Plain payloads: those whose types alone show, while they are decoded, that they keep to the limits.

The limits are written into types that the decoder checks as it goes, at no cost worth telling, somewhat tighter than
they are. What fits is plain and need not be measured; of what does not fit nothing is said, and it is measured value by
value. So this decides nothing but speed.
"""

from __future__ import annotations

from functools import lru_cache
from types import GenericAlias
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from sojourn.core.events import SentEvent
from sojourn.core.limits import Limits, PayloadLimits
from sojourn.http.measure import EXACT_INTEGER_MAX
from sojourn.http.payload import Frame, Payload

LEVELS = 6
"""How deep plain values are nested. The type of each level holds that of the next twice, so this stays small."""

_UTF8_BYTES_MAX = 4


def plain_payload(body: bytes, limits: Limits, payload_limits: PayloadLimits) -> Payload | None:
    """The payload, if it is plain; the body must be UTF-8."""
    if b"\\" in body or b"\x7f" in body or b"\xc2" in body:
        return None  # an escape, or the first byte of one, may hide a control character in a key
    values = body.count(b",") + body.count(b"{") + body.count(b"[")
    if values >= limits.event_leaves_max or values >= payload_limits.nodes_max:
        return None
    if len(body) > payload_limits.event_bytes_max:
        return None
    try:
        return _decoder(limits, payload_limits).decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return None


@lru_cache(maxsize=16)
def _decoder(limits: Limits, payload_limits: PayloadLimits) -> msgspec.json.Decoder[Payload]:
    key = Annotated[str, Meta(min_length=1, max_length=limits.key_bytes_max // _UTF8_BYTES_MAX)]
    value = leaf = _leaf(payload_limits)
    for _ in range(min(LEVELS, limits.json_depth_max - 1)):
        value = leaf | _list_of(value) | _object_of(key, value, limits)
    free_form = _object_of(key, value, limits) | None
    tag = Annotated[str, Meta(max_length=limits.tag_bytes_max // _UTF8_BYTES_MAX)]
    common: list[tuple[str, Any, Any]] = [(name, free_form, None) for name in ("properties", "context", "options")]
    common.append(("tags", Annotated[_list_of(tag), Meta(max_length=limits.tags_max)] | None, None))
    event = msgspec.defstruct("PlainEvent", common, bases=(SentEvent,), frozen=True, gc=False)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [*common, ("events", _list_of(event))]
    payload = msgspec.defstruct("PlainPayload", fields, bases=(Frame,), frozen=True, gc=False, kw_only=True)
    return cast("msgspec.json.Decoder[Payload]", msgspec.json.Decoder(payload))


def _leaf(payload_limits: PayloadLimits) -> Any:  # noqa: ANN401 - types made at run time
    text = Annotated[str, Meta(max_length=payload_limits.string_bytes_max // _UTF8_BYTES_MAX)]
    return None | bool | Annotated[int, Meta(ge=-EXACT_INTEGER_MAX, le=EXACT_INTEGER_MAX)] | float | text


def _list_of(value: Any) -> Any:  # noqa: ANN401 - as above
    return GenericAlias(list, (value,))


def _object_of(key: Any, value: Any, limits: Limits) -> Any:  # noqa: ANN401 - as above
    return Annotated[GenericAlias(dict, (key, value)), Meta(max_length=limits.object_keys_max)]
