"""Merges of profiles. Nothing merges profiles yet, so there are none: an empty list, and nothing to undo."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import get, post

from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, listing_by_id
from sojourn.http.manage.names import unknown


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Two or more profiles that became one person's."""

    id: str
    at: datetime
    survivor: str
    merged: tuple[str, ...]
    reason: dict[str, object]
    event: str | None
    actor: str | None
    undone: datetime | None


@get("/identity/merges", needs="read")
async def list_merges(limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[Merge]:
    """List the merges, newest first."""
    return listing_by_id(_MERGES, lambda merge: merge.id, limit, cursor)


@post("/identity/merges/{merge_id:str}/undo", needs="configure", status_code=200)
async def undo_merge() -> Merge:
    """Undo a merge: each event goes back to the profile that it was recorded under."""
    raise unknown("merge")


HANDLERS = (list_merges, undo_merge)

_MERGES: tuple[Merge, ...] = ()
