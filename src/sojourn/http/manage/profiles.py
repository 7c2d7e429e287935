"""People: their profiles, found by any of their ids, what they did, and what links their ids."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, delete, get
from litestar.params import PathParameter, QueryParameter

from sojourn.core.graph import Edge
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked
from sojourn.http.manage.events import EventAnswer, shown
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.merges import MergeAnswer, shown_merge
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.profile_answers import ProfileAnswer, shown_profile
from sojourn.http.manage.reviews import ReviewAnswer, shown_review
from sojourn.http.manage.rights import name_of_caller
from sojourn.http.manage.times import moment_of
from sojourn.http.problems import UNKNOWN_ID, Declined
from sojourn.ports.records import EventQuery

AnyId = Annotated[str, PathParameter(description="Any id of the person: the current one, a merged one, an alias.")]


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
    """What makes a person one, and from others apart: all of it oldest first. The ids follow from links and merges."""

    ids: tuple[str, ...]
    edges: tuple[EdgeAnswer, ...]
    """The links that lead to the person."""
    merges: tuple[MergeAnswer, ...]
    """All that tied, or tie, one of the ids to another one."""
    reviews: tuple[ReviewAnswer, ...]
    """Links that were held back."""


@get("/profiles/{profile_id:str}", needs="read")
async def read_profile(
    profile_id: AnyId,
    parts: Given,
    include: Annotated[
        Literal["provenance"] | None, QueryParameter(description="`provenance`: who wrote each field, in `metadata`.")
    ] = None,
    at: Annotated[str | None, QueryParameter(description="The person as known at this time, RFC 3339.")] = None,
) -> ProfileAnswer:
    """Read a person's profile, by any id of the person.

    With `at`, it is what had arrived by then, of those who were one person then, read with the rules in force now; 404
    where nothing was known yet.
    """
    moment = moment_of("at", at)
    profile = await _known(profile_id, parts) if moment is None else await _known_at(moment, profile_id, parts)
    return shown_profile(profile, with_origins=include is not None)


@delete("/profiles/{profile_id:str}", needs="erase")
async def erase_profile(profile_id: AnyId, request: Asked, parts: Given) -> Response[None]:
    """Erase a person: profile, ids, links, merges, sessions and events of all that was merged into the person.

    It is durable when the answer comes. `Location` leads to the receipt, which tells what was removed, and when no file
    holds a byte of it any more. Later requests with the old ids start as unknown ones.
    """
    receipt_id = await parts.erasures.erase(profile_id, actor=name_of_caller(request))
    if receipt_id is None:
        raise unknown("profile")
    return Answer(None, status_code=204, headers={"Location": f"/api/v1/erasures/{receipt_id}"})


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
    merges = await parts.records.merges_of(profile.ids)
    reviews = await parts.records.reviews_of(profile.ids)
    return Identity(
        ids=profile.ids,
        edges=tuple(_shown_edge(edge) for edge in edges),
        merges=tuple(map(shown_merge, merges)),
        reviews=tuple(map(shown_review, reviews)),
    )


HANDLERS = (read_profile, erase_profile, list_events_of_profile, list_sessions_of_profile, read_identity)


async def _known(profile_id: str, parts: Parts) -> Profile:
    profile = await parts.records.profile(profile_id)
    if profile is None:
        raise unknown("profile")
    return profile


async def _known_at(moment: datetime, profile_id: str, parts: Parts) -> Profile:
    profile = await parts.people.as_of(profile_id, moment)
    if profile is None:
        raise Declined(UNKNOWN_ID, "Nothing was known of a person of this id at that time.")
    return profile


def _shown_edge(edge: Edge) -> EdgeAnswer:
    return EdgeAnswer(**{name: getattr(edge, name) for name in EdgeAnswer.__struct_fields__})
