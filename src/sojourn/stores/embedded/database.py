"""How `sojourn.db` is opened and brought up to date. Every page of it carries a checksum.

SQLite checks its own structure, not its content. The VFS `cksmvfs`, an extension of the SQLite project that comes with
APSW, puts a checksum into the last eight bytes of every page and compares it whenever a page is read. So a bit that
turned over on the disk is an error, and never a wrong answer. Whoever writes does so through a VFS of our own above
it, so that what is erased leaves no copy in the unused space of a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path

import apsw
import apsw.sqlite_extra
import msgspec

from sojourn.ports.errors import StoreUnavailable
from sojourn.stores.embedded.errors import NewerFormat, UnfitSqlite
from sojourn.stores.embedded.gaps import GaplessPages
from sojourn.stores.embedded.statements import migrations

DATABASE = "sojourn.db"
PAGE_BYTES = 8192

_OLDEST_SQLITE = (3, 51, 3)
_VFS = "cksmvfs"
_CHECKSUM_BYTES = 8
_COPIED_PAGES = 4096
"""Pages that are copied at once."""
_BUSY_TIMEOUT_MS = 10_000


class Durability(Enum):
    """When a commit of a connection is synced."""

    AT_COMMIT = "full"
    """Before it returns."""
    AT_CHECKPOINT = "normal"
    """Later: the journal has everything until then."""


def is_fit(version: str) -> bool:
    """Whether this version of SQLite can be trusted: older ones can lose a WAL that is reset while it is read."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= _OLDEST_SQLITE


def open_writer(folder: Path, durability: Durability, *, cache_bytes: int) -> apsw.Connection:
    """A connection that writes. Raises UnfitSqlite, apsw.Error."""
    _prepare_vfs()
    connection = apsw.Connection(str(folder / DATABASE), vfs=_gapless_pages().name)
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    connection.reserve_bytes(reserve=_CHECKSUM_BYTES)
    connection.pragma("page_size", PAGE_BYTES)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", durability.value)
    connection.pragma("wal_autocheckpoint", 0)
    # Nor at the end: `checkpoints` looks first at what is brought in.
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.pragma("cache_size", -cache_bytes // 1024)
    # What is erased is overwritten, not only unlinked.
    connection.pragma("secure_delete", value=True)
    return connection


def open_reader(folder: Path, *, cache_bytes: int) -> apsw.Connection:
    """A connection that only reads. Raises UnfitSqlite, apsw.Error."""
    _prepare_vfs()
    connection = apsw.Connection(str(folder / DATABASE), flags=apsw.SQLITE_OPEN_READONLY, vfs=_VFS)
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    connection.pragma("cache_size", -cache_bytes // 1024)
    return connection


def copy_database(source: apsw.Connection, folder: Path) -> None:
    """Copy what a connection reads into a new database of another folder; to make it durable is up to the caller.

    Raises UnfitSqlite, apsw.Error, also where a page of the source is damaged.
    """
    _prepare_vfs()
    copy = apsw.Connection(str(folder / DATABASE), vfs=_gapless_pages().name)
    try:
        copy.reserve_bytes(reserve=_CHECKSUM_BYTES)
        copy.pragma("page_size", PAGE_BYTES)
        copy.pragma("journal_mode", "off")
        copy.pragma("synchronous", "off")
        # The VFS learns from the first page that pages have checksums, and pages may leave the cache before that one.
        copy.pragma("user_version", 0)
        with copy.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(_COPIED_PAGES)
    finally:
        copy.close()


def open_page_check() -> Callable[[bytes], bool]:
    """A function that says whether a page of the database matches the checksum at its end. Raises UnfitSqlite."""
    _prepare_vfs()
    connection = apsw.Connection(":memory:")
    return lambda page: connection.execute("SELECT verify_checksum(?1)", (page,)).get == 1


def is_outdated(connection: apsw.Connection) -> bool:
    """Whether there are migrations that the database has not seen. Raises NewerFormat, apsw.Error."""
    found, known = connection.pragma("user_version"), max(migrations())
    if found > known:
        raise NewerFormat(Path(connection.filename), found, known)
    return bool(found < known)


def migrate(connection: apsw.Connection, scripts: Mapping[int, str] | None = None) -> None:
    """Apply the migrations that the database has not seen, each in a transaction with its number.

    `scripts` are those of this version unless others are given. Raises apsw.Error.
    """
    scripts = migrations() if scripts is None else scripts
    found = connection.pragma("user_version")
    for number, script in scripts.items():
        if number > found:
            with transaction(connection):
                connection.execute(script)
                connection.pragma("user_version", number)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All of the statements inside, or none of them. Raises apsw.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself has rolled back after some errors.
            connection.execute("ROLLBACK")
        raise


UNREADABLE = (apsw.Error, msgspec.MsgspecError, UnicodeDecodeError)
"""What reading raises where a page is damaged. One of zeros alone has the right checksum, and breaks documents."""


def unavailable(error: Exception) -> StoreUnavailable:
    """What to tell of an error of SQLite, or of a document that is none."""
    if not isinstance(error, apsw.Error):
        return StoreUnavailable(f"A document in {DATABASE} is damaged. `sojourn verify` looks for the place.")
    if getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_DATA:
        return StoreUnavailable(f"A page of {DATABASE} is damaged. `sojourn verify` names it.")
    return StoreUnavailable(f"{DATABASE} cannot be used: {error}.")


@cache
def _gapless_pages() -> GaplessPages:
    """The one VFS that writers use; SQLite needs it as long as the process lasts."""
    return GaplessPages(_VFS)


def _prepare_vfs() -> None:
    """Make the VFS with checksums known to SQLite, and leave the default one as it was."""
    version = apsw.sqlite_lib_version()
    if not is_fit(version):
        raise UnfitSqlite(
            f"SQLite {version} can lose data. Sojourn needs {'.'.join(map(str, _OLDEST_SQLITE))} or later."
        )
    if _VFS in apsw.vfs_names():
        return
    default = apsw.vfs_names()[0]
    try:
        apsw.sqlite_extra.load(apsw.Connection(":memory:"), "cksumvfs")
    except (apsw.sqlite_extra.NotAvailable, LookupError, apsw.Error) as error:
        raise UnfitSqlite("This build of apsw lacks its extension cksumvfs. The wheels of apsw have it.") from error
    apsw.set_default_vfs(default)
