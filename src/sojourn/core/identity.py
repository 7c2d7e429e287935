"""Whose is it? The decision table of tracker.md §4.2 and §4.3, with R-30 and R-31, as one pure function.

In short: the session's profile first, then the profile that the payload names, then a new one. An unknown profile id is
never adopted, unless the source says that its clients choose the ids. A merged id answers as its survivor.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from sojourn.core.profiles import Profile


class Rule(StrEnum):
    """Why an event became a person's; told in traces and identity logs."""

    SESSION = "session"
    """The session was known and belongs to this profile."""
    NAMED = "named"
    """The payload named this profile and it is known."""
    STATIC = "static"
    """The source adopts the profile ids of its clients."""
    IDENTIFIED = "identified"
    """An identifier of the events names this person."""
    REPEATED = "repeated"
    """An event of the request was accepted before, for this profile."""
    NEW = "new"
    """Nothing led to a known profile."""
    NONE = "none"
    """The request asked for no profile."""


class Whose(msgspec.Struct, frozen=True, gc=False):
    """The answer: an existing profile, or the id to make a new one under (None: an id of the server's own)."""

    rule: Rule
    profile: Profile | None = None
    new_id: str | None = None
    mismatch: bool = False
    """The payload named another profile than the session's."""


NOBODY = Whose(Rule.NONE)


def whose(sent_id: str | None, named: Profile | None, owner: Profile | None, earlier: Profile | None) -> Whose:
    """Decide for an ordinary source.

    `sent_id` is the profile id of the payload and `named` the person it leads to; `owner` is the person the session
    belongs to; `earlier` the person an event of this request was accepted for before.
    """
    if owner is not None:
        mismatch = sent_id is not None and named is not owner and sent_id not in owner.ids
        return Whose(Rule.SESSION, owner, mismatch=mismatch)
    if named is not None:
        return Whose(Rule.NAMED, named)
    if earlier is not None:
        return Whose(Rule.REPEATED, earlier)
    return Whose(Rule.NEW)


def whose_static(sent_id: str, named: Profile | None) -> Whose:
    """Decide for a source that adopts its clients' profile ids; a merged id answers as its survivor (R-31)."""
    if named is not None:
        return Whose(Rule.STATIC, named)
    return Whose(Rule.STATIC, new_id=sent_id)
