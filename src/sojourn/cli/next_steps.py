"""What can be typed next, as it has to be typed here."""

from __future__ import annotations

import sys
from pathlib import Path


def typed(command: str, data: str | None = None) -> str:
    """One of our commands, by the path of the program where it is not found by its name, on the same data folder."""
    from shutil import which

    program = Path(sys.argv[0])
    found = which("sojourn")
    is_ours = program.name == "sojourn" and program.exists()
    is_elsewhere = is_ours and (found is None or not program.samefile(found))
    words = [str(program) if is_elsewhere else "sojourn", command]
    return " ".join([*words, "--data", data] if data else words)
