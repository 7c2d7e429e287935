"""Quarantine: events that were put aside instead of kept, as they were sent."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from sojourn.core.changes import Quarantined
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.parts import Given


@get("/quarantine", needs="read")
async def list_quarantined(
    parts: Given,
    source: Annotated[str | None, QueryParameter(description="Only events that were sent to this source.")] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[Quarantined]:
    """List the events that were put aside, newest first. `raw` is the exact JSON text that was sent."""
    page = await parts.records.quarantined(source=source, limit=items_max(limit, parts.limits), after=place_of(cursor))
    return listing(page, lambda quarantined: quarantined)


HANDLERS = (list_quarantined,)
