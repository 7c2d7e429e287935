"""Tell events that were accepted before from new ones, by the ids that clients gave them (tracker.md R-19)."""

from __future__ import annotations

import re
from hashlib import blake2b

import msgspec

from sojourn.core.draft import Draft, Ended, EventDraft, Status
from sojourn.core.events import Problem, SentEvent, SentTime
from sojourn.core.facts import EventKey, KnownEvent, settled_key
from sojourn.core.ids import ordered_id
from sojourn.core.outcomes import DUPLICATE, QUARANTINED_ID_CONFLICT


def recognise(draft: Draft) -> Ended | None:
    """Mark duplicates (same source, same id, same content) and conflicts (other content); the first event stays.

    Events that came without an id get one of ours. A replay ends here when what it would replay is settled already.
    """
    replay = draft.submission.replay
    if replay is not None and draft.world.known_event(settled_key(replay.quarantined)) is not None:
        return Ended(DUPLICATE, Status.SETTLED)
    source = draft.submission.source.id
    seen: dict[str, bytes] = {}
    for event in draft.events:
        if not event.is_kept:
            continue
        if event.id is None:
            event.id = ordered_id(draft.submission.entropy, draft.submission.received_at, event.index)
            continue
        event.key = EventKey(source, event.id)
        event.digest = content_digest(event.type, event.sent)
        known = draft.world.known_event(event.key)
        first = known.digest if known else seen.get(event.id)
        if first is None:
            seen[event.id] = event.digest
        elif first == event.digest:
            draft.end(event, DUPLICATE)
            draft.earlier = _more_telling(draft.earlier, known)
            draft.warn("duplicate", "This event was accepted before.", event=event.index, loc=_loc(event))
        else:
            draft.fail(event, QUARANTINED_ID_CONFLICT, _conflict(event))
    return None


def content_digest(event_type: str, sent: SentEvent) -> bytes:
    """A digest of what an event says, equal for JSON-equal contents (key order, null or absent, 1 or 1.0)."""
    content = (
        event_type,
        sent.properties or {},
        sent.context or {},
        None if sent.time == _NO_TIME else sent.time,
        sent.tags or (),
        sent.options or {},
    )
    encoded = _sorted.encode(content)
    if _MAY_HOLD_WHOLE_FLOATS.search(encoded):
        encoded = _sorted.encode(_whole_numbers_as_integers(msgspec.json.decode(encoded)))
    return blake2b(encoded, digest_size=16).digest()


_NO_TIME = SentTime()
_MAY_HOLD_WHOLE_FLOATS = re.compile(rb"\d(?:\.0|e\d)")
_sorted = msgspec.json.Encoder(order="sorted")


def _whole_numbers_as_integers(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers_as_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers_as_integers(item) for item in value]
    return value


def _more_telling(one: KnownEvent | None, other: KnownEvent | None) -> KnownEvent | None:
    """Of two events that were accepted before the one that says more of whose they became; the first, if equal."""
    if one is None or other is None:
        return one or other
    says_more = (other.profile is not None, other.session is not None) > (
        one.profile is not None,
        one.session is not None,
    )
    return other if says_more else one


def _loc(event: EventDraft) -> tuple[str | int, ...]:
    return ("body", "events", event.index, "id")


def _conflict(event: EventDraft) -> Problem:
    msg = "This id was used before for other content; the first event stays."
    return Problem(event=event.index, code="id-conflict", loc=_loc(event), msg=msg)
