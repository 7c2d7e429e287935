"""How what stands in the WAL comes into the database file: only after it was looked at.

SQLite copies pages from the WAL as they are, and a page gets its checksum when it comes into the file. A bit that had
turned over in the WAL would be vouched for from then on. So the sums of the WAL are looked at before; they cost about
what the copying costs. Where they do not match nothing is copied: the next start passes over what is damaged, and
brings it in from the journal again.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from sojourn.stores.embedded.database import open_page_check
from sojourn.stores.embedded.errors import DamagedWal
from sojourn.stores.embedded.wal import damaged_frame

_LOOKS = 3
"""How often one looks before what does not match is not taken for a WAL that begins anew just now."""


def bring_in(database: apsw.Connection, mode: int) -> bool:
    """Bring what is in the WAL into the database file, and sync it; whether that was all.

    Raises DamagedWal, apsw.Error.
    """
    _look_at_sums(database)
    in_wal, brought = database.wal_checkpoint(mode=mode)
    return in_wal == brought


def _look_at_sums(database: apsw.Connection) -> None:
    wal = Path(f"{database.filename}-wal")
    is_sound = open_page_check()
    damaged = None
    for _ in range(_LOOKS):
        frames, _ = database.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
        if frames <= 0:
            return
        damaged = damaged_frame(wal, is_sound, frames)
        if damaged is None:
            return
    assert damaged is not None, "there was no other way out"
    raise DamagedWal(wal, damaged)
