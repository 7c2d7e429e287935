"""What a measurement was to show, and whether it did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Verdict(NamedTuple):
    """One promise, what was seen, and whether it was held."""

    promise: str
    seen: str
    is_held: bool


def report(verdicts: Iterable[Verdict]) -> bool:
    """Print them; whether all were held."""
    all_held = True
    for verdict in verdicts:
        print(f"{'held' if verdict.is_held else 'MISSED':8}{verdict.promise:60} {verdict.seen}")
        all_held = all_held and verdict.is_held
    return all_held
