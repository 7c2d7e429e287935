"""Lists of what memory holds: in their order, page by page. The order is that of `ports.records.After`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Literal, TypeVar

from sojourn.core.changes import Quarantined, RecordedEvent
from sojourn.core.erasures import Receipt
from sojourn.core.events import Event
from sojourn.core.graph import Merge, Review
from sojourn.core.sessions import Session
from sojourn.ports.records import After, EventQuery, Page

Item = TypeVar("Item")


def is_asked(event: Event, query: EventQuery, ids: Collection[str] | None) -> bool:
    """Whether an event is one of those that a query asks for; `ids` are those of its person."""
    moment = event.metadata.time.insert
    return (
        (query.session is None or (event.session is not None and event.session.id == query.session))
        and (ids is None or _recorded_under(event, ids))
        and query.source in (None, event.source.id)
        and query.type in (None, event.type)
        and (query.since is None or query.since <= moment)
        and (query.until is None or moment < query.until)
    )


def place_of_event(recorded: RecordedEvent) -> After:
    """Where an event stands in a list."""
    event = recorded.event
    return After(event.metadata.time.insert, event.id, event.source.id)


def place_of_session(session: Session) -> After:
    """Where a session stands in a list."""
    return After(session.metadata.time.insert, session.id)


def place_of_decision(decision: Merge | Review | Receipt) -> After:
    """Where a decision stands in a list."""
    return After(decision.at, decision.id)


def concerns(decision: Merge | Review, ids: Collection[str]) -> bool:
    """Whether a decision names any of these ids."""
    return decision.one in ids or decision.two in ids


def place_of_quarantined(quarantined: Quarantined) -> After:
    """Where an event that was put aside stands in a list."""
    return After(quarantined.at, quarantined.id)


def page(
    found: Iterable[Item],
    place: Callable[[Item], After],
    order: Literal["desc", "asc"],
    limit: int,
    after: After | None,
) -> Page[Item]:
    """The first `limit` items that lie beyond `after` in this order."""
    is_descending = order == "desc"
    ordered = sorted(found, key=place, reverse=is_descending)
    if after is not None:
        ordered = [item for item in ordered if (place(item) < after if is_descending else place(item) > after)]
    items = tuple(ordered[:limit])
    return Page(items, place(items[-1]) if len(ordered) > limit else None)


def _recorded_under(event: Event, ids: Collection[str]) -> bool:
    return event.profile is not None and event.profile.id in ids
