"""People: their profiles, found by any of their ids, what they did, and what links their ids."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get
from litestar.params import PathParameter, QueryParameter
from msgspec.structs import asdict

from sojourn.core.graph import Edge
from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import Profile, ProfileMetadata
from sojourn.core.sessions import Session
from sojourn.http.manage.events import EventAnswer, shown
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given, Parts
from sojourn.ports.records import EventQuery

AnyId = Annotated[str, PathParameter(description="Any id of the person: the current one, a merged one, an alias.")]


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


class EdgeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One link: the id leads to the profile."""

    id: str
    profile: str
    kind: str
    """`alias`, `merge`, or the kind of the identifier."""
    rule: str
    version: int
    """Of the rule; 0 for one that comes along."""
    value: str
    """The identifier, masked."""
    event: str | None
    source: str
    actor: str
    at: datetime
    undone: datetime | None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What leads to a person: the ids, and the links of the identity graph, oldest first."""

    ids: tuple[str, ...]
    edges: tuple[EdgeAnswer, ...]


@get("/profiles/{profile_id:str}", needs="read")
async def read_profile(
    profile_id: AnyId,
    parts: Given,
    include: Annotated[
        Literal["provenance"] | None, QueryParameter(description="`provenance`: who wrote each field, in `metadata`.")
    ] = None,
) -> ProfileAnswer:
    """Read a person's profile, by any id of the person."""
    profile = await _known(profile_id, parts)
    metadata: dict[str, Any] = asdict(profile.metadata)
    origins = metadata.pop("fields")
    if include is not None:
        metadata["fields"] = {_path(field): _shown_origin(origin) for field, origin in origins.items()}
    told: dict[str, Any] = {name: getattr(profile, name) for name in ProfileAnswer.__struct_fields__}
    told["metadata"] = ProfileMetadataAnswer(**metadata)
    told["stats"] = _NO_STATS | profile.stats
    return ProfileAnswer(**told)


@delete("/profiles/{profile_id:str}", needs="erase")
async def erase_profile(profile_id: AnyId, parts: Given) -> None:
    """Erase a person: profile, links, sessions and events. Later requests with the old ids start as unknown ones."""
    if await parts.records.erase(profile_id) is None:
        raise unknown("profile")


@get("/profiles/{profile_id:str}/events", needs="read")
async def list_events_of_profile(
    profile_id: AnyId, parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[EventAnswer]:
    """List a person's events over all of the person's ids, newest first."""
    await _known(profile_id, parts)
    query = EventQuery(profile=profile_id)
    return listing(
        await parts.records.events(query, limit=items_max(limit, parts.limits), after=place_of(cursor)), shown
    )


@get("/profiles/{profile_id:str}/sessions", needs="read")
async def list_sessions_of_profile(
    profile_id: AnyId, parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[Session]:
    """List a person's sessions over all of the person's ids, newest first."""
    await _known(profile_id, parts)
    page = await parts.records.sessions_of(profile_id, limit=items_max(limit, parts.limits), after=place_of(cursor))
    return listing(page, lambda session: session)


@get("/profiles/{profile_id:str}/identity", needs="read")
async def read_identity(profile_id: AnyId, parts: Given) -> Identity:
    """Read which ids lead to a person, and why."""
    profile = await _known(profile_id, parts)
    edges = await parts.records.edges_of(profile_id)
    return Identity(ids=profile.ids, edges=tuple(_shown_edge(edge) for edge in edges))


HANDLERS = (read_profile, erase_profile, list_events_of_profile, list_sessions_of_profile, read_identity)


_NO_STATS: dict[str, object] = {"visits": 0, "views": 0, "counters": {}}


async def _known(profile_id: str, parts: Parts) -> Profile:
    profile = await parts.records.profile(profile_id)
    if profile is None:
        raise unknown("profile")
    return profile


def _shown_edge(edge: Edge) -> EdgeAnswer:
    return EdgeAnswer(**{name: getattr(edge, name) for name in EdgeAnswer.__struct_fields__})


def _path(field: str) -> str:
    """The way to a field within the profile, as the document has it."""
    return field.removeprefix("profile@")


def _shown_origin(origin: Origin) -> FieldOrigin:
    return FieldOrigin(at=origin.at, event=origin.event, rule=origin.rule)
