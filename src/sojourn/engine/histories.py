"""Reading what was recorded of some people, page by page, into a fold of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime

from sojourn.core.refold import Refold, Request
from sojourn.ports.records import Records

REQUESTS = 50
"""Requests of a history that are read, and held, at once."""


class History:
    """What was recorded under some profile ids, and how far it was read."""

    def __init__(self, records: Records, profile_ids: Collection[str], fold: Refold) -> None:
        """Begin at the first request."""
        self.fold = fold
        self._records = records
        self._profile_ids = profile_ids
        self._last: str | None = None

    async def read_on(self, until: datetime | None = None) -> int:
        """Fold what has not been read yet; of that, what arrived up to `until`. How many requests were read.

        Raises NotSettled, and UnknownId when the last request that was read has been erased since.
        """
        came = 0
        while True:
            page = await self._records.history(self._profile_ids, limit=REQUESTS, after=self._last)
            for request in page:
                if until is None or _arrived_by(request, until):
                    await self._fold(request)
                self._last = request.record.id
                await asyncio.sleep(0)  # Whoever tracks meanwhile waits for one request of the past at most.
            came += len(page)
            if len(page) < REQUESTS:
                return came

    async def _fold(self, request: Request) -> None:
        session_id = self.fold.session_of(request)
        self.fold.add(request, await self._records.session(session_id) if session_id is not None else None)


def _arrived_by(request: Request, moment: datetime) -> bool:
    return request.record.at is not None and request.record.at <= moment
