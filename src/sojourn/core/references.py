"""References into documents, as rules and conditions write them: `event@properties.price` or `event.properties.price`.

The first word names the document, the rest the way into it; a name with a dot or a space in it is put in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

ROOTS = ("event", "profile", "session")

_FORM = re.compile(r'(?P<root>event|profile|session)[@.](?P<path>(?:[^".\s]+|"[^"]+")(?:\.(?:[^".\s]+|"[^"]+"))*)')
_NAME = re.compile(r'"([^"]+)"|([^".]+)')


class Reference(msgspec.Struct, frozen=True):
    """A place in a document."""

    root: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        names = (f'"{name}"' if re.search(r"[.\s]", name) else name for name in self.path)
        return f"{self.root}@{'.'.join(names)}"


def parse_reference(text: str) -> Reference | None:
    """Read a reference; None when it is none."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    return Reference(found["root"], tuple(quoted or plain for quoted, plain in _NAME.findall(found["path"])))


def value_at(document: object, path: tuple[str, ...]) -> object:
    """What stands at a place; None where nothing does."""
    for name in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def with_value(document: Mapping[str, object], path: tuple[str, ...], value: object) -> dict[str, object]:
    """A document that differs from the given one at one place only; None empties the place, and what is left empty."""
    name, rest = path[0], path[1:]
    changed = dict(document)
    if rest:
        inner = document.get(name)
        value = with_value(inner if isinstance(inner, Mapping) else {}, rest, value) or None
    if value is None:
        changed.pop(name, None)
    else:
        changed[name] = value
    return changed
