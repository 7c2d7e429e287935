"""How the fields of two persons become one where people have decided it: a path, and a strategy for it and all below.

Where no rule says anything, the way in which a field was written decides (`core.merging`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from sojourn.core.fields import Path
from sojourn.core.references import parse_reference


class Strategy(StrEnum):
    """How two values become one."""

    NEWEST = "newest"
    """The value of the newest event; at the same moment the event with the greater id."""
    SUM = "sum"
    """Both added up."""
    UNION = "union"
    """All that both lists hold, each once, the survivor's first."""
    MIN = "min"
    """The smallest number, or the earliest moment."""
    MAX = "max"
    """The largest number, or the latest moment."""
    FIRST = "first"
    """The value of the oldest event."""
    SURVIVOR = "survivor"
    """The survivor's, unless nothing ever stood there."""
    MOST_RESTRICTIVE = "most-restrictive"
    """Of two decisions about a consent the stricter one, whenever it was made; to revoke it is the strictest."""


class MergeRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Strategies by the paths of a profile: `{"traits.score": "sum", "data.contact": "survivor"}`.

    A path holds for the field and for all that is below it; of several the longest decides.
    """

    fields: dict[str, Strategy] = {}
    version: int = 0
    """Counts the changes; 0 until somebody makes the first one."""

    def by_path(self) -> dict[Path, Strategy]:
        """The strategies by the paths taken apart; what is no path is left out, as no field can be meant."""
        parsed = ((parse_reference(f"profile@{field}"), strategy) for field, strategy in self.fields.items())
        return {reference.path: strategy for reference, strategy in parsed if reference is not None}


NO_MERGE_RULES = MergeRules()


class MergeRulesVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Merge rules as they were in force for a while, or are."""

    rules: MergeRules
    since: datetime
    until: datetime | None = None
    """When they were changed; null while they are in force."""
