"""What holds of everything that is kept, whatever has happened and whatever rules were in force; in words, where not.

Two ask this, and so mean the same: the auditor of the tests of what a server answers, `sojourn verify` of what lies in
a data folder. Each counts in its own way; here is what the counts must come to. The numbers are those of
`docs/explanation/nothing-lost.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sojourn.core.outcomes import OutcomeCounts
from sojourn.core.profiles import Profile


def twice(made: str, times_of: Mapping[str, int]) -> Iterator[str]:
    """I2: everything is made once. `times_of` says how often what `made` tells of is there, by whom it is about."""
    yield from (f"I2: {made} is there {times} times for {id}" for id, times in times_of.items() if times > 1)


def missed_visits(id: str, profile: Profile | None, visits: int) -> Iterator[str]:
    """I3: a profile, None where it is missing, counts as many visits as were recorded of the person."""
    counted = None if profile is None else profile.metadata.time.visit.count
    if counted != visits:
        yield f"I3: profile {id} counts {counted} visits, and {visits} are recorded"


def miscounted(counts: OutcomeCounts, there: int, erased_max: int = 0) -> Iterator[str]:
    """I6: every event of a source ended in exactly one way, and those that were kept and stored are there.

    `there` are the events that clients sent and that are stored; `erased_max` is how many may have been erased since.
    """
    apart = sum(sum(reasons.values()) for reasons in (counts.dropped, counts.quarantined, counts.refused))
    if counts.received != counts.kept + counts.duplicate + apart:
        yield f"I6: {counts.received} events were received, and the ways in which they ended do not add up: {counts}"
    stored = counts.kept - counts.unsaved
    if not there <= stored <= there + erased_max:
        erased = f"; {erased_max} were erased at most" if erased_max else ""
        yield f"I6: {stored} events were counted as stored, and {there} are there{erased}"
