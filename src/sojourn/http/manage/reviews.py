"""Reviews: links that were held back, until somebody says whether two are one person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, QueryParameter

from sojourn.core.graph import Reason, Review, ReviewState
from sojourn.engine.people import AlreadyDecided
from sojourn.http.manage.bodies import Asked
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.names import unknown
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.rights import name_of_caller
from sojourn.http.problems import WRONG_STATE, Declined
from sojourn.ports.errors import UnknownId


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was held back, with the reason."""

    id: str
    at: datetime
    why: str
    """`unique-conflict`, `two-known`, `too-many-values`, `too-many-ids` or `fan-in`."""
    profile: str
    """The profile id whose event asserted the identifier."""
    other: str | None
    """A profile id of the person that the identifier belongs to; null where it is nobody's yet."""
    reason: Reason
    event: str | None
    state: ReviewState
    decided: datetime | None
    actor: str | None
    """The name of the key by which somebody has decided."""


@get("/identity/reviews", needs="read")
async def list_reviews(
    parts: Given,
    in_state: Annotated[
        ReviewState | None, QueryParameter(name="state", description="Only reviews in this state.")
    ] = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> Listing[ReviewAnswer]:
    """List what was held back, newest first; with `state=open`, what waits for an answer."""
    page = await parts.records.reviews(state=in_state, limit=items_max(limit, parts.limits), after=place_of(cursor))
    return listing(page, shown_review)


@get("/identity/reviews/{review_id:str}", needs="read")
async def read_review(review_id: FromPath[str], parts: Given) -> ReviewAnswer:
    """Read what was held back."""
    review = await parts.records.review(review_id)
    if review is None:
        raise unknown("review")
    return shown_review(review)


@post("/identity/reviews/{review_id:str}/accept", needs="configure", status_code=200, problems=(WRONG_STATE,))
async def accept_review(review_id: FromPath[str], request: Asked, parts: Given) -> ReviewAnswer:
    """Accept what was held back: the two people become one, or the identifier becomes the person's."""
    return await _answered(review_id, request, parts, accept=True)


@post("/identity/reviews/{review_id:str}/reject", needs="configure", status_code=200, problems=(WRONG_STATE,))
async def reject_review(review_id: FromPath[str], request: Asked, parts: Given) -> ReviewAnswer:
    """Reject what was held back: this identifier does not ask for these two people again."""
    return await _answered(review_id, request, parts, accept=False)


HANDLERS = (list_reviews, read_review, accept_review, reject_review)


def shown_review(review: Review) -> ReviewAnswer:
    """A review as it is answered."""
    told = {name: getattr(review, name) for name in Review.__struct_fields__ if name not in ("one", "two")}
    return ReviewAnswer(**told, profile=review.one, other=review.two)


async def _answered(review_id: str, request: Asked, parts: Parts, *, accept: bool) -> ReviewAnswer:
    try:
        return shown_review(await parts.people.answer(review_id, accept=accept, actor=name_of_caller(request)))
    except UnknownId as error:
        raise unknown("review") from error
    except AlreadyDecided as error:
        raise Declined(WRONG_STATE, str(error)) from error
