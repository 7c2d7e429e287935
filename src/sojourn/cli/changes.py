"""Changes of fields as a line that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sojourn.cli.output import shown

if TYPE_CHECKING:
    from sojourn.cli.connection import Document


def change_told(change: Document) -> str:
    """The field, what it held and what it holds."""
    return f"{change['field']}: {shown(change['before'])} -> {shown(change['after'])}"


def skipped_told(skipped: Document) -> str:
    """The field that stays as it was, and why."""
    return f"{skipped['field']}: stays as it is. {skipped['msg']}"
