"""Reading what was recorded of some people, page by page, into a fold of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sojourn.core.refold import Refold
from sojourn.ports.records import Records

PAGE = 200
"""Requests that are read and folded at once, before others have their turn."""


class History:
    """What was recorded under some profile ids, and how far it was read."""

    def __init__(self, records: Records, profile_ids: Collection[str], fold: Refold) -> None:
        """Begin at the first request."""
        self._records = records
        self._profile_ids = profile_ids
        self._fold = fold
        self._after: str | None = None

    async def read_on(self, until: datetime | None = None) -> None:
        """Fold what has not been read yet; of that, what arrived up to `until`. Raises NotSettled."""
        while page := await self._records.history(self._profile_ids, limit=PAGE, after=self._after):
            for request in page:
                if until is None or (request.record.at is not None and request.record.at <= until):
                    self._fold.add(request)
            self._after = page[-1].record.id
