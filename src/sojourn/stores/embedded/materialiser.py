"""Bring the journal into `sojourn.db`: many records as one transaction, many changes of one document as one write.

The position up to which this was done is part of the same transaction, so that every record is brought in exactly
once, however often the process ends in the middle. `python -m sojourn.stores.embedded.materialiser FOLDER` is the child
process of a server; see `messages` for what it is told and what it tells. It imports little, so that it starts fast.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from operator import attrgetter
from pathlib import Path

import apsw
import msgspec
from msgspec.structs import astuple

from sojourn.engine.crash_points import Trap, end_with_parent, read_crash
from sojourn.stores.embedded.checkpoints import bring_in
from sojourn.stores.embedded.crashing import set_trap_in_transactions, trapped_tell
from sojourn.stores.embedded.database import Durability, open_writer, transaction, unavailable
from sojourn.stores.embedded.errors import DamagedJournal, DamagedWal
from sojourn.stores.embedded.frames import Place
from sojourn.stores.embedded.lock import FileLock
from sojourn.stores.embedded.messages import Failure, Message, Progress, Trouble, encode_message, latest_position
from sojourn.stores.embedded.rows import (
    Commit,
    DecisionRow,
    DocumentRow,
    EdgeRow,
    Erasure,
    EventKeyRow,
    EventRow,
    QuarantinedRow,
    SessionRow,
    SubmissionRow,
    TallyRow,
    decode_record,
)
from sojourn.stores.embedded.segments import frames_between, segments
from sojourn.stores.embedded.statements import statements

JOURNAL = "journal"
TRANSACTION_BYTES_MAX = 16 << 20
"""Bytes of the journal that are brought in by one transaction, a single larger record aside."""
WAL_PAGES_MAX = 4096
"""Pages in the WAL after which they are brought into the database file and synced."""

_CACHE_BYTES = 64 << 20
_RETRY_S = 1.0
_id = attrgetter("id")
_hash = attrgetter("hash")


class Materialiser:
    """The one writer of what the journal says."""

    def __init__(self, folder: Path, trap: Trap | None = None) -> None:
        """Wait for the one before to end, and go on where it stopped. Raises apsw.Error, OSError, UnfitSqlite.

        A `trap` hears of each transaction before it is committed.
        """
        self._journal = folder / JOURNAL
        self._lock = FileLock.of_materialiser(folder)
        self._sql = statements("materialise")
        self._wal_pages = 0
        # Whoever was here before may have ended between an erasure and the end of its traces in the WAL.
        self._truncates = True
        self._checkpointed = 0
        try:
            self._database = open_writer(folder, Durability.AT_CHECKPOINT, cache_bytes=_CACHE_BYTES)
            self._place = read_place(self._database, self._sql["place"])
            self._erased_to: int = self._database.execute(self._sql["erased_to"]).get
        except apsw.Error:  # Who tries again must not wait for this one.
            self._lock.release()
            raise
        self._database.set_wal_hook(self._count_wal)
        if trap is not None:
            set_trap_in_transactions(self._database, trap)

    @property
    def progress(self) -> Progress:
        """How far everything is in the database, and how far it would survive a power cut there."""
        return Progress(self._place.position, self._checkpointed)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be done but what is still to come."""
        return not self._truncates

    def advance(self, until: int, report: Callable[[Progress], None]) -> None:
        """Bring in what the journal says up to a position at which a record ends; report after each transaction.

        Raises DamagedJournal, DamagedWal, apsw.Error and OSError; what was reported stays true then, and it can be
        tried again.
        """
        while self._place.position < until:
            self._place = self._transact(until)
            report(self.progress)
            if self._wal_pages >= WAL_PAGES_MAX:
                self._checkpoint(report)
        if self._truncates or self._journal_holds_what_was_erased():
            self._checkpoint(report)

    def close(self, tell: Callable[[Message], None]) -> None:
        """Make everything durable in the database file, or tell what is in the way, and let go of the file."""
        self._truncates = True
        try:
            self._checkpoint(tell)
        except apsw.Error as error:  # The journal has it all, and the next start goes on from there.
            tell(Trouble(str(unavailable(error))))
        except DamagedWal as error:
            tell(Failure(str(error)))
        self._database.close()
        self._lock.release()

    def _transact(self, until: int) -> Place:
        with transaction(self._database):
            place = read_place(self._database, self._sql["place"])
            begin = place.position
            pending = Pending()
            for frame in frames_between(self._journal, place, until):
                record = decode_record(frame.payload)
                if isinstance(record, Commit):
                    pending.add(record)
                else:
                    pending.write(self._database, self._sql)
                    pending = Pending()
                    self._erase(record, frame.end.position)
                place = frame.end
                if place.position - begin >= TRANSACTION_BYTES_MAX:
                    break
            pending.write(self._database, self._sql)
            self._database.execute(self._sql["put_place"], (place.position, place.link))
        return place

    def _erase(self, erasure: Erasure, position: int) -> None:
        ids = apsw.carray(erasure.ids)
        # An array must not be empty; none at all finds nothing either.
        sessions = apsw.carray(erasure.sessions) if erasure.sessions else None
        removed = {name: self._count_erased(name, (ids, sessions)) for name in ("submissions", "events", "quarantined")}
        for name in ("profiles", "links", "identifiers", "merges", "reviews"):
            removed[name] = self._count_erased(name, (ids,))
        removed["sessions"] = self._count_erased("sessions", (sessions,))
        _put(self._database, self._sql["put_event_key"], erasure.event_keys)
        if (receipt := erasure.receipt) is not None:
            row = (receipt.id, receipt.at, position, receipt.doc, msgspec.json.encode(removed))
            self._database.execute(self._sql["put_receipt"], row)
        # The WAL still holds pages with what was erased.
        self._truncates = True
        self._erased_to = position

    def _count_erased(self, name: str, whose: tuple[object, ...]) -> int:
        """Remove what there is of a kind of record; how many there were."""
        self._database.execute(self._sql[f"erase_{name}"], whose)
        return self._database.changes()

    def _journal_holds_what_was_erased(self) -> bool:
        """Whether segments wait to be removed, which they cannot before a checkpoint has come to their end."""
        return segments(self._journal)[0].base < self._erased_to

    def _checkpoint(self, report: Callable[[Progress], None]) -> None:
        mode = apsw.SQLITE_CHECKPOINT_TRUNCATE if self._truncates else apsw.SQLITE_CHECKPOINT_PASSIVE
        try:
            is_all = bring_in(self._database, mode)
        except apsw.BusyError:  # A reader is in the way; the next call tries again.
            return
        if is_all:
            self._checkpointed = self._place.position
            self._wal_pages = 0
            self._truncates = False
            report(self.progress)

    def _count_wal(self, database: apsw.Connection, name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK


class Pending:
    """What the records of one transaction come to: of each document the newest version, and all that only adds."""

    def __init__(self) -> None:
        self._profiles: dict[str, DocumentRow] = {}
        self._sessions: dict[str, SessionRow] = {}
        self._edges: dict[str, EdgeRow] = {}
        self._event_keys: dict[bytes, EventKeyRow] = {}
        self._events: list[EventRow] = []
        self._submissions: list[SubmissionRow] = []
        self._quarantined: list[QuarantinedRow] = []
        self._tallies: list[TallyRow] = []
        self._settled: list[str] = []
        self._lapsed: list[str] = []
        self._decisions: dict[str, list[DecisionRow]] = {"put_merge": [], "put_review": []}

    def add(self, commit: Commit) -> None:
        """Take in one more commit, later than those before."""
        self._profiles.update((row.id, row) for row in commit.profiles)
        self._sessions.update((row.id, row) for row in commit.sessions)
        self._edges.update((row.id, row) for row in commit.edges)
        self._event_keys.update((row.hash, row) for row in commit.event_keys)
        self._events += commit.events
        self._submissions += commit.submissions
        self._quarantined += commit.quarantined
        self._tallies += commit.tallies
        self._settled += commit.settled
        self._decisions["put_merge"] += commit.merges
        self._decisions["put_review"] += commit.reviews
        if commit.lapsed:  # What is asked again after this is put, and what was asked before is not.
            gone, reviews = frozenset(commit.lapsed), self._decisions["put_review"]
            self._lapsed += commit.lapsed
            self._decisions["put_review"] = [row for row in reviews if row.id not in gone or row.state != "open"]

    def write(self, database: apsw.Connection, sql: dict[str, str]) -> None:
        """Write it, what has a random place in the order of the keys, so that each page is visited once."""
        put = partial(_put, database)
        put(sql["put_profile"], sorted(self._profiles.values(), key=_id))
        put(sql["put_session"], sorted(self._sessions.values(), key=_id))
        put(sql["put_edge"], sorted(self._edges.values(), key=_id))
        put(sql["put_event_key"], sorted(self._event_keys.values(), key=_hash))
        put(sql["put_event"], self._events)
        put(sql["put_submission"], self._submissions)
        put(sql["put_quarantined"], self._quarantined)
        put(sql["add_tally"], self._tallies)
        database.executemany(sql["remove_quarantined"], ((id,) for id in self._settled))
        database.executemany(sql["remove_review"], ((id,) for id in self._lapsed))
        for statement, rows in self._decisions.items():
            put(sql[statement], rows)


def read_place(database: apsw.Connection, statement: str) -> Place:
    """Up to where the journal is in the database. Raises apsw.Error."""
    known = dict(database.execute(statement))
    return Place(known["position"], known["link"])


def _put(database: apsw.Connection, statement: str, rows: Iterable[msgspec.Struct]) -> None:
    database.executemany(statement, map(astuple, rows))


def follow(materialiser: Materialiser, orders: int, tell: Callable[[Message], None]) -> None:
    """Bring in what is told to be durable, until the orders end; after trouble, try again from time to time."""
    until, rest = 0, b""
    is_restless = False
    while True:
        if not is_restless or select.select([orders], [], [], _RETRY_S)[0]:
            said = os.read(orders, 1 << 16)
            if not said:
                return
            latest, rest = latest_position(rest + said)
            until = max(until, latest)
        is_restless = not try_to_advance(materialiser, until, tell)


def try_to_advance(materialiser: Materialiser, until: int, tell: Callable[[Message], None]) -> bool:
    """Advance, and tell what came of it; whether nothing is left to be tried again."""
    try:
        materialiser.advance(until, tell)
    except (DamagedJournal, DamagedWal) as error:
        tell(Failure(str(error)))
        return False
    except apsw.Error as error:
        tell(Trouble(str(unavailable(error))))
        return False
    except OSError as error:
        tell(Trouble(f"The journal cannot be read: {error.strerror}."))
        return False
    return materialiser.is_idle


def _tell(message: Message) -> None:
    # Nobody may be there any more to read it; the end of the orders says so soon enough.
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), encode_message(message))


def main(folder: Path, crash_at: str | None = None) -> None:
    """Be the child process of a server; both end without a word where they are told to crash."""
    trap = Trap(read_crash(crash_at), end_with_parent) if crash_at else None
    tell = trapped_tell(_tell, trap) if trap else _tell
    for name in (signal.SIGINT, signal.SIGTERM):  # It ends when its server does, and not before.
        signal.signal(name, signal.SIG_IGN)
    materialiser = Materialiser(folder, trap)
    _tell(materialiser.progress)
    follow(materialiser, sys.stdin.fileno(), tell)
    materialiser.close(tell)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
