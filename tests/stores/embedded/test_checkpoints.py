"""What is brought from the WAL into the database file is what was written: a WAL in which a bit turned over stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.stores.embedded.checkpoints import bring_in
from sojourn.stores.embedded.database import DATABASE, PAGE_BYTES, Durability, migrate, open_page_check, open_writer
from sojourn.stores.embedded.errors import DamagedWal
from sojourn.stores.embedded.wal import damaged_frame

FILE_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24


@pytest.fixture
def database(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = open_writer(tmp_path, Durability.AT_CHECKPOINT, cache_bytes=1 << 20)
    migrate(connection)
    yield connection
    connection.close()


def test_a_sound_wal_is_brought_in_and_begins_anew(database: apsw.Connection, tmp_path: Path) -> None:
    assert bring_in(database, apsw.SQLITE_CHECKPOINT_TRUNCATE)
    assert (tmp_path / f"{DATABASE}-wal").stat().st_size == 0
    assert bring_in(database, apsw.SQLITE_CHECKPOINT_PASSIVE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_the_sums_name_the_frame_in_which_a_bit_has_turned_over(
    database: apsw.Connection, tmp_path: Path, place: float, bit: int
) -> None:
    content = (tmp_path / f"{DATABASE}-wal").read_bytes()
    offset = int(place * len(content))
    turned = bytearray(content)
    turned[offset] ^= 1 << bit
    harmed = tmp_path / "harmed"
    harmed.write_bytes(turned)
    stride = FRAME_HEADER_BYTES + PAGE_BYTES
    frame = FILE_HEADER_BYTES + (offset - FILE_HEADER_BYTES) // stride * stride
    assert damaged_frame(harmed, open_page_check()) == (0 if offset < FILE_HEADER_BYTES else frame)


def test_of_a_damaged_wal_nothing_is_brought_in(database: apsw.Connection, tmp_path: Path) -> None:
    file, wal = tmp_path / DATABASE, tmp_path / f"{DATABASE}-wal"
    before = file.read_bytes()
    with wal.open("r+b") as harmed:
        harmed.seek(FILE_HEADER_BYTES + FRAME_HEADER_BYTES + PAGE_BYTES // 2)
        harmed.write(b"what was never written")
    with pytest.raises(DamagedWal) as refusal:
        bring_in(database, apsw.SQLITE_CHECKPOINT_PASSIVE)
    assert (refusal.value.file, refusal.value.offset) == (wal, FILE_HEADER_BYTES)
    assert file.read_bytes() == before
