"""The documents as mapping rules and their conditions see them: plain JSON, in the fields in which they are kept.

An event that is being decided and the same event read back from a store look alike, so that a rule does to the one what
it was said to do to the other.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import to_builtins
from msgspec.structs import asdict

from sojourn.core import sessions
from sojourn.core.documents import Document
from sojourn.core.events import Event, effective_context
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.profiles import Profile, head_of, parts_of
from sojourn.core.sessions import Session

EVENT_PARTS = ("properties", "traits", "data", "hit", "journey", "device", "os", "app", "utm", "config", "aux")
"""The parts of an event that are plain JSON as they are kept."""

NO_PARTS: Document = {part: {} for part in EVENT_PARTS}
"""The parts of an event of which none is filled."""


def event_sheet(event: Event, payload_context: dict[str, object]) -> Sheet:
    """The event, with the context that holds for it (tracker.md R-17)."""
    parts = {part: getattr(event, part) for part in EVENT_PARTS}
    return event_sheet_of(parts, lambda: event, payload_context)


def event_sheet_of(parts: Document, event: Callable[[], Event], payload_context: dict[str, object]) -> Sheet:
    """The same of an event of which only the parts are there yet; `event` makes it, if more of it is asked for."""
    return Sheet(parts, {}, lambda: _head_of(event(), payload_context))


def person_sheets(profile: Profile | None, session: Session | None) -> dict[str, Sheet]:
    """The profile and the session of an event, as far as there are any, by the roots that name them."""
    sheets = {}
    if profile is not None:
        sheets["profile"] = profile_sheet(profile)
    if session is not None:
        sheets["session"] = session_sheet(session)
    return sheets


def profile_sheet(profile: Profile) -> Sheet:
    """The profile."""
    return Sheet(parts_of(profile), profile.metadata.fields, lambda: head_of(profile))


def session_sheet(session: Session) -> Sheet:
    """The session."""
    parts = {part: getattr(session, part) for part in sessions.RULES_WRITE}
    return Sheet(parts, {}, lambda: _whole_session(session))


def _whole_session(session: Session) -> Document:
    return asdict(session) | {"metadata": to_builtins(session.metadata), "profile": to_builtins(session.profile)}


def _head_of(event: Event, payload_context: dict[str, object]) -> Document:
    return {
        "id": event.id,
        "type": event.type,
        "name": event.name,
        "metadata": to_builtins(event.metadata),
        "source": to_builtins(event.source),
        "session": to_builtins(event.session),
        "profile": to_builtins(event.profile),
        "tags": {"values": list(event.tags.values), "count": event.tags.count},
        "context": effective_context(payload_context, event.context),
    }
