"""What a record of the journal says: rows that are encoded already, so that the materialiser only passes them on.

The order of the fields is the order of the columns in `sql/materialise.sql`. Moments are microseconds since 1970,
documents are UTF-8 JSON. Fields may be added at the end, with a default; nothing else may change within a format.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec


class DocumentRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A profile."""

    id: str
    doc: bytes


class SubmissionRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the events of a request have in common, and the profile id that it was recorded under."""

    id: str
    doc: bytes
    profile: str | None = None


class SessionRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session, and whose it is."""

    id: str
    profile: str | None
    inserted: int
    doc: bytes


class EdgeRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A link of the identity graph."""

    id: str
    profile: str
    kind: str
    rule: str
    event: str | None
    at: int
    undone: int | None
    doc: bytes = b""
    """The whole link; empty in what earlier releases wrote."""


class DecisionRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A merge, or a review, and the profile ids that it ties together."""

    id: str
    at: int
    one: str
    two: str | None
    state: str
    doc: bytes


class EventKeyRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """By what an event is recognised, and whose it became; `loose` when no row of an event tells the latter."""

    hash: bytes
    digest: bytes
    profile: str | None
    session: str | None
    loose: bool


class EventRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event, and by what it is found."""

    id: str
    source: str
    type: str
    inserted: int
    session: str | None
    profile: str | None
    submission: str
    doc: bytes
    trace: bytes


class QuarantinedRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event that was put aside."""

    id: str
    at: int
    source: str
    doc: bytes
    profile: str | None = None
    session: str | None = None


class TallyRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How many events ended in one way."""

    source: str
    fate: str
    reason: str
    events: int
    unsaved: int


class Commit(msgspec.Struct, frozen=True, array_like=True, tag="commit", gc=False):
    """What a commit changed."""

    profiles: list[DocumentRow] = []
    sessions: list[SessionRow] = []
    edges: list[EdgeRow] = []
    event_keys: list[EventKeyRow] = []
    events: list[EventRow] = []
    submissions: list[SubmissionRow] = []
    quarantined: list[QuarantinedRow] = []
    tallies: list[TallyRow] = []
    settled: list[str] = []
    merges: list[DecisionRow] = []
    reviews: list[DecisionRow] = []
    lapsed: list[str] = []


class ReceiptRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The receipt of an erasure, all but what was removed: that is counted when it is."""

    id: str
    at: int
    doc: bytes


class Erasure(msgspec.Struct, frozen=True, array_like=True, tag="erasure", gc=False):
    """A person to be removed: every id that leads there, the sessions, and what remains of the events' keys."""

    ids: tuple[str, ...]
    sessions: tuple[str, ...]
    event_keys: list[EventKeyRow]
    receipt: ReceiptRow | None = None


Record = Commit | Erasure

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """The payload of a journal record."""
    return _encoder.encode(record)


def decode_record(payload: bytes) -> Record:
    """What the payload of a journal record says. Raises msgspec.ValidationError where it says something else."""
    record: Record = _decoder.decode(payload)
    return record


def event_hash(source: str, id: str) -> bytes:
    """By what the key of an event is stored: short, of one size, and naming nobody."""
    return blake2b(f"{len(source)} {source}{id}".encode(), digest_size=16).digest()
