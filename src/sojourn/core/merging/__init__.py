"""How two documents become that of the one person whom both describe.

The rule: the outcome is what one document would hold if it had received the events of both. So each field is merged in
the way in which it was written (`fields`), in the documents as a whole (`documents`); no order of merges matters, and
nothing is added up that was not added up before. A field that operations of several kinds wrote is merged in the way of
the newest; only folding the events again tells what their order would have made of it.
"""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.derived import with_derived_fields
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.merge_rules import NO_MERGE_RULES, MergeRules
from sojourn.core.merging.consents import with_overruled
from sojourn.core.merging.documents import Written, documents_together
from sojourn.core.profiles import (
    Profile,
    ProfileMetadata,
    ProfileTime,
    parts_of,
    visits_together,
    with_parts,
)


def merged(survivor: Profile, other: Profile, rules: MergeRules = NO_MERGE_RULES) -> Profile:
    """The person that both documents together describe, under the id and the version of the survivor.

    What follows from other fields (`core.derived`) is not computed anew; `together` does that, too.
    """
    both = documents_together(_written(survivor), _written(other), rules)
    person = with_parts(survivor, both.content, both.origins)
    return replace(
        person,
        ids=_each_once(survivor.ids, (other.id, *other.ids)),
        primary_id=survivor.primary_id or other.primary_id,
        segments=_each_once(survivor.segments, other.segments),
        active=survivor.active or other.active,
        aux=with_overruled(person.aux, survivor, other, person),
        identifiers=_identifiers(survivor, other),
        metadata=_metadata(person.metadata, other.metadata),
    )


def together(survivor: Profile, younger: Profile, ruleset: Ruleset) -> Profile:
    """The person that both are under the rules in force, with what follows from other fields."""
    return with_derived_fields(merged(survivor, younger, ruleset.merge_rules), ruleset.knowledge)


def _written(profile: Profile) -> Written:
    return Written(parts_of(profile), profile.metadata.fields)


def _metadata(one: ProfileMetadata, other: ProfileMetadata) -> ProfileMetadata:
    return replace(one, status=one.status or other.status, time=_time(one.time, other.time))


def _time(one: ProfileTime, other: ProfileTime) -> ProfileTime:
    visit = visits_together(one.visit, other.visit)
    # The time zone is what the latest request told; the document that changed last is the nearest to it.
    zones = [(time.update or time.create, time.visit.tz) for time in (one, other) if time.visit.tz is not None]
    created, seen = min(one.create, other.create), min(time.seen or time.create for time in (one, other))
    return ProfileTime(
        insert=min(one.insert, other.insert),
        create=created,
        seen=None if seen == created else seen,
        update=max((time.update for time in (one, other) if time.update is not None), default=None),
        segmentation=max((time.segmentation for time in (one, other) if time.segmentation is not None), default=None),
        visit=replace(visit, tz=max(zones, key=lambda zone: (zone[0], zone[1] or ""))[1] if zones else None),
    )


def _identifiers(one: Profile, other: Profile) -> dict[str, tuple[str, ...]]:
    kinds = dict.fromkeys((*one.identifiers, *other.identifiers))
    return {kind: _each_once(one.identifiers.get(kind, ()), other.identifiers.get(kind, ())) for kind in kinds}


def _each_once(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one + other))
