"""`sojourn erase`: remove a person and all that is known of them, and show what was removed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_record

if TYPE_CHECKING:
    from sojourn.cli.connection import Api, Document

LOOK_S = 0.1
"""Seconds between two looks at how far the erasure is."""
LOOKS_MAX = 100
"""After so many looks, the rest is left to the server."""


async def erase(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Erase a person: the profile, all ids, links, merges, sessions and events. Nothing brings them back.

    What is shown is the receipt. It holds counts and nobody's name; `GET /api/v1/erasures` lists all of them.

    Examples:
        sojourn erase 3f0c0a52-6d0c-4a63-9d7f-4a8f7a3f1b11
        sojourn erase 3f0c0a52-6d0c-4a63-9d7f-4a8f7a3f1b11 --json

    Args:
        id: Any id of the person: the current one, a merged one, an alias.
    """
    async with reach(data) as api:
        receipt = await _ended(api, await api.remove("profiles", id))
    if as_json:
        write_json(receipt)
    else:
        write_record({name: value for name, value in receipt.items() if name != "removed"})
        write_record({f"removed {kind}": count for kind, count in receipt["removed"].items()})
    if receipt["state"] != "done":
        hint("It is durable. Files still hold bytes of what was removed; the server goes on until none does.")


async def _ended(api: Api, erasure_id: str) -> Document:
    """The receipt when the erasure is done, or when that takes longer than anybody likes to wait."""
    receipt: Document = await api.get("erasures", erasure_id)
    for _ in range(LOOKS_MAX):
        if receipt["state"] == "done":
            break
        await asyncio.sleep(LOOK_S)
        receipt = await api.get("erasures", erasure_id)
    return receipt
