"""Times in parameters, as people write them."""

from __future__ import annotations

from datetime import datetime

from sojourn.core.times import parse_time
from sojourn.http.problems import INVALID_QUERY, Declined, Fault


def moment_of(name: str, written: str | None) -> datetime | None:
    """The moment that a parameter of this name tells. Raises Declined when it cannot be read."""
    if written is None:
        return None
    moment = parse_time(written)
    if moment is None:
        fault = Fault(("query", name), "time", "Write the time as `2026-01-31T12:00:00Z`; a `+` must be sent as `%2B`.")
        raise Declined(INVALID_QUERY, "A time cannot be read.", [fault])
    return moment
