"""The data folder as commands see it before anything opens it. Looking never makes one."""

from __future__ import annotations

from pathlib import Path

from sojourn.cli.failures import CommandFailed
from sojourn.cli.next_steps import typed


def holds_data(folder: Path) -> bool:
    """Whether this is a data folder: any other folder, or none, must not become one by being looked at."""
    from sojourn.stores.embedded.database import DATABASE
    from sojourn.stores.embedded.materialiser import JOURNAL

    return (folder / DATABASE).exists() or (folder / JOURNAL).exists()


def require_data(folder: Path) -> None:
    """Raises CommandFailed when this is no data folder."""
    if not holds_data(folder):
        raise CommandFailed(f"There is no data folder at {folder}.", f"`{typed('serve')}` makes one.")
