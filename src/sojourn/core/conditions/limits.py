"""How large a condition may be. The bounds hold when it is read; what has been read is small enough for every use."""

from __future__ import annotations

import msgspec


class ConditionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one condition."""

    text_chars_max: int = 10_000
    """Characters of its text."""
    depth_max: int = 32
    """Groups and negations inside of each other."""
    nodes_max: int = 1_000
    """Fields, values, comparisons and groups, each counted as one."""
    path_parts_max: int = 32
    """Keys and indexes of one field."""
    pattern_program_max: int = 1_500
    """Instructions of the automaton that RE2 makes of one pattern."""


LIMITS = ConditionLimits()

NUMBER_MAX = 2**53 - 1
"""The largest number of a condition, either way. Beyond it doubles skip whole numbers: a comparison would lie."""

OFFSET_S_MAX = 100 * 366 * 86_400
"""Seconds that a moment may lie before or after `now`: a hundred years."""

INDEX_MAX = 99_999
"""The largest index into a list."""
