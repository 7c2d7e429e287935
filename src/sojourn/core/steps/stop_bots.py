"""Stop what known bots send, if the source does not want it."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.draft import Draft, Ended, Status
from sojourn.core.events import Problem
from sojourn.core.outcomes import DROPPED_BOT, REFUSED_BOT, Outcome


def stop_bots(draft: Draft) -> Ended | None:
    """End the submission of a bot, by the source's setting `bots` (tracker.md R-06)."""
    if not draft.submission.client.is_bot:
        return None
    match draft.submission.source.bots:
        case "keep":
            return None
        case "drop":
            _treat_bad_events_alike(draft, DROPPED_BOT)
            draft.warn("bot", "The user agent is a known bot; this source drops its events.")
            return Ended(DROPPED_BOT, Status.OK)
        case "refuse":
            _treat_bad_events_alike(draft, REFUSED_BOT)
            return Ended(REFUSED_BOT, Status.FORBIDDEN, _REFUSAL)


def _treat_bad_events_alike(draft: Draft, outcome: Outcome) -> None:
    """Let them end as the good ones do: of what nobody wants, nothing is put aside either."""
    draft.bad_events = tuple(replace(bad, outcome=outcome) for bad in draft.bad_events)
    draft.errors.clear()


_REFUSAL = Problem(event=None, code="bot", loc=(), msg="Traffic from bots is not allowed.")
