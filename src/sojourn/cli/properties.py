"""Properties as they are typed: `key=value`. A value that reads as JSON is that, and any other is text."""

from __future__ import annotations

from collections.abc import Iterable

from sojourn.cli.failures import UsageFailed


def properties_of(assignments: Iterable[str], first: str | None = None) -> dict[str, object]:
    """The properties that assignments make, over those of a JSON object. Raises UsageFailed."""
    properties = {} if first is None else _object_of(first)
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not key or not equals:
            raise UsageFailed(f"`{assignment}` is no property.", "Write it as key=value.")
        properties[key] = _value_of(value)
    return properties


def _object_of(text: str) -> dict[str, object]:
    import msgspec

    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise UsageFailed(f"`{text}` is no JSON object.", 'Write it as \'{"key": "value"}\'.') from error


def _value_of(text: str) -> object:
    import msgspec

    try:
        value: object = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return text
    return value
