"""The register of erasures: `erasures.jsonl`, one receipt a line, without what was removed.

It says nothing that the database does not say. But it is a small file of its own, which is copied to another place more
easily and more often than a whole folder, and which outlives a database that nobody can read any more: whoever restores
an older backup erases by it who was erased since.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from sojourn.core.erasures import Receipt
from sojourn.stores.embedded.segments import open_file, sync_folder

REGISTER = "erasures.jsonl"

_decode = msgspec.json.Decoder(Receipt).decode


def registered(path: Path) -> dict[str, Receipt]:
    """All receipts of a register, by id; none where there is no such file. Raises OSError.

    A line that was never finished is passed over: the database has its receipt, and the next start writes it anew.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    return {receipt.id: receipt for line in lines if (receipt := _receipt(line)) is not None}


def register(folder: Path, docs: Iterable[bytes]) -> None:
    """Add receipts to the register of a folder, durably. Raises OSError."""
    is_new = not (folder / REGISTER).exists()
    descriptor = open_file(folder / REGISTER, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "r+b") as file:
        lines = b"".join(doc + b"\n" for doc in docs)
        size_bytes = file.seek(0, os.SEEK_END)
        is_torn = size_bytes > 0 and os.pread(descriptor, 1, size_bytes - 1) != b"\n"
        file.write(b"\n" + lines if is_torn else lines)
        file.flush()
        os.fsync(descriptor)
    if is_new:
        sync_folder(folder)


def register_missing(folder: Path, docs: Iterable[bytes]) -> None:
    """Add those of these receipts that the register of a folder lacks, or has otherwise. Raises OSError.

    Of two lines with one id the later one counts.
    """
    known = registered(folder / REGISTER)
    missing = [doc for doc in docs if (receipt := _decode(doc)) != known.get(receipt.id)]
    if missing:
        register(folder, missing)


def _receipt(line: bytes) -> Receipt | None:
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
