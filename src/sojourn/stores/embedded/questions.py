"""What people ask of the database: lists page by page, single records, and what belongs to a person.

One connection, which is used in one thread: a query may take its time there without holding up a commit.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import NamedTuple, TypeVar

import apsw
import msgspec
from msgspec.structs import replace

from sojourn.core.changes import PutAside, Quarantined
from sojourn.core.documents import encode_document
from sojourn.core.erasures import ErasureOrder, Receipt
from sojourn.core.events import Event
from sojourn.core.facts import SETTLED, settled_key
from sojourn.core.graph import Edge, Merge, Review, ReviewState
from sojourn.core.identifiers.keys import is_key
from sojourn.core.outcomes import Fate, Outcome, OutcomeCounts
from sojourn.core.refold import Request
from sojourn.core.sessions import Session
from sojourn.ports.errors import UnknownId
from sojourn.ports.records import After, Erased, EventQuery, Page, Recorded, StoredEvent
from sojourn.stores.embedded.encoding import (
    decode_event,
    decode_merge,
    decode_quarantined,
    decode_receipt,
    decode_removed,
    decode_review,
    decode_session,
    decode_submission,
    decode_trace,
    edge_of,
    microseconds,
    moment_of,
)
from sojourn.stores.embedded.rows import EdgeRow, Erasure, EventKeyRow, ReceiptRow, event_hash
from sojourn.stores.embedded.statements import statements

Item = TypeVar("Item")
Value = int | str | tuple[str, ...] | None

_FIRST_MOMENT = -(2**63)
_LAST_MOMENT = 2**63 - 1


class Row(NamedTuple):
    """An item of a list: its place in the order of all, and its documents."""

    place: tuple[int, str, str]
    docs: tuple[bytes, ...]


class ErasurePlan(msgspec.Struct, frozen=True):
    """What an erasure is to remove, and what it will have removed."""

    erasure: Erasure
    erased: Erased


class Questions:
    """Every question that the database is asked, on a connection of its own."""

    def __init__(self, database: apsw.Connection) -> None:
        """`database` only reads."""
        self._database = database
        self._sql = statements("records")

    def ids_of(self, current_id: str) -> frozenset[str]:
        """Every id that leads to the person of this current id, itself included, the keys of identifiers left out."""
        return frozenset(id for id in self._links_to(current_id) if not is_key(id))

    def sessions_of(self, current_id: str, limit: int, after: After | None) -> Page[Session]:
        """A page of the sessions of a person, newest first."""
        bounds = _bounds(EventQuery(), limit, after)
        pages = [
            self._rows("sessions_of_profile", {"profile": id, **_without(bounds, "low", "after_source")})
            for id in self.ids_of(current_id)
        ]
        return _page(_merged(pages, is_descending=True), limit, lambda row: decode_session(row.docs[0]))

    def edges_of(self, current_id: str) -> tuple[Edge, ...]:
        """The links that lead to any id of a person, oldest first."""
        ids = apsw.carray(tuple(self.ids_of(current_id)))
        return tuple(edge_of(EdgeRow(*row)) for row in self._database.execute(self._sql["edges_of"], (ids,)))

    def merges(self, limit: int, after: After | None) -> Page[Merge]:
        """A page of all merges, newest first."""
        bounds = _bounds(EventQuery(), limit, after)
        rows = self._rows("merges", _without(bounds, "low", "after_source"))
        return _page(rows, limit, lambda row: decode_merge(row.docs[0]))

    def merge(self, merge_id: str) -> Merge | None:
        """The merge of an id."""
        doc = self._database.execute(self._sql["merge"], (merge_id,)).get
        return decode_merge(doc) if doc is not None else None

    def merges_of(self, profile_ids: Collection[str]) -> tuple[Merge, ...]:
        """The merges that tie any of these ids to another, oldest first."""
        return tuple(decode_merge(doc) for doc in self._docs_of("merges_of", profile_ids))

    def reviews(self, state: ReviewState | None, limit: int, after: After | None) -> Page[Review]:
        """A page of the reviews, newest first."""
        bounds = _bounds(EventQuery(), limit, after)
        rows = self._rows("reviews", {"state": state, **_without(bounds, "low", "after_source")})
        return _page(rows, limit, lambda row: decode_review(row.docs[0]))

    def review(self, review_id: str) -> Review | None:
        """The review of an id."""
        doc = self._database.execute(self._sql["review"], (review_id,)).get
        return decode_review(doc) if doc is not None else None

    def oldest_open_reviews(self, beyond: int, limit: int) -> tuple[str, ...]:
        """The ids of open reviews that more than so many newer ones lie before."""
        return tuple(id for (id,) in self._database.execute(self._sql["oldest_open_reviews"], (beyond, limit)))

    def reviews_of(self, profile_ids: Collection[str]) -> tuple[Review, ...]:
        """The reviews that name any of these ids, oldest first."""
        return tuple(decode_review(doc) for doc in self._docs_of("reviews_of", profile_ids))

    def event(self, event_id: str, source: str | None) -> StoredEvent | None:
        """The event of an id, of one source or the one that was kept first."""
        for row in self._database.execute(self._sql["event"], (event_id, source)):
            return _stored_event(*row)
        return None

    def events(self, query: EventQuery, current_id: str | None, limit: int, after: After | None) -> Page[StoredEvent]:
        """A page of the events that a query asks for; `current_id` is the one that its profile leads to."""
        is_descending = query.order == "desc"
        name = "newest_events" if is_descending else "oldest_events"
        asked: dict[str, Value] = {"source": query.source, "type": query.type, **_bounds(query, limit, after)}
        ids = None if current_id is None else tuple(self.ids_of(current_id))
        if query.session is not None:
            # To SQL a bound array looks like NULL, so that a flag must say whether there is one.
            people: dict[str, Value] = {"is_anyone": ids is None, "profiles": ids}
            pages = [self._rows(f"{name}_of_session", {**asked, **people, "session": query.session})]
        elif ids is not None:
            # One id at a time, since only so the index gives the rows in their order.
            pages = [self._rows(f"{name}_of_profile", {**asked, "profile": id}) for id in ids]
        elif query.type is not None:
            pages = [self._rows(f"{name}_of_type", asked)]
        elif query.source is not None:
            pages = [self._rows(f"{name}_of_source", _without(asked, "type"))]
        else:
            pages = [self._rows(name, _without(asked, "source", "type"))]
        return _page(_merged(pages, is_descending=is_descending), limit, lambda row: _stored_event(*row.docs))

    def recorded_under(self, profile_ids: Collection[str]) -> dict[str, Recorded]:
        """How much was recorded under each of these ids; the indexes alone are read."""
        if not profile_ids:  # SQLite takes no empty array.
            return {}
        named = (apsw.carray(tuple(profile_ids)),)
        events: dict[str, int] = dict(self._database.execute(self._sql["events_under"], named))
        sessions: dict[str, int] = dict(self._database.execute(self._sql["sessions_under"], named))
        return {id: Recorded(events.get(id, 0), sessions.get(id, 0)) for id in events | sessions}

    def history(self, profile_ids: Collection[str], limit: int, after: str | None) -> tuple[Request, ...]:
        """A page of what was recorded under some profile ids, in the order in which it was committed.

        Raises UnknownId when there is no request `after` any more.
        """
        if not profile_ids:  # SQLite takes no empty array.
            return ()
        asked = (apsw.carray(tuple(profile_ids)), after, limit)
        return self._requests("history", asked, after)

    def requests(self, limit: int, after: str | None) -> tuple[Request, ...]:
        """A page of what was recorded under any profile id, in the same order. Raises UnknownId likewise."""
        return self._requests("requests", (after, limit), after)

    def _requests(self, statement: str, asked: tuple[object, ...], after: str | None) -> tuple[Request, ...]:
        records = [decode_submission(doc) for _, doc in self._database.execute(self._sql[statement], asked)]
        if not records:
            # Where there is no such request, nothing is behind it either.
            if after is not None and self._database.execute(self._sql["request"], (after,)).get is None:
                raise UnknownId(after)
            return ()
        events: dict[str, list[Event]] = {record.id: [] for record in records}
        named = (apsw.carray(tuple(events)),)
        for submission_id, doc in self._database.execute(self._sql["events_of_requests"], named):
            events[submission_id].append(decode_event(doc))
        return tuple(Request(record, tuple(events[record.id])) for record in records)

    def requests_count(self) -> int:
        """How many requests were recorded under any profile id."""
        count: int = self._database.execute(self._sql["requests_count"]).get
        return count

    def people(self, limit: int, after: str) -> tuple[str, ...]:
        """A page of the ids of profiles that lead to no other."""
        return tuple(id for (id,) in self._database.execute(self._sql["people"], (after, limit)))

    def people_count(self) -> int:
        """How many profiles there are."""
        count: int = self._database.execute(self._sql["people_count"]).get
        return count

    def outcomes(self, source: str | None) -> OutcomeCounts:
        """How many events ended how, in all or of one source."""
        counts = OutcomeCounts()
        for fate, reason, events, unsaved in self._database.execute(self._sql["outcomes"], (source,)):
            counts.add(Outcome(Fate(fate), reason), events)
            counts.unsaved += unsaved
        return counts

    def quarantined(self, source: str | None, limit: int, after: After | None) -> Page[Quarantined]:
        """A page of the events that were put aside, newest first."""
        bounds = _bounds(EventQuery(), limit, after)
        rows = self._rows("quarantined", {"source": source, **_without(bounds, "low", "after_source")})
        return _page(rows, limit, lambda row: decode_quarantined(row.docs[0]))

    def put_aside(self, quarantined_id: str) -> PutAside | None:
        """An event that was put aside."""
        for doc, profile, session in self._database.execute(self._sql["put_aside"], (quarantined_id,)):
            return PutAside(decode_quarantined(doc), profile, session)
        return None

    def oldest_put_aside(self, beyond: int, beyond_bytes: int, limit: int) -> tuple[str, ...]:
        """The ids of the events for which so many newer ones, or so many bytes of them, leave no room."""
        asked = (beyond, beyond_bytes, limit)
        return tuple(id for (id,) in self._database.execute(self._sql["oldest_put_aside"], asked))

    def erasures(self, mark: str | None, limit: int, after: After | None, forgotten_to: int) -> Page[Receipt]:
        """A page of the receipts of erasures, newest first; they are done up to a position."""
        bounds = _bounds(EventQuery(), limit, after)
        rows = self._rows("erasures", {"mark": mark, **_without(bounds, "low", "after_source")})

        def decode(row: Row) -> Receipt:
            doc, removed, position = row.docs
            return _receipt(doc, removed, is_done=int(position) <= forgotten_to)

        return _page(rows, limit, decode)

    def erasure(self, erasure_id: str, forgotten_to: int) -> Receipt | None:
        """The receipt of an erasure; it is done up to a position."""
        for doc, removed, position in self._database.execute(self._sql["erasure"], (erasure_id,)):
            return _receipt(doc, removed, is_done=position <= forgotten_to)
        return None

    def erasure_of(self, current_id: str, order: ErasureOrder | None) -> ErasurePlan:
        """What belongs to a person, and what remains of the keys of the events; with an order, the receipt."""
        ids = self._links_to(current_id)
        named = apsw.carray(tuple(ids))
        sessions = frozenset(id for (id,) in self._database.execute(self._sql["session_ids"], (named,)))
        visited = apsw.carray(tuple(sessions)) if sessions else None
        events = self._database.execute(self._sql["count_events"], (named, visited)).get
        erasure = Erasure(
            ids=tuple(sorted(ids)),
            sessions=tuple(sorted(sessions)),
            event_keys=[
                *(_anonymous(row, ids, sessions) for row in self._event_keys_of(ids, sessions)),
                *(_settled(id) for (id,) in self._database.execute(self._sql["put_aside_of"], (named, visited))),
            ],
            receipt=None if order is None else _receipt_row(order.receipt(ids)),
        )
        erased = Erased(
            profile=current_id,
            ids=tuple(id for id in erasure.ids if not is_key(id)),
            sessions=len(sessions),
            events=events,
        )
        return ErasurePlan(erasure, erased)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def _links_to(self, current_id: str) -> frozenset[str]:
        return frozenset(id for (id,) in self._database.execute(self._sql["ids_of"], (current_id,)))

    def _docs_of(self, statement: str, profile_ids: Collection[str]) -> Iterator[bytes]:
        if profile_ids:  # SQLite takes no empty array.
            for (doc,) in self._database.execute(self._sql[statement], (apsw.carray(tuple(profile_ids)),)):
                yield doc

    def _event_keys_of(
        self, ids: Collection[str], sessions: Collection[str]
    ) -> Iterator[tuple[bytes, bytes, str, str]]:
        named = (apsw.carray(tuple(ids)), apsw.carray(tuple(sessions)) if sessions else None)
        hashes = tuple(event_hash(*key) for key in self._database.execute(self._sql["keys_of_events"], named))
        if hashes:
            yield from self._database.execute(self._sql["event_keys"], (apsw.carray(hashes),))
        yield from self._database.execute(self._sql["loose_event_keys"], named)

    def _rows(self, statement: str, asked: dict[str, Value]) -> list[Row]:
        bound = {name: apsw.carray(value) if isinstance(value, tuple) else value for name, value in asked.items()}
        found = self._database.execute(self._sql[statement], bound)
        return [Row((moment, id, source), tuple(docs)) for moment, id, source, *docs in found]


def _bounds(query: EventQuery, limit: int, after: After | None) -> dict[str, Value]:
    """Between which moments the rows of a page lie, both included, and behind which place."""
    low = _FIRST_MOMENT if query.since is None else microseconds(query.since)
    high = _LAST_MOMENT if query.until is None else microseconds(query.until) - 1
    if after is None:
        return {"low": low, "high": high, "after": None, "after_id": None, "after_source": None, "rows": limit + 1}
    begin = microseconds(after.moment)
    return {
        "low": low if query.order == "desc" else max(low, begin),
        "high": min(high, begin) if query.order == "desc" else high,
        "after": begin,
        "after_id": after.id,
        "after_source": after.source,
        "rows": limit + 1,
    }


def _merged(pages: list[list[Row]], *, is_descending: bool) -> Iterable[Row]:
    return heapq.merge(*pages, key=attrgetter("place"), reverse=is_descending)


def _page(rows: Iterable[Row], limit: int, decode: Callable[[Row], Item]) -> Page[Item]:
    found = list(islice(rows, limit + 1))
    items = tuple(decode(row) for row in found[:limit])
    return Page(items, _after(found[limit - 1]) if len(found) > limit else None)


def _after(row: Row) -> After:
    moment, id, source = row.place
    return After(moment_of(moment), id, source)


def _stored_event(doc: bytes, trace: bytes, common: bytes) -> StoredEvent:
    submission = decode_submission(common) if common else None
    return StoredEvent(
        event=decode_event(doc),
        payload_context=submission.context if submission else {},
        headers=submission.headers if submission else {},
        received_at=submission.at if submission else None,
        trace=decode_trace(trace),
    )


def _receipt_row(receipt: Receipt) -> ReceiptRow:
    return ReceiptRow(receipt.id, microseconds(receipt.at), encode_document(receipt))


def _receipt(doc: bytes, removed: bytes, *, is_done: bool) -> Receipt:
    return replace(decode_receipt(doc), removed=decode_removed(removed), state="done" if is_done else "running")


def _anonymous(
    row: tuple[bytes, bytes, str | None, str | None], ids: Collection[str], sessions: Collection[str]
) -> EventKeyRow:
    hashed, digest, profile, session = row
    profile = None if profile in ids else profile
    session = None if session in sessions else session
    return EventKeyRow(hashed, digest, profile, session, loose=profile is not None or session is not None)


def _settled(quarantined_id: str) -> EventKeyRow:
    return EventKeyRow(event_hash(*settled_key(quarantined_id)), SETTLED.digest, None, None, loose=False)


def _without(asked: dict[str, Value], *names: str) -> dict[str, Value]:
    return {name: value for name, value in asked.items() if name not in names}
