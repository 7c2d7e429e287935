"""Receipts of erasures: when a person was erased, by whom, how much that removed, and whether it is done; never who."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from sojourn.core.erasures import ErasureState, Receipt, Removed
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given

PersonsId = Annotated[
    str | None, QueryParameter(description="Any id of a person: only the erasures that this id was erased by.")
]


class ErasureReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of an erasure."""

    id: str
    at: datetime
    actor: str
    """The name of the key that asked for it."""
    state: ErasureState
    """`running` until no file of the data folder holds a byte of what was removed; then `done`."""
    removed: Removed
    """How many records of each kind."""
    ids: int
    """How many ids the person had. The receipt knows them by keyed hashes, which are not shown."""


@get("/erasures", needs="read")
async def list_erasures(
    parts: Given, profile: PersonsId = None, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[ErasureReceipt]:
    """List the receipts of erasures, newest first; with `profile`, those of one person, by any id that was theirs."""
    mark = None if profile is None else parts.erasures.mark_of(profile)
    page = await parts.records.erasures(mark=mark, limit=items_max(limit, parts.limits), after=place_of(cursor))
    return listing(page, _shown)


@get("/erasures/{erasure_id:str}", needs="read")
async def read_erasure(erasure_id: FromPath[str], parts: Given) -> ErasureReceipt:
    """Read the receipt of an erasure, and whether it is done."""
    receipt = await parts.records.erasure(erasure_id)
    if receipt is None:
        raise unknown("erasure")
    return _shown(receipt)


HANDLERS = (list_erasures, read_erasure)


def _shown(receipt: Receipt) -> ErasureReceipt:
    return ErasureReceipt(
        id=receipt.id,
        at=receipt.at,
        actor=receipt.actor,
        state=receipt.state,
        removed=receipt.removed,
        ids=len(receipt.marks),
    )
