"""Profiles: what is known of one person. Field names are those of tracker.md §5.1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from sojourn.core.mapping.operations import Origin


class ProfileVisits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How often the person came, and when last."""

    count: int = 0
    current: datetime | None = None
    """When the visit under way began."""
    last: datetime | None = None
    """When the visit before it began; null at the first one."""
    tz: str | None = None


class ProfileTime(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The moments of a profile's life."""

    insert: datetime
    """When its first event happened."""
    create: datetime
    """When it was made here."""
    seen: datetime | None = None
    """When Sojourn saw its first request, or earlier by the word of a server: by this it is told who was there first.
    Only where it is another moment than `create`, which any client may tell."""
    update: datetime | None = None
    """When it was last changed here."""
    segmentation: datetime | None = None
    visit: ProfileVisits = ProfileVisits()


class ProfileMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known about the profile itself."""

    time: ProfileTime
    status: str | None = None
    fields: dict[str, Origin] = {}
    """Who wrote what: for each field the time of the event, the event, and the rule."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One person. `ids` lists every id that leads here, its own included."""

    id: str
    ids: tuple[str, ...]
    metadata: ProfileMetadata
    primary_id: str | None = None
    stats: dict[str, object] = {}
    traits: dict[str, object] = {}
    segments: tuple[str, ...] = ()
    interests: dict[str, object] = {}
    consents: dict[str, object] = {}
    active: bool = True
    aux: dict[str, object] = {}
    data: dict[str, object] = {}
    identifiers: dict[str, tuple[str, ...]] = {}
    """By what the person can be recognised: for each kind of id the keyed hashes of its values. Never told."""
    version: int = 0
    """How often it was committed. A commit that was decided on another version is decided again."""


def new_profile(profile_id: str, *, first_seen: datetime, created: datetime, seen: datetime | None = None) -> Profile:
    """A person of whom only the first event is known."""
    return Profile(
        id=profile_id,
        ids=(profile_id,),
        metadata=ProfileMetadata(time=ProfileTime(insert=first_seen, create=created, seen=seen)),
    )


RULES_WRITE = ("data", "traits", "stats", "interests", "consents", "aux")
"""The parts of a profile that rules write."""


def parts_of(profile: Profile) -> dict[str, object]:
    """The parts of the profile that rules write."""
    return {part: getattr(profile, part) for part in RULES_WRITE}


def head_of(profile: Profile) -> dict[str, object]:
    """What rules only read of the profile, as they see it.

    When it was last written here is left out, since who folds it anew cannot know that.
    """
    time = replace(profile.metadata.time, update=None)
    return {
        "id": profile.id,
        "ids": list(profile.ids),
        "primary_id": profile.primary_id,
        "segments": list(profile.segments),
        "active": profile.active,
        "metadata": {"time": msgspec.to_builtins(time)},
    }


def with_parts(profile: Profile, parts: Mapping[str, object], origins: Mapping[str, Origin]) -> Profile:
    """The profile with what rules wrote."""
    written = {part: parts.get(part) or {} for part in RULES_WRITE}
    return replace(profile, **written, metadata=replace(profile.metadata, fields=dict(origins)))


def without_internals(profile: Profile) -> Profile:
    """The profile without who wrote what and without keyed hashes, which are nobody's business but the operator's."""
    return replace(profile, metadata=replace(profile.metadata, fields={}), identifiers={})


def with_visit(profile: Profile, began: datetime) -> Profile:
    """The profile after one more visit began (tracker.md §4.5). Visits may become known in any order."""
    time = profile.metadata.time
    visit = visits_together(time.visit, ProfileVisits(count=1, current=began))
    return replace(profile, metadata=replace(profile.metadata, time=replace(time, visit=visit)))


def visits_together(one: ProfileVisits, other: ProfileVisits) -> ProfileVisits:
    """All visits of both: as many as they are together, and the two that began last. The time zone is the first's."""
    began = sorted(moment for visits in (one, other) for moment in (visits.current, visits.last) if moment is not None)
    last, current = [None, None, *began][-2:]
    return ProfileVisits(count=one.count + other.count, current=current, last=last, tz=one.tz)


def with_ids(profile: Profile, more: tuple[str, ...]) -> Profile:
    """The profile with further ids that lead to it, in the order in which they were learnt."""
    ids = dict.fromkeys(profile.ids + more)
    return replace(profile, ids=tuple(ids)) if len(ids) > len(profile.ids) else profile


def with_identifier(profile: Profile, kind: str, key: str) -> Profile:
    """The profile with one more identifier of a kind."""
    keys = dict.fromkeys((*profile.identifiers.get(kind, ()), key))
    return replace(profile, identifiers={**profile.identifiers, kind: tuple(keys)})


def with_time_zone(profile: Profile, tz: str) -> Profile:
    """The profile with the time zone that its latest request told."""
    time = profile.metadata.time
    if time.visit.tz == tz:
        return profile
    time = replace(time, visit=replace(time.visit, tz=tz))
    return replace(profile, metadata=replace(profile.metadata, time=time))


def committed(profile: Profile, version: int, at: datetime) -> Profile:
    """The profile as it is written: with its new version and the moment of the change."""
    time = replace(profile.metadata.time, update=at)
    return replace(profile, version=version, metadata=replace(profile.metadata, time=time))
