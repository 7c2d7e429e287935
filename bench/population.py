"""Data folders that are full already: many people with their sessions, and many events.

A real server meets a few people first. What it has kept of them is copied under other ids, straight into the database
and in the order of the keys, so that ten million take minutes. Ids lie in the indexes as random ones do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec
from msgspec.structs import astuple

from sojourn.bench.scenarios import Scenario
from sojourn.bench.servers import idle_load_tool, make_source, real_server
from sojourn.bench.visitors import prepared_person
from sojourn.core.ids import ordered_id
from sojourn.stores.embedded.database import Durability, open_writer, transaction
from sojourn.stores.embedded.encoding import moment_of
from sojourn.stores.embedded.rows import DocumentRow, EventKeyRow, EventRow, SessionRow, SubmissionRow
from sojourn.stores.embedded.statements import statements

MODELS = 64
"""People whom the server really meets, and after whom the others are made."""

_RETURNING = Scenario(connections=8, events=1, people="returning", event_ids=True)
_RETURNING_S = 0.5
_TRANSACTION_ROWS = 50_000
_CACHE_BYTES = 256 << 20
_EVENTS_PER_MS = 4
_HASH_BYTES = 16


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder is filled with."""

    people: int
    events: int = 0
    """Events of all of them together, each sent in a request of its own, with an id of the client."""


class _Model(NamedTuple):
    """A person whom the server has met."""

    profile: DocumentRow
    session: SessionRow


class _Visit(NamedTuple):
    """An event that the server was sent, what was kept with it, and by whom it was sent."""

    event: EventRow
    submission: SubmissionRow
    key: EventKeyRow


def prepare(folder: Path, population: Population) -> str:
    """Fill a new folder; the id of the source under which its people are known. Raises CannotMeasure, apsw.Error."""
    with real_server(folder) as server, idle_load_tool() as tool:
        source = make_source(server)
        tool.meet(server.url, source, people=MODELS, plain_people=0)
        tool.send(_RETURNING, _RETURNING_S)
    database = open_writer(folder, Durability.AT_CHECKPOINT, cache_bytes=_CACHE_BYTES)
    try:
        # Nobody would miss this folder: neither a log nor a sync is worth its time.
        database.pragma("journal_mode", "off")
        database.pragma("synchronous", "off")
        models, visits = list(_models(database)), list(_visits(database))
        sql = statements("materialise")
        people = population.people
        _fill(database, (sql["put_profile"],), ((profile,) for profile in _profiles(models, people)))
        _fill(database, (sql["put_session"],), ((session,) for session in _sessions(models, people)))
        _fill(
            database, (sql["put_event"], sql["put_submission"], sql["put_event_key"]), _all_visits(visits, population)
        )
        database.pragma("journal_mode", "wal")
    finally:
        database.close()
    os.sync()  # What is still to be written would be charged to what is measured.
    return source


def _models(database: apsw.Connection) -> Iterator[_Model]:
    rows = database.execute(
        "SELECT profile.id, profile.doc, session.id, session.inserted, session.doc FROM session"
        " JOIN profile ON profile.id = session.profile ORDER BY session.id"
    )
    for profile_id, profile, session_id, inserted, session in rows:
        yield _Model(DocumentRow(profile_id, profile), SessionRow(session_id, profile_id, inserted, session))


def _visits(database: apsw.Connection) -> Iterator[_Visit]:
    """What was sent by people who had come back: requests that brought one event and no event of the system."""
    rows = database.execute(
        "SELECT event.id, source, type, inserted, session, event.profile, submission, event.doc, trace, submission.doc"
        " FROM event JOIN submission ON submission.id = event.submission"
        " WHERE NOT EXISTS (SELECT 1 FROM event AS other"
        " WHERE other.submission = event.submission AND other.number <> event.number) ORDER BY number LIMIT ?",
        (MODELS,),
    )
    for *event, submission in rows:
        row = EventRow(*event)
        digest = bytes(_HASH_BYTES)
        yield _Visit(
            row,
            SubmissionRow(row.submission, submission, row.profile),
            EventKeyRow(b"", digest, row.profile, row.session, loose=False),
        )


def _profiles(models: list[_Model], people: int) -> Iterator[DocumentRow]:
    for number, model in zip(range(people), cycle(models), strict=False):
        profile_id = _ids(number, people).profile
        yield DocumentRow(profile_id, _renamed(model.profile.doc, {model.profile.id: profile_id}))


def _sessions(models: list[_Model], people: int) -> Iterator[SessionRow]:
    for number, model in zip(range(people), cycle(models), strict=False):
        profile_id, session_id = _ids(number, people)
        names = {model.profile.id: profile_id, model.session.id: session_id}
        yield SessionRow(session_id, profile_id, model.session.inserted, _renamed(model.session.doc, names))


def _all_visits(visits: list[_Visit], population: Population) -> Iterator[_Visit]:
    people, events = population.people, population.events
    for number, model in zip(range(events), cycle(visits), strict=False):
        # Person by person, so that the indexes by person are written in their order, too.
        profile_id, session_id = _ids(number * people // events, people)
        inserted = model.event.inserted - (events - number) // _EVENTS_PER_MS * 1000
        submission_id = ordered_id(2 * number, moment_of(inserted), 0)
        event_id = ordered_id(2 * number + 1, moment_of(inserted), 0)
        old = model.event
        names = {
            old.id: event_id,
            old.submission: submission_id,
            old.profile or "": profile_id,
            old.session or "": session_id,
        }
        hashed = (number * ((1 << 8 * _HASH_BYTES) // events)).to_bytes(_HASH_BYTES, "big")
        yield _Visit(
            EventRow(
                event_id,
                old.source,
                old.type,
                inserted,
                session_id,
                profile_id,
                submission_id,
                _renamed(old.doc, names),
                _renamed(old.trace, names),
            ),
            SubmissionRow(submission_id, _renamed(model.submission.doc, names), profile_id),
            EventKeyRow(hashed, model.key.digest, profile_id, session_id, loose=False),
        )


class _Ids(NamedTuple):
    profile: str
    session: str


def _ids(number: int, of: int) -> _Ids:
    who = prepared_person(number, of)
    return _Ids(who[b"profile"].decode(), who[b"session"].decode())


def _renamed(document: bytes, names: dict[str, str]) -> bytes:
    for old, new in names.items():
        document = document.replace(old.encode(), new.encode())
    return document


def _fill(database: apsw.Connection, into: Sequence[str], rows: Iterator[Sequence[msgspec.Struct]]) -> None:
    """Write rows that come together, one for each statement."""
    while part := list(islice(rows, _TRANSACTION_ROWS)):
        with transaction(database):
            for statement, column in zip(into, zip(*part, strict=True), strict=True):
                database.executemany(statement, map(astuple, column))
