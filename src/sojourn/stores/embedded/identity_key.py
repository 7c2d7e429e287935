"""The secret that keys of ids are made with: in a file of the data folder, unless a setting tells it. It never changes.

Keys that another secret made lead nowhere, and nobody would be recognised any more. So the catalog keeps by what the
secret is known, and a folder is not opened with another one.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from sojourn.core.identifiers.keys import fingerprint_of
from sojourn.ports.catalog import Catalog
from sojourn.stores.embedded.errors import UnreadableFolder, WrongSecret
from sojourn.stores.embedded.segments import open_file, sync_folder

KEY_FILE = "identity.key"
SECRET_CHARS_MIN = 32
"""Characters of a secret, beneath which it could be guessed."""


class KeyFile(Enum):
    """How the file of the secret is."""

    MISSING = "missing"
    UNFIT = "unfit"
    """It cannot be read, or holds no secret."""
    EXPOSED = "exposed"
    """Others than its owner may read it."""
    GOOD = "good"


async def identity_secret(folder: Path, catalog: Catalog, told: str | None, bits: int) -> bytes:
    """The secret of a folder: the one that is `told`, else that of its file, which is made of 256 random `bits`.

    Raises WrongSecret, UnreadableFolder, StoreUnavailable, OSError.
    """
    kept = catalog.identity_fingerprint()
    written = told.strip() if told else _read(folder / KEY_FILE)
    if written is None and kept is not None:
        raise WrongSecret(
            f"{folder / KEY_FILE} is missing: with another secret nobody would be recognised any more. "
            "Put the file back from a backup, or tell its content in SOJOURN_IDENTITY_SECRET."
        )
    secret = (written or _make(folder, bits)).encode()
    if kept not in (None, fingerprint_of(secret)):
        raise WrongSecret(
            f"The ids in {folder} were hashed with another secret than that of {_place(folder, told)}: nobody would "
            "be recognised any more. Start with the secret that this folder began with."
        )
    await catalog.put_identity_fingerprint(fingerprint_of(secret))
    return secret


def state_of_key_file(folder: Path) -> KeyFile:
    """How the file is, without telling anything of what is in it."""
    path = folder / KEY_FILE
    try:
        if _read(path) is None:
            return KeyFile.MISSING
    except (UnreadableFolder, OSError):
        return KeyFile.UNFIT
    return KeyFile.EXPOSED if path.stat().st_mode & _OTHERS else KeyFile.GOOD


def _place(folder: Path, told: str | None) -> str:
    return "the setting `identity_secret`" if told else str(folder / KEY_FILE)


def _read(path: Path) -> str | None:
    try:
        written = path.read_text().strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UnreadableFolder(f"{path} holds no text, and no secret. Put it back from a backup.") from error
    if len(written) < SECRET_CHARS_MIN:
        raise UnreadableFolder(f"{path} holds no secret: it is too short. Put it back from a backup.")
    return written


def _make(folder: Path, bits: int) -> str:
    """Write a new secret, whole and durable before it has its name."""
    secret = f"{bits:064x}"
    beginning = folder / f"{KEY_FILE}.new"
    beginning.unlink(missing_ok=True)
    descriptor = open_file(beginning, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    beginning.rename(folder / KEY_FILE)
    sync_folder(folder)
    return secret


_OTHERS = 0o077
