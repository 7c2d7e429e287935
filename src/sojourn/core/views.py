"""The documents as mapping rules and their conditions see them: plain JSON, in the fields in which they are kept.

An event that is being decided and the same event read back from a store look alike, so that a rule does to the one what
it was said to do to the other.
"""

from __future__ import annotations

from msgspec import to_builtins
from msgspec.structs import asdict

from sojourn.core.events import Event, effective_context
from sojourn.core.mapping.apply import Sheet
from sojourn.core.profiles import Profile, parts_of
from sojourn.core.sessions import Session

EVENT_PARTS = ("properties", "traits", "data", "hit", "journey", "device", "os", "app", "utm", "config", "aux")
"""The parts of an event that are plain JSON as they are kept."""


def event_sheet(event: Event, payload_context: dict[str, object]) -> Sheet:
    """The event, with the context that holds for it (tracker.md R-17)."""
    content: dict[str, object] = {
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
    return Sheet(content | {part: getattr(event, part) for part in EVENT_PARTS}, {})


def person_sheets(profile: Profile | None, session: Session | None) -> dict[str, Sheet]:
    """The profile and the session of an event, as far as there are any, by the roots that name them."""
    sheets = {}
    if profile is not None:
        sheets["profile"] = Sheet(parts_of(profile), profile.metadata.fields)
    if session is not None:
        content = asdict(session) | {"metadata": to_builtins(session.metadata), "profile": to_builtins(session.profile)}
        sheets["session"] = Sheet(content, {})
    return sheets
