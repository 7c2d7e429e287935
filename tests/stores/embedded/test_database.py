"""How the database is opened: which SQLite is trusted, how its form is brought up to date, and that damage is seen."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from sojourn.core.limits import Limits
from sojourn.ports.errors import StoreUnavailable
from sojourn.stores.embedded.checkpoints import bring_in
from sojourn.stores.embedded.database import (
    DATABASE,
    PAGE_BYTES,
    Durability,
    copy_database,
    is_fit,
    is_outdated,
    migrate,
    open_page_check,
    open_reader,
    open_writer,
    transaction,
    unavailable,
)
from sojourn.stores.embedded.errors import NewerFormat, UnreadableFolder
from sojourn.stores.embedded.statements import migrations, statements
from sojourn.stores.embedded.store import EmbeddedStore
from tests.tidy.repository import PACKAGE

FIRST = "CREATE TABLE one (value INTEGER)"
BROKEN = "CREATE TABLE two (value INTEGER); INSERT INTO nowhere VALUES (1)"
MENDED = "CREATE TABLE two (value INTEGER)"


def a_database(folder: Path) -> apsw.Connection:
    return open_writer(folder, Durability.AT_COMMIT, cache_bytes=1 << 20)


def tables(database: apsw.Connection) -> set[str]:
    return {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


@pytest.mark.parametrize("version", ["3.51.3", "3.51.10", "3.52.0", "4.0.0", "3.54.1"])
def test_a_sqlite_that_is_new_enough_is_trusted(version: str) -> None:
    assert is_fit(version)


@pytest.mark.parametrize("version", ["3.51.2", "3.9.99", "3.50.4", "2.8.17"])
def test_an_older_sqlite_is_not(version: str) -> None:
    assert not is_fit(version)


def test_a_new_database_gets_all_migrations(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    assert is_outdated(database)
    migrate(database)
    assert not is_outdated(database)


def test_a_migration_that_fails_changes_nothing_and_can_be_tried_again(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    with pytest.raises(apsw.SQLError):
        migrate(database, {1: FIRST, 2: BROKEN})
    assert (tables(database), database.pragma("user_version")) == ({"one"}, 1)
    migrate(database, {1: FIRST, 2: MENDED})
    assert (tables(database), database.pragma("user_version")) == ({"one", "two"}, 2)


async def test_a_folder_of_a_later_version_is_refused_with_a_clear_text(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    migrate(database)
    database.pragma("user_version", 99)
    database.close()
    with pytest.raises(NewerFormat, match=re.escape(f"{DATABASE} has format 99")):
        await EmbeddedStore.open(tmp_path, Limits(), materialise="inline")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"This is no database." * 1000)
    with pytest.raises(UnreadableFolder):
        await EmbeddedStore.open(tmp_path, Limits(), materialise="inline")


def test_a_flipped_bit_is_an_error_and_never_a_wrong_answer(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    migrate(database)
    database.execute("INSERT INTO profile (id, doc) VALUES ('ann', ?)", (b"somewhere in the middle",))
    assert bring_in(database, apsw.SQLITE_CHECKPOINT_TRUNCATE)
    database.close()
    path = tmp_path / DATABASE
    path.write_bytes(path.read_bytes().replace(b"somewhere in the middle", b"somewhere in the miedle"))
    reader = open_reader(tmp_path, cache_bytes=1 << 20)
    with pytest.raises(apsw.IOError) as refusal:
        reader.execute("SELECT doc FROM profile WHERE id = 'ann'").fetchall()
    assert "`sojourn verify` names it" in str(unavailable(refusal.value))


def test_a_copy_that_is_larger_than_the_cache_has_sound_pages(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.execute("CREATE TABLE kept (id INTEGER UNIQUE, doc BLOB)")
    # Many pages wait in the WAL, with leftovers between their cells that a copy leaves out.
    database.executemany(
        "INSERT INTO kept VALUES (?1, ?2)", ((n * 7_919 % 2_003, b"x" * (n % 3_000)) for n in range(2_000))
    )
    database.execute("DELETE FROM kept WHERE id % 2 = 0")
    (tmp_path / "copy").mkdir()
    with closing(open_reader(tmp_path, cache_bytes=1 << 20)) as reader:
        copy_database(reader, tmp_path / "copy")
    is_sound = open_page_check()
    pages = (tmp_path / "copy" / DATABASE).read_bytes()
    assert len(pages) > 2 << 20
    assert all(is_sound(pages[at : at + PAGE_BYTES]) for at in range(0, len(pages), PAGE_BYTES))


def test_what_goes_wrong_in_a_transaction_undoes_all_of_it(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    migrate(database, {1: FIRST})
    with pytest.raises(apsw.SQLError), transaction(database):
        database.execute("INSERT INTO one VALUES (1); INSERT INTO nowhere VALUES (1)")
    assert database.execute("SELECT count(*) FROM one").get == 0


def test_other_connections_of_the_process_are_left_as_they_were(tmp_path: Path) -> None:
    a_database(tmp_path)
    assert apsw.vfs_names()[0] != "cksmvfs"


@pytest.mark.parametrize("subject", ["catalog", "materialise", "records", "state"])
def test_every_statement_suits_the_form_of_the_database(tmp_path: Path, subject: str) -> None:
    database = a_database(tmp_path)
    migrate(database)
    for statement in statements(subject).values():
        database.execute(f"EXPLAIN {statement}", _Nothing())


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize(
    ("events", "index"),
    [
        ("events", "event_by_time (inserted>? AND inserted<?)"),
        ("events_of_source", "event_by_source (source=? AND inserted>? AND inserted<?)"),
        ("events_of_type", "event_by_type (type=? AND inserted>? AND inserted<?)"),
        ("events_of_session", "event_by_session (session=? AND inserted>? AND inserted<?)"),
        ("events_of_profile", "event_by_profile (profile=? AND inserted>? AND inserted<?)"),
    ],
)
def test_a_page_of_events_is_found_by_an_index_in_its_order(
    tmp_path: Path, events: str, index: str, order: str
) -> None:
    database = a_database(tmp_path)
    migrate(database)
    steps = database.execute(f"EXPLAIN QUERY PLAN {statements('records')[f'{order}_{events}']}", _Nothing())
    assert f"SEARCH event USING INDEX {index}" in [step for _, _, _, step in steps]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("history", "submission USING INDEX submission_by_profile (profile=? AND rowid>?)"),
        ("events_of_requests", "event USING INDEX event_by_submission (submission=?)"),
        ("people", "profile USING COVERING INDEX sqlite_autoindex_profile_1 (id>?)"),
    ],
)
def test_the_past_of_people_is_found_by_an_index(tmp_path: Path, name: str, index: str) -> None:
    database = a_database(tmp_path)
    migrate(database)
    steps = database.execute(f"EXPLAIN QUERY PLAN {statements('records')[name]}", _Nothing())
    assert any(index in step for _, _, _, step in steps)


def test_migrations_are_numbered_one_by_one() -> None:
    scripts = sorted((PACKAGE / "stores" / "embedded" / "migrations").glob("*.sql"))
    assert [int(path.name[:4]) for path in scripts] == list(range(1, len(scripts) + 1))
    assert list(migrations()) == list(range(1, len(scripts) + 1))


class _Nothing(dict[str, None]):
    """No value for any parameter."""

    def __missing__(self, name: str) -> None:
        return None


def test_storage_errors_are_told_as_such() -> None:
    assert isinstance(unavailable(apsw.FullError("database or disk is full")), StoreUnavailable)
