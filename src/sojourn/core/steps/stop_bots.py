"""Stop what known bots send, if the source does not want it."""

from __future__ import annotations

from sojourn.core.draft import Draft, Ended, Status
from sojourn.core.events import Problem
from sojourn.core.outcomes import DROPPED_BOT, REFUSED_BOT


def stop_bots(draft: Draft) -> Ended | None:
    """End the submission of a bot, by the source's setting `bots` (tracker.md R-06)."""
    if not draft.submission.is_bot:
        return None
    match draft.submission.source.bots:
        case "keep":
            return None
        case "drop":
            draft.warn("bot", "The user agent is a known bot; this source drops its events.")
            return Ended(DROPPED_BOT, Status.OK)
        case "refuse":
            return Ended(REFUSED_BOT, Status.FORBIDDEN, _REFUSAL)


_REFUSAL = Problem(event=None, code="bot", loc=(), msg="Traffic from bots is not allowed.")
