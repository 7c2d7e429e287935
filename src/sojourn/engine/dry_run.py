"""A dry run: what a mapping rule would do to events that really came. It reads, and writes nothing.

Each event is taken as it is stored, and its profile and session as they are now, anew for every event: so the answer is
what would happen if this one event came again, with the moment that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from sojourn.core.events import Event
from sojourn.core.limits import Limits
from sojourn.core.mapping.rules import MappingRule
from sojourn.core.trial import Past, Trial, try_rule
from sojourn.engine.rules import compiled
from sojourn.ports.records import EventQuery, Records

Document = TypeVar("Document")


class TriedEvent(NamedTuple):
    """What the rule would do to one event."""

    event: Event
    trial: Trial


async def dry_run(rule: MappingRule, records: Records, limits: Limits, *, events_max: int) -> tuple[TriedEvent, ...]:
    """Try a rule that has no faults, enabled or not, on the last events of its type and source, the newest first."""
    ready = compiled(rule)
    profile_of, session_of = _once(records.profile), _once(records.session)
    query = EventQuery(type=rule.event_type, source=rule.source)
    tried = []
    for stored in (await records.events(query, limit=events_max)).items:
        await asyncio.sleep(0)  # Whoever tracks meanwhile waits for one event at most.
        event = stored.event
        profile = await profile_of(event.profile.id) if event.profile is not None else None
        session = await session_of(event.session.id) if event.session is not None else None
        past = Past(event, stored.payload_context, profile, session, stored.received_at)
        tried.append(TriedEvent(event, try_rule(ready, past, limits)))
    return tuple(tried)


def _once(read: Callable[[str], Awaitable[Document | None]]) -> Callable[[str], Awaitable[Document | None]]:
    """The same reads, but each document is read once, so that all events see the same one."""
    known: dict[str, Document | None] = {}

    async def read_once(document_id: str) -> Document | None:
        if document_id not in known:
            known[document_id] = await read(document_id)
        return known[document_id]

    return read_once
