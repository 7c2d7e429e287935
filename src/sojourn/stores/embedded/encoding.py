"""Between the records of the core and the rows of the store: documents to JSON and back, moments to microseconds."""

from __future__ import annotations

from datetime import datetime

import msgspec

from sojourn.core.changes import Changes, PutAside, Quarantined, RecordedEvent, SubmissionRecord, TraceNote
from sojourn.core.contracts import Contract
from sojourn.core.documents import encode_document
from sojourn.core.erasures import Receipt, Removed
from sojourn.core.events import Event
from sojourn.core.facts import EventKey, KnownEvent
from sojourn.core.graph import Edge, Merge, Review
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.identifiers.points import IdentificationPoint
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule
from sojourn.core.merge_rules import MergeRules
from sojourn.core.observed import ObservedType
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.core.times import EARLIEST, MICROSECOND
from sojourn.stores.embedded.rows import (
    Commit,
    DecisionRow,
    DocumentRow,
    EdgeRow,
    EventKeyRow,
    EventRow,
    QuarantinedRow,
    SessionRow,
    SubmissionRow,
    TallyRow,
    event_hash,
)
from sojourn.stores.embedded.session_texts import SessionTexts

decode_profile = msgspec.json.Decoder(Profile).decode
decode_session = msgspec.json.Decoder(Session).decode
decode_event = msgspec.json.Decoder(Event).decode
decode_trace = msgspec.json.Decoder(tuple[TraceNote, ...]).decode
decode_submission = msgspec.json.Decoder(SubmissionRecord).decode
decode_quarantined = msgspec.json.Decoder(Quarantined).decode
decode_merge = msgspec.json.Decoder(Merge).decode
decode_review = msgspec.json.Decoder(Review).decode
decode_receipt = msgspec.json.Decoder(Receipt).decode
decode_removed = msgspec.json.Decoder(Removed).decode
decode_source = msgspec.json.Decoder(Source).decode
decode_redirect = msgspec.json.Decoder(Redirect).decode
decode_api_key = msgspec.json.Decoder(ApiKey).decode
decode_mapping = msgspec.json.Decoder(MappingRule).decode
decode_contract = msgspec.json.Decoder(Contract).decode
decode_id_kind = msgspec.json.Decoder(IdKind).decode
decode_identification_point = msgspec.json.Decoder(IdentificationPoint).decode
decode_observed = msgspec.json.Decoder(ObservedType).decode
decode_event_type = msgspec.json.Decoder(EventType).decode
decode_merge_rules = msgspec.json.Decoder(MergeRules).decode


def rows_of(changes: Changes, session_texts: SessionTexts) -> Commit:
    """What a commit changes, as rows."""
    return Commit(
        profiles=[DocumentRow(profile.id, encode_document(profile)) for profile in changes.profiles],
        sessions=[_session_row(session, session_texts.encode(session)) for session in changes.sessions],
        edges=[_edge_row(edge) for edge in changes.edges],
        event_keys=_event_key_rows(changes),
        events=[_event_row(recorded) for recorded in changes.events],
        submissions=[
            SubmissionRow(submission.id, encode_document(submission), submission.profile)
            for submission in changes.submissions
        ],
        quarantined=[_quarantined_row(aside) for aside in changes.quarantined],
        tallies=[
            TallyRow(tally.source, tally.outcome.fate.value, tally.outcome.reason, tally.count, tally.unsaved)
            for tally in changes.tallies
        ],
        settled=list(changes.settled),
        merges=[_merge_row(merge) for merge in changes.merges],
        reviews=[_review_row(review) for review in changes.reviews],
        lapsed=list(changes.lapsed),
    )


def edge_of(row: EdgeRow) -> Edge:
    """The link that a row says."""
    if row.doc:
        return _decode_edge(row.doc)
    undone = moment_of(row.undone) if row.undone is not None else None
    return Edge(
        id=row.id,
        profile=row.profile,
        kind=row.kind,
        rule=row.rule,
        event=row.event,
        at=moment_of(row.at),
        undone=undone,
    )


_decode_edge = msgspec.json.Decoder(Edge).decode


def microseconds(moment: datetime) -> int:
    """A moment as it is stored: microseconds since 1970, exactly."""
    return (moment - EARLIEST) // MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The moment that was stored."""
    return EARLIEST + microseconds * MICROSECOND


def end_of(microseconds: int | None) -> datetime | None:
    """When a version ended, as it was stored; None while it is in force."""
    return None if microseconds is None else moment_of(microseconds)


def _session_row(session: Session, doc: bytes) -> SessionRow:
    profile = session.profile.id if session.profile is not None else None
    return SessionRow(session.id, profile, microseconds(session.metadata.time.insert), doc)


def _edge_row(edge: Edge) -> EdgeRow:
    undone = microseconds(edge.undone) if edge.undone is not None else None
    doc = encode_document(edge)
    return EdgeRow(edge.id, edge.profile, edge.kind, edge.rule, edge.event, microseconds(edge.at), undone, doc)


def _merge_row(merge: Merge) -> DecisionRow:
    state = "undone" if merge.undone else "merged"
    return DecisionRow(merge.id, microseconds(merge.at), merge.one, merge.two, state, encode_document(merge))


def _review_row(review: Review) -> DecisionRow:
    return DecisionRow(
        review.id, microseconds(review.at), review.one, review.two, review.state, encode_document(review)
    )


def _event_row(recorded: RecordedEvent) -> EventRow:
    event = recorded.event
    return EventRow(
        event.id,
        event.source.id,
        event.type,
        microseconds(event.metadata.time.insert),
        _session_of(event),
        _profile_of(event),
        event.request.id,
        recorded.doc or encode_document(event),
        recorded.trace_doc or encode_document(recorded.trace),
    )


def _event_key_rows(changes: Changes) -> list[EventKeyRow]:
    if not changes.event_keys:
        return []
    told = {
        (recorded.event.source.id, recorded.event.id): (_profile_of(recorded.event), _session_of(recorded.event))
        for recorded in changes.events
    }
    return [
        EventKeyRow(event_hash(*key), known.digest, known.profile, known.session, _is_loose(key, known, told))
        for key, known in changes.event_keys
    ]


def _is_loose(key: EventKey, known: KnownEvent, told: dict[tuple[str, str], tuple[str | None, str | None]]) -> bool:
    return told.get(key, (None, None)) != (known.profile, known.session)


def _quarantined_row(aside: PutAside) -> QuarantinedRow:
    event = aside.event
    return QuarantinedRow(
        event.id, microseconds(event.at), event.source, encode_document(event), aside.profile, aside.session
    )


def _profile_of(event: Event) -> str | None:
    return event.profile.id if event.profile is not None else None


def _session_of(event: Event) -> str | None:
    return event.session.id if event.session is not None else None
