"""Add what the request tells of its surroundings: to the session, to the events, and once a session to the person.

It comes before the mapping, so that rules and their conditions see of an event what will be kept of it. Nothing that a
client sends makes it fail (tracker.md R-11).
"""

from __future__ import annotations

from sojourn.core.acquaintance import introduced, told_by
from sojourn.core.changes import note_of
from sojourn.core.contexts import hit_of
from sojourn.core.contributions import Introduction
from sojourn.core.draft import Draft, Ended, EventDraft
from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.core.surroundings import Told, shown_by_events, with_surroundings


def enrich(draft: Draft) -> Ended | None:
    """Fill what is known of the surroundings; of each the first word counts (tracker.md R-16, §6.1 to §6.3)."""
    kept = draft.kept
    pages = _pages(draft, kept)
    session = draft.session
    if session is not None:
        known = draft.world.session(session.id)
        draft.session = with_surroundings(
            session, Told(draft.submission.client, draft.submission.context, pages), known
        )
        is_news = known is None or known.context is not session.context or draft.session is not session
        if draft.profile is not None and (is_news or draft.visits):
            _introduce(draft, draft.profile, draft.session)
    shown = shown_by_events(draft.session, draft.submission.client)
    for event in draft.system_events:
        event.filled = {**shown, **event.filled}
    for event, page in zip(kept, pages, strict=True):
        event.filled = {**shown, **event.filled}
        hit = hit_of(page) if page else None
        if hit:
            event.filled["hit"] = hit
    return None


def _pages(draft: Draft, kept: list[EventDraft]) -> list[object]:
    """The page of each event: its own, else that of the payload (tracker.md R-17)."""
    common = draft.submission.context.get("page")
    return [event.sent.context.get("page", common) if event.sent.context else common for event in kept]


def _introduce(draft: Draft, profile: Profile, session: Session) -> None:
    """Let the profile know what the session tells of its person."""
    what = told_by(session, draft.ruleset.knowledge)
    if not what:
        return
    first = draft.kept[0]
    assert first.id is not None, "recognise gives every event its id"
    draft.beside.told = Introduction(what, Origin(first.moment, first.id, ""))
    draft.profile, changes = introduced(profile, draft.beside.told, draft.ruleset.knowledge)
    first.notes += [note_of("enrich", change) for change in changes]
