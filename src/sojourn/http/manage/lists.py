"""Lists: `limit` items from the place that `cursor` names, and the cursor of the page that follows.

A cursor is opaque to clients, and stays good: it is the place itself, not a state that the server keeps.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from sojourn.core.limits import Limits
from sojourn.core.times import EARLIEST
from sojourn.http.problems import INVALID_QUERY, Declined, Fault
from sojourn.ports.records import After, Page

Item = TypeVar("Item")
Shown = TypeVar("Shown")

PAGE_ITEMS = 100
"""Items of a page when nobody asks for another number."""

Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="The most items that the page may have.")]
Cursor = Annotated[str | None, QueryParameter(description="The `next` of the page before; none for the first page.")]


class Listing(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """One page of a list. `next` is the cursor of the following page, null at the end."""

    items: tuple[Item, ...]
    next: str | None


def items_max(limit: int, limits: Limits) -> int:
    """How many items a page may have: as many as were asked for, and no more than this server gives at once."""
    return min(limit, limits.page_items_max)


def listing(page: Page[Item], show: Callable[[Item], Shown]) -> Listing[Shown]:
    """A page as it is answered, each item in the form that `show` gives it."""
    return Listing(items=tuple(show(item) for item in page.items), next=page.next and cursor_of(page.next))


def listing_by_id(
    things: Sequence[Item], id_of: Callable[[Item], str], limit: int, cursor: str | None
) -> Listing[Item]:
    """A page of things that are held in memory, by id. Raises Declined for a bad cursor."""
    place = place_of(cursor)
    rest = sorted((thing for thing in things if place is None or id_of(thing) > place.id), key=id_of)
    page = tuple(rest[:limit])
    return Listing(items=page, next=cursor_of(After(EARLIEST, id_of(page[-1]))) if len(rest) > limit else None)


def latest_first(version: int) -> str:
    """A text by which later versions come before earlier ones."""
    return f"{_VERSIONS_MAX - version:010}"


def cursor_of(place: After) -> str:
    """The place as clients carry it."""
    return urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place_of(cursor: str | None) -> After | None:
    """The place that a client brings back. Raises Declined for anything that is no cursor of ours."""
    if cursor is None:
        return None
    try:
        place = _places.decode(urlsafe_b64decode(cursor.encode() + b"=="))
    except (msgspec.MsgspecError, binascii.Error, UnicodeError) as error:
        raise _bad_cursor() from error
    if place.moment.tzinfo is None:
        raise _bad_cursor()
    return place


def _bad_cursor() -> Declined:
    fault = Fault(("query", "cursor"), "cursor", "This is no cursor. Take the `next` of the page before, as it is.")
    return Declined(INVALID_QUERY, "The cursor cannot be read.", [fault])


_VERSIONS_MAX = 10**10 - 1
_places = msgspec.json.Decoder(After)
