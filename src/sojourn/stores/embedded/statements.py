"""The SQL of the store, each statement under a name and a line that says what it is for.

-- name: What it is for.
SELECT ...;
"""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).parent
_HEADING = re.compile(r"^-- (\w+): .+\n", re.MULTILINE)
_MIGRATION = re.compile(r"(\d{4})_\w+\.sql")


def statements(subject: str) -> dict[str, str]:
    """The statements of `sql/<subject>.sql` by their names."""
    _, *parts = _HEADING.split((_HERE / "sql" / f"{subject}.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def migrations() -> dict[int, str]:
    """The scripts of `migrations/` by their numbers, in the order in which they are applied."""
    paths = sorted((_HERE / "migrations").glob("*.sql"))
    return {int(path.name[:4]): path.read_text(encoding="utf-8") for path in paths if _MIGRATION.fullmatch(path.name)}
