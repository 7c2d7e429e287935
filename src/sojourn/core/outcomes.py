"""What became of an event. Every event that a client sent has exactly one outcome.

`received = kept + duplicate + dropped + quarantined + refused`, always. The reasons are a closed list: whoever adds a
way to lose an event must name it here, and the reference page of outcomes shows it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Fate(StrEnum):
    """The five ways in which an event can end."""

    KEPT = "kept"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class Outcome(msgspec.Struct, frozen=True):
    """How one event ended, and why where there is something to tell."""

    fate: Fate
    reason: str = ""


KEPT = Outcome(Fate.KEPT)
DUPLICATE = Outcome(Fate.DUPLICATE)

DROPPED_BOT = Outcome(Fate.DROPPED, "bot")

QUARANTINED_SHAPE = Outcome(Fate.QUARANTINED, "shape")
QUARANTINED_LIMIT = Outcome(Fate.QUARANTINED, "limit")
QUARANTINED_TIME = Outcome(Fate.QUARANTINED, "time")
QUARANTINED_ID_CONFLICT = Outcome(Fate.QUARANTINED, "id-conflict")
QUARANTINED_CONTRACT = Outcome(Fate.QUARANTINED, "contract")

REFUSED_UNREADABLE = Outcome(Fate.REFUSED, "unreadable")
REFUSED_INVALID = Outcome(Fate.REFUSED, "invalid")
REFUSED_TOO_LARGE = Outcome(Fate.REFUSED, "too-large")
REFUSED_SOURCE = Outcome(Fate.REFUSED, "source")
REFUSED_SECRET = Outcome(Fate.REFUSED, "secret")
REFUSED_ORIGIN = Outcome(Fate.REFUSED, "origin")
REFUSED_BOT = Outcome(Fate.REFUSED, "bot")
REFUSED_STATIC = Outcome(Fate.REFUSED, "static-without-profile")
REFUSED_CONTRACT = Outcome(Fate.REFUSED, "contract")
REFUSED_RATE = Outcome(Fate.REFUSED, "rate")
REFUSED_BUSY = Outcome(Fate.REFUSED, "busy")
REFUSED_FAULT = Outcome(Fate.REFUSED, "fault")

REASONS = {
    DROPPED_BOT: "The user agent is a known bot and the source drops those.",
    QUARANTINED_SHAPE: "The event is not shaped like one: a missing or blank type, a field of the wrong kind.",
    QUARANTINED_LIMIT: "The event goes beyond a limit: size, depth, keys, strings, numbers, ids.",
    QUARANTINED_TIME: "A time of the event cannot be read, or lies outside the years 1970 to 2100.",
    QUARANTINED_ID_CONFLICT: "Its id was used before, by the same source, for other content.",
    QUARANTINED_CONTRACT: "Its properties break the contract of its type, which puts such events aside.",
    REFUSED_UNREADABLE: "The body is not JSON that can be read.",
    REFUSED_INVALID: "The body is JSON, but not a tracker payload.",
    REFUSED_TOO_LARGE: "The body, or its number of events, is beyond the limit.",
    REFUSED_SOURCE: "The source is unknown, disabled, internal, or not meant for this entry.",
    REFUSED_SECRET: "The source asks for its secret, and the request did not bring it.",
    REFUSED_ORIGIN: "The browser's origin is not among those of the source.",
    REFUSED_BOT: "The user agent is a known bot and the source refuses those.",
    REFUSED_STATIC: "The source adopts the client's profile id, and the request named none.",
    REFUSED_CONTRACT: "Its properties break the contract of its type, which refuses such events.",
    REFUSED_RATE: "Too many requests, events or new profiles in a short time.",
    REFUSED_BUSY: "The server was starting, stopping, overloaded or short of disk; the client may send again.",
    REFUSED_FAULT: "A fault of the server; the client may send again.",
}
"""Every outcome that has a reason, with the sentence that explains it to people."""


class OutcomeCounts(msgspec.Struct, kw_only=True):
    """How many events ended how. `unsaved` counts kept events that were processed and not stored."""

    received: int = 0
    kept: int = 0
    duplicate: int = 0
    dropped: dict[str, int] = {}
    quarantined: dict[str, int] = {}
    refused: dict[str, int] = {}
    unsaved: int = 0

    def add(self, outcome: Outcome, count: int) -> None:
        """Count `count` more events that ended with this outcome."""
        self.received += count
        match outcome.fate:
            case Fate.KEPT:
                self.kept += count
            case Fate.DUPLICATE:
                self.duplicate += count
            case Fate.DROPPED | Fate.QUARANTINED | Fate.REFUSED:
                reasons: dict[str, int] = getattr(self, outcome.fate.value)
                reasons[outcome.reason] = reasons.get(outcome.reason, 0) + count
