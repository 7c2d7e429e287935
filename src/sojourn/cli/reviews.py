"""`sojourn identity reviews`, `accept`, `reject`: links that were held back, until somebody decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import write_json, write_table, write_thing

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

REVIEWS_SHOWN = 100


async def reviews(
    *,
    state: Literal["open", "accepted", "rejected"] | None = None,
    limit: int = REVIEWS_SHOWN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the links that were held back, the newest first.

    Examples:
        sojourn identity reviews --state open
        sojourn identity reviews --json

    Args:
        state: Only those in this state.
        limit: As many at most.
    """
    async with reach(data) as api:
        found = await api.items("identity", "reviews", limit=limit, state=state)
    if as_json:
        write_json(found)
    else:
        write_table(("id", "at", "why", "profile", "other", "because of", "state"), map(_row, found))


async def accept(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Accept what was held back: the two people become one, or the identifier becomes the person's.

    Examples:
        sojourn identity accept 5d41402abc4b2a76

    Args:
        id: The id of the review.
    """
    await _answer(id, "accept", data=data, as_json=as_json)


async def reject(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Reject what was held back: the identifier does not ask for these two people again.

    Examples:
        sojourn identity reject 5d41402abc4b2a76

    Args:
        id: The id of the review.
    """
    await _answer(id, "reject", data=data, as_json=as_json)


async def _answer(id: str, word: str, *, data: str | None, as_json: bool) -> None:
    async with reach(data) as api:
        review = await api.send("POST", "identity", "reviews", id, word)
    write_thing(review, as_json=as_json)


def _row(review: Document) -> list[object]:
    reason = review["reason"]
    because = f"{reason['kind']} {reason['value']}".rstrip()
    told = [review[name] for name in ("id", "at", "why", "profile", "other")]
    return [*told, because, review["state"]]
