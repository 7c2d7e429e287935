"""What an event says of who somebody is: the identifiers in fields that it wrote, and at identification points.

The same for an event that is being decided and for one that was recorded, so that changed rules can be tried on both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from sojourn.core.graph import Reason
from sojourn.core.identifiers.in_force import Identifier
from sojourn.core.mapping.assertions import TELLING
from sojourn.core.mapping.operations import Effect
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.mapping.sheets import Sheet


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """An identifier that an event asserts, by this rule."""

    identifier: Identifier
    rule: str
    version: int = 0
    field: str = ""
    """The field of the profile that tells it; empty where an identification point does."""


class Witness(Protocol):
    """What asserts an identifier: an event that is being decided, or one that was recorded."""

    @property
    def evidence(self) -> Evidence:
        """The identifier, and by which rule."""
        ...


AnyWitness = TypeVar("AnyWitness", bound=Witness)


def by_identifier(witnesses: Iterable[AnyWitness]) -> Iterable[list[AnyWitness]]:
    """What events say: for each identifier of a kind, all that do."""
    groups: defaultdict[tuple[str, str], list[AnyWitness]] = defaultdict(list)
    for each in witnesses:
        identifier = each.evidence.identifier
        groups[identifier.key, identifier.kind.id].append(each)
    return groups.values()


def reason_of(evidence: Evidence, source: str) -> Reason:
    """Why what an event of a source says makes two people one."""
    return Reason(
        kind=evidence.identifier.kind.id,
        rule=evidence.rule,
        version=evidence.version,
        key=evidence.identifier.key,
        value=evidence.identifier.masked,
        source=source,
    )


class Saying(msgspec.Struct, frozen=True):
    """An event to which the rules were applied: what it is, and what has become of its documents."""

    event_type: str
    source: str
    moment: datetime
    documents: Mapping[str, Sheet]
    effects: Iterable[Effect]
    """What entered fields of the profile and of the session."""


def evidence_of(saying: Saying, ruleset: Ruleset) -> Iterator[Evidence]:
    """The identifiers that the event asserts: first those in fields of the profile, then those at points."""
    identifiers = ruleset.identifiers
    for effect in saying.effects:
        kind = identifiers.kind_at(effect.field) if effect.op in TELLING else None
        identifier = identifiers.key(kind, effect.value) if kind is not None else None
        if identifier is not None:
            version = ruleset.version_of(effect.by.rule)
            yield Evidence(identifier, effect.by.rule, version, effect.field)
    yield from _at_points(saying, ruleset)


def _at_points(saying: Saying, ruleset: Ruleset) -> Iterator[Evidence]:
    for compiled in ruleset.identifiers.points_of(saying.event_type):
        point = compiled.point
        contents = {root: sheet.content for root, sheet in saying.documents.items()} if compiled.condition else {}
        if point.source in (None, saying.source) and (
            compiled.condition is None or compiled.condition(contents, saying.moment)
        ):
            for reference, kind in compiled.properties:
                identifier = ruleset.identifiers.key(kind, saying.documents["event"].read(reference.path))
                if identifier is not None:
                    yield Evidence(identifier, f"point:{point.id}", point.version)
