"""Patterns of `matches`, read by RE2 and by nothing else, so that no text takes longer than its length allows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import re2


def pattern_fault(pattern: str, program_max: int) -> str | None:
    """Why a pattern cannot be used, as part of a sentence; None when it can. `program_max` bounds its automaton."""
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        [reason] = error.args
        return f"RE2 cannot read it: {reason.decode(errors='replace')}"
    if compiled.programsize > program_max:
        return f"it makes an automaton of {compiled.programsize} instructions, {program_max} are the most"
    if compiled.groupindex:
        # Engines of other ages disagree on how a name is written, and nothing asks for it.
        return "it names a group, which nothing could ask for"
    return None


@lru_cache(maxsize=1024)
def searcher(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern that has no fault is found anywhere in a text."""
    # RE2 works on UTF-8. Given bytes, it need not work out where in the text it has found something.
    search = re2.compile(pattern, _options()).search
    return lambda text: search(text.encode()) is not None


def re2_matches(text: object, pattern: str) -> bool | None:
    """Whether a pattern is found in a text; None for everything that is no text."""
    return searcher(pattern)(text) if isinstance(text, str) else None


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options
