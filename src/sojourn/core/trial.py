"""What a mapping rule would do to an event that is kept, were it in force. Nothing is changed by asking."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sojourn.core.events import Event, moment_of
from sojourn.core.limits import Limits
from sojourn.core.mapping.apply import Applied, CompiledRule, Skipped
from sojourn.core.mapping.change import Change, all_spelt_out
from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.core.views import event_sheet, person_sheets


class Past(NamedTuple):
    """An event as it is kept, and the documents that it belongs to as they are now."""

    event: Event
    payload_context: dict[str, object]
    profile: Profile | None
    session: Session | None
    received_at: datetime | None = None


class Trial(NamedTuple):
    """What a rule would do to one event."""

    is_meant: bool
    """Whether the event has the source and meets the condition of the rule."""
    changes: tuple[Change, ...]
    skipped: tuple[Skipped, ...]


def try_rule(rule: CompiledRule, past: Past, limits: Limits) -> Trial:
    """Apply a rule to copies."""
    event = past.event
    sheets = person_sheets(past.profile, past.session) | {"event": event_sheet(event, past.payload_context)}
    by = Origin(moment_of(event.metadata.time, past.received_at), event.id, "")
    applied = Applied(sheets, by, name_bytes_max=limits.key_bytes_max)
    is_meant = applied.apply(rule, event.source.id)
    return Trial(is_meant, all_spelt_out(applied.changes, event.properties), tuple(applied.skipped))
