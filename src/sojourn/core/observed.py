"""What events of each type are seen to say: which properties, of which kinds, how often, about how many values.

It is learnt from events that were kept, of every type, described or not. It is bounded, whatever comes: so many
properties, so many levels, so many items of a list. It holds nothing that leads back to a person: a sketch tells only
how many values there were, and an example is a short code that several people sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

import msgspec
from msgspec.structs import replace

from sojourn.core.cardinality import REGISTERS, take
from sojourn.core.events import Event

ITEMS = "[]"
"""Stands in a path for the items of a list."""

DEPTH_MAX = 6
"""Levels of a path; what lies deeper is part of its object or list."""
LIST_ITEMS_MAX = 100
"""Items of one list that are looked at."""
VALUES_MAX = 1_000
"""Values of one event that are looked at."""
EXAMPLES_MAX = 5
PEOPLE_MIN = 3
"""As many different people must have sent a value before it is shown as an example."""

Path = tuple[str, ...]
Scalar = bool | int | float | str


class ObservedProperty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was seen of one property."""

    path: Path
    count: int
    """Events that had it."""
    types: dict[str, int]
    """Events in which it was of each kind, under the names of JSON Schema; in a list, it may be of several at once."""
    first_seen: datetime
    last_seen: datetime
    examples: tuple[str | int | float, ...] = ()
    sketch: bytes = b""


class ObservedType(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was seen of events of one type."""

    id: str
    events: int
    """Events that were looked at."""
    skipped: int = 0
    """Events that were not, since there was too much to do."""
    invalid: int = 0
    """Events of those that were looked at that broke the contract of the type."""
    first_seen: datetime
    last_seen: datetime
    properties: tuple[ObservedProperty, ...] = ()
    is_full: bool = False
    """Whether there were more properties than are held."""


class TypeObserver:
    """What is seen of one type, as it comes in. Lives in one loop of the engine; `document` is what is kept of it."""

    def __init__(self, known: ObservedType, *, properties_max: int) -> None:
        """Go on where a document was kept; `nothing_seen` is where one begins."""
        self._known = known
        self._properties_max = properties_max
        self._properties = {each.path: _PropertyObserver(each) for each in known.properties}

    def skip(self, count: int) -> None:
        """Count events that nobody looks at."""
        self._known = replace(self._known, skipped=self._known.skipped + count)

    def take(self, event: Event, hidden: Collection[Path], *, shows_examples: bool) -> None:
        """Look at one event; of what is `hidden`, or lies below it, no example is kept."""
        at = event.metadata.time.insert
        is_full = self._known.is_full
        who = event.profile.id if event.profile is not None and shows_examples else None
        for path, (kinds, values) in _found_in(event.properties).items():
            observer = self._properties.get(path)
            if observer is None and len(self._properties) >= self._properties_max:
                is_full = True
                continue
            if observer is None:
                unseen = ObservedProperty(path=path, count=0, types={}, first_seen=at, last_seen=at)
                observer = self._properties[path] = _PropertyObserver(unseen)
            observer.take(kinds, values, at, None if _is_below(path, hidden) else who)
        known = self._known
        self._known = replace(
            known,
            events=known.events + 1,
            invalid=known.invalid + (not event.metadata.valid),
            first_seen=min(known.first_seen, at) if known.events else at,
            last_seen=max(known.last_seen, at) if known.events else at,
            is_full=is_full,
        )

    def document(self) -> ObservedType:
        """What was seen so far."""
        properties = tuple(self._properties[path].document() for path in sorted(self._properties))
        return replace(self._known, properties=properties)


def nothing_seen(type_id: str, at: datetime) -> ObservedType:
    """What is known of a type before its first event."""
    return ObservedType(id=type_id, events=0, first_seen=at, last_seen=at)


class _PropertyObserver:
    """What is seen of one property, and the values that too few people have sent so far to be shown.

    Those are in memory only, and soon forgotten.
    """

    __slots__ = ("_candidates", "_count", "_examples", "_first_seen", "_last_seen", "_path", "_sketch", "_types")

    def __init__(self, known: ObservedProperty) -> None:
        self._path = known.path
        self._count = known.count
        self._types = dict(known.types)
        self._first_seen = known.first_seen
        self._last_seen = known.last_seen
        self._examples = list(known.examples)
        self._sketch = bytearray(known.sketch or REGISTERS)
        self._candidates: dict[str | int | float, set[str]] = {}

    def take(self, kinds: set[str], values: list[Scalar], at: datetime, who: str | None) -> None:
        """Look at the property in one event; without `who` sent it, no value becomes an example."""
        self._count += 1
        for kind in kinds:
            self._types[kind] = self._types.get(kind, 0) + 1
        self._first_seen = min(self._first_seen, at)
        self._last_seen = max(self._last_seen, at)
        for value in values:
            take(self._sketch, _encode(value))
            if who is not None and len(self._examples) < EXAMPLES_MAX:
                self._consider(value, who)

    def document(self) -> ObservedProperty:
        return ObservedProperty(
            path=self._path,
            count=self._count,
            types=dict(sorted(self._types.items())),
            first_seen=self._first_seen,
            last_seen=self._last_seen,
            examples=tuple(self._examples),
            sketch=bytes(self._sketch),
        )

    def _consider(self, value: Scalar, who: str) -> None:
        if isinstance(value, bool) or value in self._examples or not _CODE.fullmatch(str(value)):
            return
        people = self._candidates.setdefault(value, set())
        people.add(who)
        if len(people) >= PEOPLE_MIN:
            self._examples.append(value)
            del self._candidates[value]
        elif len(self._candidates) > _CANDIDATES_MAX:
            del self._candidates[next(iter(self._candidates))]


_CANDIDATES_MAX = 20
_CODE = re.compile(r"(?!(?:\D*\d){7})[A-Za-z0-9-][A-Za-z0-9_.-]{0,23}")
"""What may be an example: no spaces and no `@`, and too few digits for a number that people are known by."""

_encode = msgspec.json.Encoder().encode


def _is_below(path: Path, hidden: Collection[Path]) -> bool:
    plain = tuple(name for name in path if name != ITEMS)
    return any(plain[: len(each)] == each for each in hidden)


def _found_in(properties: dict[str, object]) -> dict[Path, tuple[set[str], list[Scalar]]]:
    """Of each path of an event the kinds of what stands there, and the plain values."""
    found: dict[Path, tuple[set[str], list[Scalar]]] = {}
    pending: list[tuple[Path, object]] = [((name,), value) for name, value in properties.items()]
    for looked_at, (path, value) in enumerate(pending):
        if looked_at >= VALUES_MAX:
            break
        kinds, values = found.setdefault(path, (set(), []))
        if isinstance(value, dict):
            kinds.add("object")
            if len(path) < DEPTH_MAX:
                pending += [((*path, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            kinds.add("array")
            if len(path) < DEPTH_MAX:
                pending += [((*path, ITEMS), inner) for inner in value[:LIST_ITEMS_MAX]]
        else:
            kinds.add(_kind_of(value))
            if isinstance(value, bool | int | float | str):
                values.append(value)
    return found


def _kind_of(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case _:
            return "null"
