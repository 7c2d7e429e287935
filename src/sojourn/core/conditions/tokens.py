"""From the text of a condition to its words: one regular expression, which never goes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from sojourn.core.conditions.errors import ConditionError, place_at
from sojourn.core.conditions.nodes import Part


class Shape(StrEnum):
    """What a token looks like. The names are those of the groups below."""

    TEXT = "text"
    REFERENCE = "reference"
    DURATION = "duration"
    NUMBER = "number"
    WORD = "word"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """One word of a condition: its shape, what is written, and the offset at which it begins."""

    shape: Shape
    written: str
    offset: int


class Reference(NamedTuple):
    """A reference, taken apart: `event@properties.price` is `event` and `("properties", "price")`."""

    root: str
    path: tuple[Part, ...]


_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
_BARE_KEY = r"[\w$][\w$-]*"
_STEP = rf"\.(?:{_BARE_KEY}|{_QUOTED})|\[(?:[0-9]+|{_QUOTED})\]"

_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<text>{_QUOTED})
    |(?P<reference>[A-Za-z_]\w*(?:[.]|@)(?:{_BARE_KEY}|{_QUOTED})(?:{_STEP})*)
    |(?P<duration>[0-9]+[smhdw]\b)
    |(?P<number>[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?\b)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<symbol>==|!=|<>|<=|>=|=>|=<|&&|\|\||[=<>()\[\],+!-])""",
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(rf"(?P<quoted>{_QUOTED})|(?P<bare>{_BARE_KEY})", re.DOTALL)
_BARE = re.compile(_BARE_KEY)
_INDEX = re.compile("0|[1-9][0-9]{0,4}")  # Longer numbers are the ids of something, and keys.
_ESCAPED = re.compile(r"""\\(["'\\])""")


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a text as they are asked for, then one that marks its end.

    Raises ConditionError at what is no word.
    """
    offset = 0
    while offset < len(text):
        found = _TOKEN.match(text, offset)
        if found is None:
            raise _unreadable(text, offset)
        if found.lastgroup and found.lastgroup != "space":
            yield Token(Shape(found.lastgroup), found[0], offset)
        offset = found.end()
    yield Token(Shape.END, "", offset)


def reference_of(token: Token) -> Reference:
    """Take a reference apart."""
    root = _BARE.match(token.written)
    assert root is not None, "a reference begins with its root"
    return Reference(root[0], tuple(_part(found) for found in _PART.finditer(token.written, root.end())))


def unquoted(quoted: str) -> str:
    """The text that quotes hold. A backslash takes a quote or a backslash literally; before all else it is itself."""
    return _ESCAPED.sub(r"\1", quoted[1:-1])


def quoted(text: str) -> str:
    """A text in quotes, as `unquoted` reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written_part(part: Part) -> str:
    """A step of a path as `reference_of` reads it, quoted only where it must be."""
    if isinstance(part, int):
        return str(part)
    return part if _BARE.fullmatch(part) and not _INDEX.fullmatch(part) else quoted(part)


def _part(found: re.Match[str]) -> Part:
    if found["quoted"] is not None:
        return unquoted(found["quoted"])
    return int(found["bare"]) if _INDEX.fullmatch(found["bare"]) else found["bare"]


def _unreadable(text: str, offset: int) -> ConditionError:
    if text[offset] in "\"'":
        return ConditionError(place_at(text, offset), "The text that begins here never ends.", "Close its quotes.")
    return ConditionError(place_at(text, offset), f"`{text[offset]}` cannot stand here.")
