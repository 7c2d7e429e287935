"""How requests show up in the live feed: those that were decided, and those that the door refused."""

from __future__ import annotations

from sojourn.core.events import Submission
from sojourn.core.pipeline import Decision
from sojourn.core.sources import EntryKind
from sojourn.engine.live import Entry, LiveEntry, LiveOutcome
from sojourn.http.answers import status_of
from sojourn.http.tracker import RefusalNote


def decided_entry(submission: Submission, decision: Decision) -> LiveEntry:
    """A decision as the live feed shows it."""
    return LiveEntry(
        at=submission.received_at,
        entry=_ENTRIES[submission.entry],
        status=status_of(decision),
        source=submission.source.id,
        count=len(decision.outcomes),
        outcomes=tuple(
            LiveOutcome(
                event=ended.event,
                id=ended.id,
                type=ended.type,
                outcome=ended.outcome.fate,
                reason=ended.outcome.reason,
            )
            for ended in decision.outcomes
        ),
        profile=decision.profile_id,
        session=decision.session_id,
        errors=tuple(problem.code for problem in decision.errors),
        warnings=tuple(problem.code for problem in decision.warnings),
    )


def refused_entry(note: RefusalNote) -> LiveEntry:
    """A refused request as the live feed shows it: its reason stands for each of its events."""
    return LiveEntry(
        at=note.at,
        entry=_ENTRIES[note.entry],
        status=note.status,
        source=note.source or None,
        count=note.count,
        errors=(note.outcome.reason,),
    )


_ENTRIES: dict[EntryKind, Entry] = {"rest": "track", "webhook": "collect", "redirect": "redirect"}
