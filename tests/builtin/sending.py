"""Events sent through the whole pipeline, with the built-in types in force and nothing known before."""

from __future__ import annotations

from typing import Any, NamedTuple

from sojourn.builtin import built_in_types
from sojourn.core.changes import Changes
from sojourn.core.events import Event, Problem, SentEvent, SentTime
from sojourn.core.facts import Facts, Keys
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.profiles import RULES_WRITE, Profile
from tests.builders import a_submission

TYPES = {event_type.id: event_type for event_type in built_in_types()}
RULESET = Ruleset(event_types=built_in_types())


class Kept(NamedTuple):
    """What became of a request."""

    decision: Decision
    changes: Changes

    @property
    def events(self) -> list[Event]:
        """The events that were sent, as they are kept."""
        return [recorded.event for recorded in self.changes.events if not recorded.event.metadata.system]

    @property
    def system_events(self) -> list[Event]:
        """The events that Sojourn added."""
        return [recorded.event for recorded in self.changes.events if recorded.event.metadata.system]

    @property
    def profile(self) -> Profile:
        """The person, as they are kept."""
        [profile] = self.changes.profiles
        return profile

    @property
    def skipped(self) -> list[Problem]:
        """The warnings of fields that were skipped."""
        return [warning for warning in self.decision.warnings if warning.code == "field-skipped"]


def kept(*sent: SentEvent, known: Profile | None = None, **fields: Any) -> Kept:
    """What becomes of one request with these events, of somebody who is `known` or of whom nothing is known."""
    request = a_submission(*sent, profile_id=known.id if known else None, **fields)
    facts = Facts(keys=Keys(), profiles={known.id: known} if known else {})
    decided = decide_all([request], facts, RULESET)
    return Kept(decided.decisions[0], decided.changes)


def an_event_of(type_id: str, properties: dict[str, Any] | None = None, *, day: int | None = None) -> SentEvent:
    """An event that happens now, or that happened on such a day of last month."""
    time = None if day is None else SentTime(insert=f"2026-05-{day:02}")
    return SentEvent(type=type_id, properties=properties, time=time)


def its_example(type_id: str) -> SentEvent:
    """The example of a type."""
    return an_event_of(type_id, TYPES[type_id].example)


def written(profile: Profile) -> dict[str, object]:
    """What rules have written of a profile."""
    return {part: content for part in RULES_WRITE if (content := getattr(profile, part))}
