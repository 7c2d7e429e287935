"""Outcomes: how many events ended how."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from sojourn.core.outcomes import OutcomeCounts
from sojourn.http.manage.parts import Given


@get("/outcomes", needs="read")
async def read_outcomes(
    parts: Given,
    source: Annotated[str | None, QueryParameter(description="Only events that were sent to this source.")] = None,
) -> OutcomeCounts:
    """Count the events that clients sent since the data folder was made, by how they ended.

    `received` is the sum of all others, `unsaved` left out: those are kept events that were processed and not stored.
    """
    uncounted = await parts.counted()
    counts = await parts.records.outcomes(source)
    for tally in uncounted:
        if source in (None, tally.source):
            counts.add(tally.outcome, tally.count)
    return counts


HANDLERS = (read_outcomes,)
