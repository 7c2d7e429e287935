"""The JSON of sessions, of which most stays the same from one event to the next: what is told of their surroundings.

That is a kilobyte in many small pieces, scattered over memory since the session began. So its text is remembered, and
holds as long as the session has the very same parts, which nobody ever changes in place.
"""

from __future__ import annotations

from collections import OrderedDict
from operator import attrgetter, is_
from typing import NamedTuple

import msgspec

from sojourn.core.sessions import ProfileRef, Session, SessionMetadata


class SessionTexts:
    """Makes the JSON of sessions, and remembers a part of it for those that were written last."""

    def __init__(self, remembered_max: int) -> None:
        """Remember so many sessions, each with about a kilobyte."""
        self._remembered_max = remembered_max
        # Ordered by the last use.
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()

    def encode(self, session: Session) -> bytes:
        """The whole session."""
        head = _encode(_Head(session.id, session.metadata, session.profile, session.version))
        surroundings = self._surroundings(session)
        return head[:-1] + b"," + surroundings[1:] if surroundings != _NOTHING else head

    def forget(self, session_id: str) -> None:
        """Keep nothing of a session."""
        self._remembered.pop(session_id, None)

    def _surroundings(self, session: Session) -> bytes:
        remembered = self._remembered.get(session.id)
        if remembered is not None and _has_same_parts(session, remembered.session):
            self._remembered.move_to_end(session.id)
            return remembered.text
        text = _encode(_Surroundings(*_parts_of(session)))
        self._remembered[session.id] = _Remembered(session, text)
        self._remembered.move_to_end(session.id)
        if len(self._remembered) > self._remembered_max:
            self._remembered.popitem(last=False)
        return text


class _Remembered(NamedTuple):
    """A session as it was, and the text of its surroundings, which is that of whatever has the same parts."""

    session: Session
    text: bytes


class _Head(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What changes with each event of a session."""

    id: str
    metadata: SessionMetadata
    profile: ProfileRef | None = None
    version: int = 0


class _Surroundings(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What does not, as a rule."""

    device: dict[str, object] = {}
    os: dict[str, object] = {}
    app: dict[str, object] = {}
    utm: dict[str, object] = {}
    context: dict[str, object] = {}
    properties: dict[str, object] = {}
    traits: dict[str, object] = {}
    aux: dict[str, object] = {}


_encode = msgspec.json.Encoder().encode
_NOTHING = _encode(_Surroundings())
_parts_of = attrgetter(*_Surroundings.__struct_fields__)


def _has_same_parts(one: Session, other: Session) -> bool:
    return all(map(is_, _parts_of(one), _parts_of(other)))
