"""The kinds of id and the identification points that are in force, ready to be asked.

Nothing here changes any more; a change of the configuration makes another one.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from sojourn.core.documents import Condition
from sojourn.core.identifiers.canonical import VALUE_CHARS_MAX, canonical
from sojourn.core.identifiers.junk import Blocked, junk_of
from sojourn.core.identifiers.keys import key_of, masked
from sojourn.core.identifiers.kinds import IdKind, written_field
from sojourn.core.identifiers.points import IdentificationPoint, property_reference
from sojourn.core.ids import derived_id
from sojourn.core.references import Reference


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """An id that an event asserts, without its value."""

    kind: IdKind
    key: str
    masked: str


class PointProperty(NamedTuple):
    """Where an identification point finds an id, and of which kind."""

    value: Reference
    kind: IdKind


class CompiledPoint(NamedTuple):
    """An identification point that is ready to be asked."""

    point: IdentificationPoint
    condition: Condition | None
    properties: tuple[PointProperty, ...]


class Identifiers:
    """By what people are recognised: kinds, points, and the secret that keys are made with."""

    def __init__(
        self,
        *,
        kinds: Iterable[IdKind] = (),
        points: Iterable[IdentificationPoint] = (),
        secret: bytes = b"",
        default_region: str | None = None,
        compile_condition: Callable[[str], Condition] | None = None,
    ) -> None:
        """Compile; faulty kinds and points have been refused before. What is not enabled is left out.

        Without `compile_condition`, no point has a condition.
        """
        in_order = sorted((kind for kind in kinds if kind.enabled), key=lambda kind: (kind.priority, kind.id))
        self.kinds = {kind.id: kind for kind in in_order}
        """The kinds in force by id, the one that counts most first."""
        self._by_field = {written_field(field): kind for kind in reversed(in_order) for field in kind.fields}
        self._points = self._compiled(points, compile_condition)
        self._session_entropy = int.from_bytes(hmac.digest(secret, b"sticky sessions", "sha256"), "big")
        # Each id is asked for twice, when its facts are loaded and when its event is decided; reading it takes 20 µs.
        self._read = _Reader(self.kinds, secret, default_region).identifier
        self._identifier = lru_cache(maxsize=_REMEMBERED)(self._read)

    @property
    def fields(self) -> dict[str, IdKind]:
        """The fields of the profile that tell ids, as rules write them, with the kind that each one tells."""
        return self._by_field

    @property
    def pointed_types(self) -> frozenset[str]:
        """The event types that have an identification point."""
        return frozenset(self._points)

    def kind_at(self, field: str) -> IdKind | None:
        """The kind of the ids that a field such as `profile@data.contact.email.main` tells."""
        return self._by_field.get(field)

    def points_of(self, event_type: str) -> tuple[CompiledPoint, ...]:
        """The identification points of an event type, by id."""
        return self._points.get(event_type, ())

    def key(self, kind: IdKind, value: object) -> Identifier | None:
        """The id that a value of a kind in force is; None for one that is nobody's: junk, blocked, or of no form."""
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return None
        text = str(value)
        # What is longer is nobody's, but for blanks around it; to keep it at hand would only fill the memory.
        return (self._identifier if len(text) <= VALUE_CHARS_MAX else self._read)(kind.id, text)

    def sticky_session(self, key: str) -> str:
        """The session of all that is told of the person with this identifier, by its key; only we can foresee it."""
        return derived_id(self._session_entropy, key)

    def _compiled(
        self, points: Iterable[IdentificationPoint], compile_condition: Callable[[str], Condition] | None
    ) -> dict[str, tuple[CompiledPoint, ...]]:
        by_type: dict[str, list[CompiledPoint]] = defaultdict(list)
        for point in sorted(points, key=lambda point: point.id):
            properties = tuple(self._properties_of(point))
            if point.enabled and properties:
                condition = compile_condition(point.condition) if point.condition and compile_condition else None
                by_type[point.event_type].append(CompiledPoint(point, condition, properties))
        return {event_type: tuple(compiled) for event_type, compiled in by_type.items()}

    def _properties_of(self, point: IdentificationPoint) -> Iterable[PointProperty]:
        for identifier in point.identifiers:
            value = property_reference(identifier.property)
            assert value is not None, "faulty points are not saved"
            if identifier.kind in self.kinds:
                yield PointProperty(value, self.kinds[identifier.kind])


class _Reader:
    """Reads values as ids. It knows nothing of who asks it, so that nothing goes round in circles."""

    def __init__(self, kinds: Mapping[str, IdKind], secret: bytes, default_region: str | None) -> None:
        self._kinds = kinds
        self._secret = secret
        self._default_region = default_region
        self._junk = {form: junk_of(form) for form in {kind.form for kind in kinds.values()}}
        self._blocked = {kind.id: Blocked(kind.blocked, self._form_of(kind)) for kind in kinds.values() if kind.blocked}

    def identifier(self, kind_id: str, text: str) -> Identifier | None:
        kind = self._kinds[kind_id]
        form = canonical(kind, text, self._default_region)
        if form is None or form.casefold() in self._junk[kind.form] or form in self._blocked.get(kind_id, ()):
            return None
        return Identifier(kind, key_of(kind, form, self._secret), masked(kind, form))

    def _form_of(self, kind: IdKind) -> Callable[[str], str | None]:
        return lambda entry: canonical(kind, entry, self._default_region)


_REMEMBERED = 8_192
"""Values whose ids are kept at hand."""

NO_IDENTIFIERS = Identifiers()
"""Nothing by which anybody would be recognised."""
