"""Which ids an event may assert, told from what was sent before anything is decided, so that their people are loaded.

It may tell of more than the event will assert, since no condition is asked. For a type that asserts nothing it looks
the type up, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sojourn.core.event_types import type_name
from sojourn.core.events import Submission
from sojourn.core.identifiers.in_force import Identifier
from sojourn.core.mapping.assertions import Assertion
from sojourn.core.mapping.masks import masked
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.references import value_at


def told_by(
    event_type: str,
    properties: Mapping[str, object] | None,
    ruleset: Ruleset,
    context: Mapping[str, object] | None = None,
) -> frozenset[str]:
    """The keys of all ids that an event of this type, as it was sent, may assert; `context` is the effective one."""
    return frozenset(identifier.key for identifier in _told(event_type, properties, ruleset, context))


def most_telling(event_type: str, properties: Mapping[str, object] | None, ruleset: Ruleset) -> Identifier | None:
    """Of the ids that an event of this type may assert the one that counts most; None where it tells of none."""
    told = _told(event_type, properties, ruleset, None)
    return min(told, key=lambda identifier: (identifier.kind.priority, identifier.kind.id), default=None)


def identifiers_told(submissions: Iterable[Submission], ruleset: Ruleset) -> frozenset[str]:
    """The keys of all ids that the events of these submissions may assert."""
    told: set[str] = set()
    for submission in submissions:
        for _, sent in submission.events:
            if _assertions_of(sent.type, ruleset):  # Most types assert nothing, and their context need not be known.
                context = {**submission.context, **(sent.context or {})}
                told |= told_by(sent.type, sent.properties, ruleset, context)
    return frozenset(told)


def _told(
    event_type: str,
    properties: Mapping[str, object] | None,
    ruleset: Ruleset,
    context: Mapping[str, object] | None,
) -> tuple[Identifier, ...]:
    assertions = _assertions_of(event_type, ruleset)
    if not assertions:
        return ()
    named = type_name(event_type)
    assert named is not None, "only a type asserts something"
    sent = {"properties": masked(dict(properties or {}), ruleset.masks_of(named.type)), "context": context}
    told = (
        ruleset.identifiers.key(kind, value_at(sent, path) if path else constant) for path, constant, kind in assertions
    )
    return tuple(identifier for identifier in told if identifier is not None)


def _assertions_of(event_type: str, ruleset: Ruleset) -> tuple[Assertion, ...]:
    named = type_name(event_type)
    return ruleset.assertions_of(named.type) if named is not None else ()
