"""From an event of the quarantine to a submission that is decided as if it came when it had come.

The event goes through the same reading and the same limits as at the door. What is not known any more is left out: the
context of the payload around it, and who the client was.
"""

from __future__ import annotations

import msgspec

from sojourn.core.changes import PutAside
from sojourn.core.events import BadEvent, Problem, ProfileMode, Replay, Submission
from sojourn.core.ids import ordered_id
from sojourn.core.limits import Limits
from sojourn.core.sources import Source
from sojourn.http.refusals import Refusal, invalid
from sojourn.http.wire import decode_track, payload_options
from sojourn.ports.system import Chance, Clock


def replayed(
    aside: PutAside, event: object, source: Source, *, limits: Limits, clock: Clock, chance: Chance
) -> Submission:
    """The submission of `event` in the place of the one that was put aside; None takes that one again.

    Raises Refusal when it cannot be read as an event within the limits.
    """
    payload = {"source": {"id": source.id}, "events": [_stored(aside) if event is None else event]}
    body = msgspec.json.encode(payload)
    tracked = decode_track(body, limits, limits.server if source.trust == "server" else limits.public)
    if tracked.bad_events:
        raise invalid(_problems(tracked.bad_events))
    entropy, now = chance.bits(), clock.now()
    return Submission(
        id=ordered_id(entropy >> 74, now, 0),
        source=source,
        entry=aside.event.entry,
        received_at=aside.event.at,
        entropy=entropy,
        session_id=aside.session,
        profile_id=aside.profile,
        options=payload_options({}, tracked.events),
        events=tracked.events,
        body=body,
        profile_mode=_mode(aside),
        replay=Replay(aside.event.id, now),
    )


def _stored(aside: PutAside) -> object:
    """The event as it was put aside; of a webhook, the body is its properties."""
    quarantined = aside.event
    try:
        told = msgspec.json.decode(quarantined.raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _unreadable() from error
    if quarantined.entry == "rest":
        return told
    properties = told if isinstance(told, dict) else {"items" if isinstance(told, list) else "body": told}
    return {"type": quarantined.type, "properties": properties}


def _mode(aside: PutAside) -> ProfileMode:
    if aside.event.profile_less:
        return ProfileMode.NONE
    return ProfileMode.OF_SESSION if aside.event.entry == "redirect" else ProfileMode.FIND_OR_CREATE


def _problems(bad_events: tuple[BadEvent, ...]) -> list[Problem]:
    return [problem for bad in bad_events for problem in bad.problems]


def _unreadable() -> Refusal:
    msg = "What was put aside is no JSON. Send the event as it should be, under `event`."
    return invalid([Problem(event=0, code="json_invalid", loc=("body", "events", 0), msg=msg)])
