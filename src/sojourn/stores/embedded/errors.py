"""What can be wrong with a data folder.

StoreError
├── FolderInUse        another process has it
└── UnreadableFolder   its content must not be touched by this program as it is
    ├── DamagedJournal   a record that was acknowledged cannot be read back
    ├── DamagedWal       what was written to the database last cannot be read back
    ├── NewerFormat      a later version of Sojourn wrote it
    ├── WrongSecret      its ids were hashed with another secret
    └── UnfitSqlite      this installation has no SQLite that it could trust
"""

from __future__ import annotations

from pathlib import Path

from sojourn.ports.errors import StoreError


class FolderInUse(StoreError):
    """Another process works with the data folder; `pid` is its number, where it could still be read."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        """Name the folder, and the process that holds it."""
        by = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"{folder} is in use by {by}. One data folder belongs to one server.")
        self.folder = folder
        self.pid = pid


class UnreadableFolder(StoreError):
    """The content of the data folder cannot be read as it should be; nothing was changed in it."""


class DamagedJournal(UnreadableFolder):
    """A record of the journal is damaged and others follow it, so that it cannot be a write that never ended."""

    def __init__(self, file: Path, offset: int, problem: str) -> None:
        """Name the place, in bytes from the beginning of the file, and what is wrong there."""
        super().__init__(f"{file} at byte {offset}: {problem}")
        self.file = file
        self.offset = offset
        self.problem = problem


class DamagedWal(UnreadableFolder):
    """A frame of the WAL of the database is damaged while it is in use; the next start passes over it."""

    def __init__(self, file: Path, offset: int) -> None:
        """Name the place, in bytes from the beginning of the file."""
        super().__init__(
            f"{file} at byte {offset}: a page is damaged. Start Sojourn again: what is lost here is in the journal."
        )
        self.file = file
        self.offset = offset


class NewerFormat(UnreadableFolder):
    """A later version of Sojourn wrote this; an older one must not touch it."""

    def __init__(self, file: Path, found: int, known: int) -> None:
        """Name the file, the number of its format, and the newest one that this program knows."""
        super().__init__(
            f"{file} has format {found}, and this version of Sojourn knows formats up to {known}. "
            "Start the version that wrote it, or a later one."
        )


class WrongSecret(UnreadableFolder):
    """The ids in it were hashed with another secret, so that nobody would be recognised."""


class UnfitSqlite(UnreadableFolder):
    """The SQLite of this installation is too old, or comes without page checksums."""
