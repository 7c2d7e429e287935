"""Write down what was decided: events, session, profile, links, and by what each event will be recognised again."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.changes import RecordedEvent, SubmissionRecord
from sojourn.core.contexts import time_zone_of
from sojourn.core.contributions import NO_CONTRIBUTION, Contribution, Join
from sojourn.core.documents import encode_document
from sojourn.core.draft import Draft, Ended, EventDraft, event_of
from sojourn.core.facts import USED, KnownEvent
from sojourn.core.graph import ALIAS


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
        draft.world.put_event(_recorded(draft, event))
    _record_request(draft, is_stored=bool(recorded))
    return None


def _recorded(draft: Draft, event: EventDraft) -> RecordedEvent:
    kept, trace = event_of(draft, event), (*draft.notes, *event.notes)
    return RecordedEvent(kept, trace, encode_document(kept), encode_document(trace))


def _record_request(draft: Draft, *, is_stored: bool) -> None:
    """Keep what is common to the stored events, and what the request did for its person beside them."""
    profile = draft.profile if draft.saves_profile else None
    contribution = _contribution(draft) if profile is not None else NO_CONTRIBUTION
    if not is_stored and contribution == NO_CONTRIBUTION:
        return
    submission = draft.submission
    record = SubmissionRecord(
        id=submission.id,
        at=submission.received_at,
        profile=draft.home if profile is not None else None,
        contribution=contribution,
        context=submission.context if is_stored else {},
        headers=submission.headers if is_stored else {},
    )
    draft.world.put_submission(record)


def _contribution(draft: Draft) -> Contribution:
    edges, merges = draft.graph.edges, draft.graph.merges
    return Contribution(
        born=draft.beside.born,
        aliases=tuple(edge.id for edge in edges if edge.kind == ALIAS) if edges else (),
        withheld=_withheld(draft) if draft.correction.withheld else (),
        identifiers=tuple(draft.graph.learnt),
        joins=tuple(Join(merge.id, merge.one, merge.two) for merge in merges) if merges else (),
        newcomer_by=tuple(draft.graph.newcomer_by),
        visits=tuple(visit.trigger.moment for visit in draft.visits if visit.counts) if draft.visits else (),
        tz=time_zone_of(draft.submission.context) if draft.session is not None else None,
        told=draft.beside.told,
        session=draft.beside.session,
        unsaved=tuple(draft.beside.unsaved),
    )


def _withheld(draft: Draft) -> tuple[tuple[str, str], ...]:
    withheld = draft.correction.withheld
    return tuple((event_id, field) for event_id in withheld for field in sorted(withheld[event_id]))


def _record_person(draft: Draft) -> None:
    if draft.profile is not None and draft.saves_profile:
        if draft.profile is not draft.whose.profile:
            draft.world.put_profile(draft.profile)
        _record_graph(draft)
    if draft.session is not None and draft.saves_session:
        draft.world.put_session(draft.session)


def _record_graph(draft: Draft) -> None:
    if draft.graph.newborn is not None:  # so that what comes under its id is recorded under it
        draft.world.put_profile(draft.graph.newborn)
    for edge in draft.graph.edges:
        draft.world.put_edge(replace(edge, event=edge.event or draft.kept[0].id))
    for merge in draft.graph.merges:
        draft.world.put_merge(merge)
    if draft.graph.used is not None:
        draft.world.put_event_key(draft.graph.used, USED)
    for review in draft.graph.reviews:
        draft.world.put_review(review)


def _remember(draft: Draft, event: EventDraft) -> None:
    """Remember an id that the client gave, so that the event is recognised when it is sent again."""
    if event.key is None:
        return
    profile = draft.home if draft.profile is not None and draft.saves_profile else None
    session = draft.session.id if draft.session is not None and draft.saves_session else None
    draft.world.put_event_key(event.key, KnownEvent(event.digest, profile, session))
