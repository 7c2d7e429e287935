"""What a merge keeps of the decisions about consents that another one overruled (tracker.md R-35).

They are told in `aux.consents.history`, by the name of the consent and oldest first, so that whoever asks can be shown
what the person said when, and on which of the two profiles.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from sojourn.core.mapping.operations import Held
from sojourn.core.profiles import Profile
from sojourn.core.references import Reference, read_back, value_at, with_value
from sojourn.core.times import EARLIEST, parse_time

HISTORY_MAX = 20
"""Decisions that are kept of one consent; the oldest go first."""

_PLACE = ("consents", "history")


def with_overruled(aux: dict[str, object], one: Profile, other: Profile, person: Profile) -> dict[str, object]:
    """The `aux` of a person who was two, with all decisions that do not hold any more."""
    if not all(isinstance(value_at(aux, _PLACE[:depth]), dict | None) for depth in (1, 2)):
        return aux  # Rules have put something else there.
    for name in sorted(_decided(one) & _decided(other)):
        overruled = _overruled(name, (one, other), person)
        if overruled:
            aux = with_value(aux, (*_PLACE, name), overruled)
    return aux


def _decided(profile: Profile) -> set[str]:
    """The names of the consents about which a decision is known, those that were revoked included."""
    paths = (read_back(field).path for field in profile.metadata.fields)
    return {*profile.consents, *(path[1] for path in paths if path[:1] == ("consents",) and len(path) > 1)}


def _overruled(name: str, before: tuple[Profile, Profile], person: Profile) -> list[object]:
    """All decisions about a consent but the one that holds, each once."""
    holds = _decision(name, person)
    decisions = [_told(held) for held in (_decision(name, each) for each in before) if held != holds]
    for profile in before:
        kept = value_at(profile.aux, (*_PLACE, name))
        decisions += [entry for entry in kept if isinstance(entry, dict)] if isinstance(kept, list) else []
    each_once = {msgspec.json.encode(decision, order="deterministic"): decision for decision in decisions}
    ordered = sorted(each_once, key=lambda text: (_moment_of(each_once[text]), text))
    return [each_once[text] for text in ordered[-HISTORY_MAX:]]


def _decision(name: str, profile: Profile) -> Held:
    return Held(profile.consents.get(name), profile.metadata.fields.get(str(Reference("profile", ("consents", name)))))


def _told(held: Held) -> dict[str, object]:
    """A decision as the history tells it; what nobody knows of it is left out."""
    lapses = {"revoke": held.value.get("revoke")} if isinstance(held.value, dict) else {}
    by = held.origin
    known = {"at": msgspec.to_builtins(by.at), "event": by.event, "rule": by.rule} if by is not None else {}
    return {"granted": held.value is not None, **lapses, **known}


def _moment_of(decision: dict[str, object]) -> datetime:
    at = decision.get("at")
    return (parse_time(at) if isinstance(at, str) else None) or EARLIEST
