"""Add what the request tells of its surroundings: to the session, to the events, and once a session to the person.

It comes before the mapping, so that rules and their conditions see of an event what will be kept of it. Nothing that a
client sends makes it fail (tracker.md R-11).
"""

from __future__ import annotations

from sojourn.core.acquaintance import ENRICH, told_by
from sojourn.core.changes import TraceNote
from sojourn.core.contexts import hit_of
from sojourn.core.derived import with_derived_fields
from sojourn.core.draft import Draft, Ended, EventDraft
from sojourn.core.mapping.apply import Applied, Sheet
from sojourn.core.mapping.operations import Origin
from sojourn.core.profiles import Profile, parts_of, with_parts
from sojourn.core.sessions import Session, first_wins
from sojourn.core.surroundings import Told, shown_by_events, with_surroundings


def enrich(draft: Draft) -> Ended | None:
    """Fill what is known of the surroundings; of each the first word counts (tracker.md R-16, §6.1 to §6.3)."""
    pages = {event.index: _page(draft, event) for event in draft.kept}
    if draft.session is not None:
        known = draft.world.session(draft.session.id)
        told = Told(draft.submission.client, draft.submission.context, [page for page in pages.values() if page])
        session = with_surroundings(draft.session, told, known)
        is_news = session is not draft.session or known is None or known.context is not session.context
        draft.session = session
        if draft.profile is not None and (is_news or draft.visits):
            _introduce(draft, draft.profile, session)
    shown = shown_by_events(draft.session, draft.submission.client)
    for event in draft.system_events:
        event.filled = {**shown, **event.filled}
    for event in draft.kept:
        event.filled = _filled(event, shown, pages[event.index])
    return None


def _page(draft: Draft, event: EventDraft) -> object:
    """The page of an event: its own, else that of the payload (tracker.md R-17)."""
    context = event.sent.context
    if context and "page" in context:
        return context["page"]
    return draft.submission.context.get("page")


def _filled(event: EventDraft, shown: dict[str, dict[str, object]], page: object) -> dict[str, dict[str, object]]:
    filled = {**shown, **event.filled} if event.filled else dict(shown)
    hit = hit_of(page) if page else None
    if hit:
        filled["hit"] = first_wins(event.filled.get("hit", {}), hit)
    return filled


def _introduce(draft: Draft, profile: Profile, session: Session) -> None:
    """Let the profile know what the session tells of its person."""
    told = told_by(session, draft.ruleset.knowledge)
    if not told:
        return
    first = draft.kept[0]
    assert first.id is not None, "recognise gives every event its id"
    sheet = Sheet(parts_of(profile), profile.metadata.fields)
    by = Origin(first.moment, first.id, "")
    applied = Applied({"profile": sheet, "event": Sheet(told, {})}, by, name_bytes_max=draft.limits.key_bytes_max)
    applied.apply(ENRICH, draft.submission.source.id)
    if sheet.is_changed:
        written = with_parts(profile, sheet.content, sheet.origins)
        draft.profile = with_derived_fields(written, draft.ruleset.knowledge)
        first.changes_profile = True
    first.notes += [TraceNote("enrich", change.op.value, change) for change in applied.changes]
