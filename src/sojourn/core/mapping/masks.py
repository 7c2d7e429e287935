"""What is never kept as it was sent: card numbers, and secrets beside them.

It is hidden before anything else looks at the event, so that neither the event nor what derives from it holds it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sojourn.core.event_types import type_name
from sojourn.core.mapping.event_type import Mask
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.references import with_value

_LAST = 4


def masked(properties: dict[str, object], masks: Iterable[Mask]) -> dict[str, object]:
    """The properties without what is to be hidden in them."""
    hidden = _without_all(properties, masks)
    assert isinstance(hidden, dict), "an object stays an object"
    return hidden


def masked_body(raw: str, type_id: str, ruleset: Ruleset) -> str:
    """The body of a webhook, its properties, without what its type hides; nothing where that cannot be found."""
    masks = ruleset.masks_of(type_id)
    if not masks:
        return raw
    try:
        return msgspec.json.encode(_without_all(msgspec.json.decode(raw), masks)).decode()
    except (msgspec.MsgspecError, RecursionError):
        return ""


def masked_raw(raw: str, ruleset: Ruleset) -> str:
    """The text of an event as it was sent, without what its type hides; what is no event stays as it is."""
    try:
        event = msgspec.json.decode(raw)
    except msgspec.MsgspecError:
        return raw
    written = event.get("type") if isinstance(event, dict) else None
    named = type_name(written) if isinstance(written, str) else None
    masks = ruleset.masks_of(named.type) if named else ()
    if not masks:
        return raw
    return msgspec.json.encode({**event, "properties": _without_all(event.get("properties"), masks)}).decode()


def _without_all(value: object, masks: Iterable[Mask]) -> object:
    for mask in masks:
        value = _without(value, tuple(mask.property.split(".")), mask)
    return value


def _without(value: object, path: tuple[str, ...], mask: Mask) -> object:
    """The value without what stands at a path in it; what stands in the way of the path is hidden itself."""
    if value is None:
        return None
    if path and isinstance(value, list):
        return [_without(item, path, mask) for item in value]
    if path and isinstance(value, dict):
        name, rest = path[0], path[1:]
        return with_value(value, (name,), _without(value.get(name), rest, mask))
    return _last_four(value) if mask.keep == "last-four" else None


def _last_four(value: object) -> str | None:
    digits = "".join(char for char in str(value) if char.isdigit())
    return "*" * max(len(digits) - _LAST, 0) + digits[-_LAST:] or None
