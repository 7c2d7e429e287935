"""How a data folder is opened: locked, brought up to date, and the end of its journal replayed into memory."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import apsw
from msgspec.structs import replace

from sojourn.core.limits import Limits
from sojourn.stores.embedded.catalog import EmbeddedCatalog
from sojourn.stores.embedded.database import (
    DATABASE,
    UNREADABLE,
    Durability,
    is_outdated,
    migrate,
    open_reader,
    open_writer,
    transaction,
    unavailable,
)
from sojourn.stores.embedded.errors import UnreadableFolder
from sojourn.stores.embedded.frames import SEGMENT_HEADER_BYTES, Frame, Place
from sojourn.stores.embedded.journal import Journal
from sojourn.stores.embedded.lock import MATERIALISER_LOCK, FileLock
from sojourn.stores.embedded.materialiser import JOURNAL, Materialiser, read_place
from sojourn.stores.embedded.observations import EmbeddedObservations
from sojourn.stores.embedded.questions import Questions
from sojourn.stores.embedded.recovery import Tail, mend_tail
from sojourn.stores.embedded.register import register_missing
from sojourn.stores.embedded.rows import Erasure, decode_record
from sojourn.stores.embedded.segments import Disk, segments
from sojourn.stores.embedded.state import State
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.wal import ignored_frame

_STATE_CACHE_BYTES = 32 << 20
_QUESTIONS_CACHE_BYTES = 16 << 20
_ERASURES_CACHE_BYTES = 4 << 20
_CATALOG_CACHE_BYTES = 1 << 20
_LOOKS = 3
"""How often one looks before what SQLite ignores is not taken for what is just being written."""


@dataclass(frozen=True)
class Opened:
    """The parts of an open folder."""

    lock: FileLock
    journal: Journal
    state: State
    questions: Questions
    erasures: Questions
    """The same on another connection: an erasure waits for nobody who asks."""
    catalog: EmbeddedCatalog
    observations: EmbeddedObservations
    materialised: int
    tail: Tail
    ignored_frame: int | None
    """Where SQLite stopped reading the WAL although more stands there: an unfinished write, or damage."""
    erased_to: int
    """Where the last erasure ends in the journal; 0 when there never was one."""


def open_folder(folder: Path, limits: Limits, disk: Disk) -> Opened:
    """Open a folder, or make a new one.

    Raises FolderInUse, UnreadableFolder when it cannot be read as it is, and StoreUnavailable, StoreBroken and OSError
    when the disk does not allow it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        lock = FileLock.of_folder(folder)
        undo.callback(lock.release)
        try:
            opened = _open_parts(folder, limits, disk, lock, undo)
        except UNREADABLE as error:
            raise UnreadableFolder(str(unavailable(error))) from error
        undo.pop_all()
        return opened


def settle_folder(folder: Path, disk: Disk) -> Place:
    """Bring all of the journal of a folder that nobody uses into the database, and let an empty journal go on there.

    Raises UnreadableFolder, apsw.Error and OSError.
    """
    database = open_writer(folder, Durability.AT_COMMIT, cache_bytes=_CATALOG_CACHE_BYTES)
    try:
        _bring_up_to_date(folder, database, disk)
        _bring_journal_in(folder, database, disk)
        place = read_place(database, statements("state")["place"])
        register_missing(folder, [doc for (doc,) in database.execute(statements("opening")["receipts"])])
    finally:
        database.close()
    for segment in segments(folder / JOURNAL):
        disk.remove(segment.path)
    Journal(folder / JOURNAL, place, segment_bytes=SEGMENT_HEADER_BYTES, disk=disk).close()
    (folder / MATERIALISER_LOCK).unlink(missing_ok=True)
    return place


