"""Write down what was decided: events, session, profile, links, and by what each event will be recognised again."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.changes import RecordedEvent, SubmissionRecord
from sojourn.core.draft import Draft, Ended, EventDraft, event_of
from sojourn.core.facts import KnownEvent


def record(draft: Draft) -> Ended | None:
    """Put everything into the world, as far as source and options let it be kept (tracker.md R-25, R-29)."""
    submission = draft.submission
    if submission.source.ephemeral:
        return None
    for event in draft.kept:
        _remember(draft, event)
    _record_person(draft)
    recorded = draft.recorded
    for event in recorded:
        draft.world.put_event(RecordedEvent(event_of(draft, event), (*draft.notes, *event.notes)))
    if recorded and (submission.context or submission.headers):
        common = SubmissionRecord(id=submission.id, context=submission.context, headers=submission.headers)
        draft.world.put_submission(common)
    return None


def _record_person(draft: Draft) -> None:
    if draft.profile is not None and draft.saves_profile:
        if draft.profile is not draft.whose.profile:
            draft.world.put_profile(draft.profile)
        for edge in draft.edges:
            draft.world.put_edge(replace(edge, event=draft.kept[0].id))
    if draft.session is not None and draft.saves_session:
        draft.world.put_session(draft.session)


def _remember(draft: Draft, event: EventDraft) -> None:
    """Remember an id that the client gave, so that the event is recognised when it is sent again."""
    if event.key is None:
        return
    profile = draft.profile.id if draft.profile is not None and draft.saves_profile else None
    session = draft.session.id if draft.session is not None and draft.saves_session else None
    draft.world.put_event_key(event.key, KnownEvent(event.digest, profile, session))
