"""References into documents, as rules and conditions write them: `event@properties.price` or `event.properties.price`.

The first word names the document, the rest the way into it. A name with a dot, a space or a double quote in it is put
in double quotes, the quotes in it doubled. In a list, a number leads to one item, counted from 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

ROOTS = ("event", "profile", "session")

_ONE_NAME = r'(?:[^".\s]+|"(?:[^"]|"")+")'
_FORM = re.compile(rf"(?P<root>event|profile|session)[@.](?P<path>{_ONE_NAME}(?:\.{_ONE_NAME})*)")
_NAME = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
_WRITTEN_NAME = re.compile(r'(?:^|(?<=\.))(?:"((?:[^"]|"")+)"|([^".]*))(?=\.|$)')
_CHARS_MAX = 1_000
_NAMES_MAX = 32
_NEEDS_QUOTES = re.compile(r'[".\s]')


class Reference(msgspec.Struct, frozen=True):
    """A place in a document."""

    root: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.root}@{path_text(self.path)}"


def path_text(path: tuple[str, ...]) -> str:
    """The way into a document, as references write it."""
    return ".".join(_written(name) for name in path)


def parse_reference(text: str) -> Reference | None:
    """Read a reference; None when it is none, or one that leads too far."""
    found = _FORM.fullmatch(text.strip()) if len(text) <= _CHARS_MAX else None
    if found is None:
        return None
    names = tuple(quoted.replace('""', '"') or plain for quoted, plain in _NAME.findall(found["path"]))
    return Reference(found["root"], names) if len(names) <= _NAMES_MAX else None


def read_back(written: str) -> Reference:
    """The reference that was written as this text: the names that an event gives to fields may be longer than rules."""
    root, _, path = written.partition("@")
    names = tuple(quoted.replace('""', '"') or plain for quoted, plain in _WRITTEN_NAME.findall(path))
    return Reference(root, names)


def value_at(document: object, path: tuple[str, ...]) -> object:
    """What stands at a place; None where nothing does."""
    for name in path:
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list):
            document = _item(document, name)
        else:
            return None
    return document


class Obstructed(Exception):
    """Something stands on the way to a place that cannot lead on."""

    def __init__(self, place: tuple[str, ...]) -> None:
        super().__init__(f"Something stands in the way at {'.'.join(place)}.")
        self.place = place


def found_at(document: object, path: tuple[str, ...]) -> object:
    """What stands at a place; None where nothing does. Raises Obstructed."""
    found = document
    for name in path:  # almost every step leads from an object to one of its names
        if not isinstance(found, dict) or name.isdecimal():
            return _found_with_care(document, path)
        found = found.get(name)
        if found is None:
            return None
    return found


def _found_with_care(document: object, path: tuple[str, ...]) -> object:
    found = value_at(document, path)
    place = obstacle(document, path) if found is None else None
    if place is not None:
        raise Obstructed(place)
    return found


def obstacle(document: object, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The place on the way to another where something stands that cannot lead on; None where nothing is in the way."""
    for depth, name in enumerate(path):
        if document is None:
            return None
        if not _can_lead_on(document, name):
            return path[:depth]
        document = value_at(document, (name,))
    return None


def with_value(document: Mapping[str, object], path: tuple[str, ...], value: object) -> dict[str, object]:
    """A document that differs from the given one at one place only; None empties the place, and what is left empty."""
    if value is None:
        return _without(document, path)
    changed = inner = dict(document)
    for name in path[:-1]:
        below = inner.get(name)
        copy = dict(below) if isinstance(below, dict) else {}
        inner[name] = copy
        inner = copy
    inner[path[-1]] = value
    return changed


def _without(document: Mapping[str, object], path: tuple[str, ...]) -> dict[str, object]:
    name, rest = path[0], path[1:]
    changed = dict(document)
    inner = document.get(name)
    left = _without(inner, rest) if rest and isinstance(inner, dict) else None
    if left:
        changed[name] = left
    else:
        changed.pop(name, None)
    return changed


def _written(name: str) -> str:
    if not _NEEDS_QUOTES.search(name):
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _item(items: list[object], name: str) -> object:
    index = int(name) if _is_index(name) else len(items)
    return items[index] if index < len(items) else None


def _can_lead_on(document: object, name: str) -> bool:
    """Whether a name can mean something here; a number means an item, unless the names of an object are numbers."""
    if isinstance(document, dict):
        return not _is_index(name) or any(map(_is_index, document))
    if isinstance(document, list):
        return _is_index(name)
    return not isinstance(document, str | int | float)


def _is_index(name: str) -> bool:
    return name.isdecimal() and name.isascii() and len(name) <= _INDEX_DIGITS_MAX


_INDEX_DIGITS_MAX = 6