def _open_parts(folder: Path, limits: Limits, disk: Disk, lock: FileLock, undo: ExitStack) -> Opened:
    (folder / JOURNAL).mkdir(mode=0o700, exist_ok=True)
    configuration = open_writer(folder, Durability.AT_COMMIT, cache_bytes=_CATALOG_CACHE_BYTES)
    undo.callback(configuration.close)
    ignored = _ignored_frame(folder / f"{DATABASE}-wal", configuration)
    cut_bytes = _bring_up_to_date(folder, configuration, disk)
    sql = statements("opening")
    place = read_place(configuration, statements("state")["place"])
    state = State(open_reader(folder, cache_bytes=_STATE_CACHE_BYTES), cached_max=limits.cached_documents_max)
    undo.callback(state.close)
    questions = Questions(open_reader(folder, cache_bytes=_QUESTIONS_CACHE_BYTES))
    undo.callback(questions.close)
    erasures = Questions(open_reader(folder, cache_bytes=_ERASURES_CACHE_BYTES))
    undo.callback(erasures.close)
    observations = open_writer(folder, Durability.AT_CHECKPOINT, cache_bytes=_CATALOG_CACHE_BYTES)
    undo.callback(observations.close)
    tail, receipts = _replay(folder, place, state, disk)
    register_missing(folder, [*(doc for (doc,) in configuration.execute(sql["receipts"])), *receipts.docs])
    erased_to = max(receipts.erased_to, configuration.execute(statements("materialise")["erased_to"]).get)
    tail = replace(tail, cut_bytes=tail.cut_bytes + cut_bytes)
    journal = Journal(folder / JOURNAL, tail.end, segment_bytes=limits.journal_segment_bytes, disk=disk)
    undo.callback(journal.close)
    disk.sync_folder(folder)
    disk.sync_folder(folder.parent)
    return Opened(
        lock=lock,
        journal=journal,
        state=state,
        questions=questions,
        erasures=erasures,
        catalog=EmbeddedCatalog(configuration),
        observations=EmbeddedObservations(observations),
        materialised=place.position,
        tail=tail,
        ignored_frame=ignored,
        erased_to=erased_to,
    )


def _ignored_frame(wal: Path, database: apsw.Connection) -> int | None:
    """What SQLite itself says nothing of. The materialiser of a server that was killed may still be writing there."""
    offset = None
    for _ in range(_LOOKS):
        frames, _ = database.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        offset = ignored_frame(wal, max(frames, 0)) if wal.exists() else None
        if offset is None:
            break
    return offset


def _bring_up_to_date(folder: Path, database: apsw.Connection, disk: Disk) -> int:
    """Bring the database into the form of today; how many bytes of an unfinished write were cut off on the way."""
    if is_outdated(database):
        # The materialiser of a server that was killed may still be at work, in the form that it knows.
        alone = FileLock.of_materialiser(folder)
        try:
            migrate(database)
        finally:
            alone.release()
    sql = statements("opening")
    if database.execute(sql["foundations"]).get:
        return 0
    cut_bytes = _bring_journal_in(folder, database, disk)
    with transaction(database):
        database.execute(sql["lay_foundations"])
        database.execute(sql["foundations_laid"])
    return cut_bytes


def _bring_journal_in(folder: Path, database: apsw.Connection, disk: Disk) -> int:
    """Bring all of the journal into the database; how many bytes of an unfinished write were cut off at its end."""
    place = read_place(database, statements("state")["place"])
    tail = mend_tail(folder / JOURNAL, place, lambda _: None, disk)
    materialiser = Materialiser(folder)
    try:
        materialiser.advance(tail.end.position, lambda _: None)
    finally:
        materialiser.close(lambda _: None)
    return tail.cut_bytes


@dataclass
class _Erasures:
    """What the end of the journal tells of erasures."""

    docs: list[bytes]
    erased_to: int = 0


def _replay(folder: Path, place: Place, state: State, disk: Disk) -> tuple[Tail, _Erasures]:
    erasures = _Erasures([])

    def replay(frame: Frame) -> None:
        record = decode_record(frame.payload)
        state.replay(record, frame.end.position)
        if isinstance(record, Erasure):
            erasures.erased_to = frame.end.position
            if record.receipt is not None:
                erasures.docs.append(record.receipt.doc)

    return mend_tail(folder / JOURNAL, place, replay, disk), erasures
