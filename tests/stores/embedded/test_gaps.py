"""Nothing of what was deleted stays in the unused space of a page, and everything else stays as it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.stores.embedded.database import DATABASE, PAGE_BYTES, Durability, open_page_check, open_writer
from sojourn.stores.embedded.gaps import without_gap

ROWS = 1_500


def filled_and_emptied(connection: apsw.Connection, folder: Path) -> list[int]:
    """Rows come in any order and grow; the numbers of those that were deleted and are in the file all the same."""
    random = Random(3)
    order = random.sample(range(ROWS), ROWS)
    connection.execute("CREATE TABLE thing (id TEXT NOT NULL UNIQUE, doc BLOB NOT NULL) STRICT")
    for number in order:
        connection.execute("INSERT INTO thing VALUES (?1, ?2)", (name_of(number), text_of(number, random)))
    for number in random.choices(order, k=ROWS):
        connection.execute("UPDATE thing SET doc = ?2 WHERE id = ?1", (name_of(number), text_of(number, random)))
    deleted = order[: ROWS // 3]
    for number in deleted:
        connection.execute("DELETE FROM thing WHERE id = ?1", (name_of(number),))
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    file = (folder / DATABASE).read_bytes()
    return [number for number in deleted if name_of(number).encode() in file]


def name_of(number: int) -> str:
    return f"canary-{number:05}-{number % 7}"


def text_of(number: int, random: Random) -> bytes:
    return name_of(number).encode() * random.randint(1, 150)


def test_what_was_deleted_is_nowhere_in_the_file(tmp_path: Path) -> None:
    with closing(open_writer(tmp_path, Durability.AT_CHECKPOINT, cache_bytes=1 << 20)) as connection:
        assert filled_and_emptied(connection, tmp_path) == []


def test_sqlite_alone_leaves_copies_behind(tmp_path: Path) -> None:
    with closing(apsw.Connection(str(tmp_path / DATABASE))) as connection:
        connection.pragma("page_size", PAGE_BYTES)
        connection.pragma("journal_mode", "wal")
        connection.pragma("secure_delete", value=True)
        assert filled_and_emptied(connection, tmp_path), "else this VFS is needed no more"


def test_everything_else_is_as_it_was(tmp_path: Path) -> None:
    with closing(open_writer(tmp_path, Durability.AT_CHECKPOINT, cache_bytes=1 << 20)) as connection:
        filled_and_emptied(connection, tmp_path)
    with closing(open_writer(tmp_path, Durability.AT_CHECKPOINT, cache_bytes=1 << 20)) as connection:
        assert connection.pragma("integrity_check") == "ok"
        kept = [(str(id), doc) for id, doc in connection.execute("SELECT id, doc FROM thing")]
    assert len(kept) == ROWS - ROWS // 3
    assert all(doc == id.encode() * (len(doc) // len(id)) for id, doc in kept)
    is_sound = open_page_check()
    file = (tmp_path / DATABASE).read_bytes()
    assert all(is_sound(file[begin : begin + PAGE_BYTES]) for begin in range(0, len(file), PAGE_BYTES))


@given(page=st.binary(min_size=512, max_size=512).filter(lambda page: page[0] not in {0x02, 0x05, 0x0A, 0x0D}))
def test_a_page_of_no_tree_stays_as_it_is(page: bytes) -> None:
    assert without_gap(page) == page


@pytest.mark.parametrize("kind", [0x0A, 0x0D])
def test_only_the_space_before_the_cells_is_filled(kind: int) -> None:
    head = bytes([kind, 0, 0, 0, 2, 0, 40, 0])
    page = head + b"\1\2\3\4" + b"x" * 28 + b"y" * 472
    assert without_gap(page) == head + b"\1\2\3\4" + bytes(28) + b"y" * 472


@given(page=st.binary(min_size=512, max_size=512))
def test_a_page_keeps_its_size(page: bytes) -> None:
    assert len(without_gap(page)) == len(page)
