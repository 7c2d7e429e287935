"""Profiles as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import asdict

from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import Profile, ProfileMetadata


class FieldOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote the value of a field: the event, when it happened, and the rule that it had the value written by."""

    at: datetime
    event: str
    rule: str
    """The id of a mapping rule; `type:sign-up` is what the event type does itself."""


class ProfileMetadataAnswer(ProfileMetadata, frozen=True, kw_only=True):
    """What is known about a profile itself."""

    fields: dict[str, FieldOrigin] | msgspec.UnsetType = msgspec.UNSET  # type: ignore[assignment]  # May be left out.
    """With `include=provenance`: for each field that rules wrote or emptied, who did."""


class ProfileAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A profile."""

    id: str
    ids: tuple[str, ...]
    metadata: ProfileMetadataAnswer
    primary_id: str | None
    stats: dict[str, object]
    traits: dict[str, object]
    segments: tuple[str, ...]
    interests: dict[str, object]
    consents: dict[str, object]
    active: bool
    aux: dict[str, object]
    data: dict[str, object]
    version: int
    """How often it was committed. A commit that was decided on another version is decided again."""


def shown_profile(profile: Profile, *, with_origins: bool = False) -> ProfileAnswer:
    """A profile as it is answered; with origins, who wrote each field, too."""
    metadata: dict[str, Any] = asdict(profile.metadata)
    origins = metadata.pop("fields")
    if with_origins:
        metadata["fields"] = {_path(field): _shown_origin(origin) for field, origin in origins.items()}
    told: dict[str, Any] = {name: getattr(profile, name) for name in ProfileAnswer.__struct_fields__}
    told["metadata"] = ProfileMetadataAnswer(**metadata)
    told["stats"] = _NO_STATS | profile.stats
    return ProfileAnswer(**told)


_NO_STATS: dict[str, object] = {"visits": 0, "views": 0, "counters": {}}


def _path(field: str) -> str:
    """The way to a field within the profile, as the document has it."""
    return field.removeprefix("profile@")


def _shown_origin(origin: Origin) -> FieldOrigin:
    return FieldOrigin(at=origin.at, event=origin.event, rule=origin.rule)
