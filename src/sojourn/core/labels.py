"""The labels of an event that its type gives: tags, and the state of the customer journey."""

from __future__ import annotations

from sojourn.core.draft import EventDraft
from sojourn.core.mapping.ruleset import TypeRules
from sojourn.core.profiles import Profile


def label(event: EventDraft, in_force: TypeRules, profile: Profile | None) -> None:
    """Add the type's tags behind the client's, and tell the state of the journey (tracker.md R-20, §4.5)."""
    if in_force.event_type is None:
        return
    if in_force.tags:
        event.tags = tuple(dict.fromkeys((*event.tags, *in_force.tags))) if event.tags else in_force.tags
    state = in_force.event_type.journey
    if state == "by-visits":
        visits = profile.metadata.time.visit.count if profile is not None else 0
        state = "consideration" if visits > 1 else "awareness"
    if state is not None:
        event.filled["journey"] = {"state": state}
