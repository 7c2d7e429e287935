"""What deciding has to know of the world beside what it is told; given to it, so that it stays a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Knowledge(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Some facts about the world. Only the very same ones count as equal, so that what follows can be remembered."""

    free_mail: frozenset[str] = frozenset()
    """Domains, in lower case, under which anybody gets an e-mail address for nothing."""
    markets: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """The countries where a language is spoken, by its code and by its English name, both in lower case."""
    parts_of_world: Mapping[str, str] = MappingProxyType({})
    """The part of the world that a country belongs to, by its code in upper case."""


NO_KNOWLEDGE = Knowledge()

_OTHERWISE_NAMED = {"Arctic": "Europe", "Australia": "Oceania", "Pacific": "Oceania"}
_PARTS = frozenset({"Africa", "America", "Antarctica", "Asia", "Europe", "Oceania"})


def part_of_world(zone: str | None, country_code: object, knowledge: Knowledge) -> str | None:
    """The part of the world of somebody in this time zone, else in this country; None where neither tells.

    Zones of the Atlantic and of the Indian Ocean lie between the parts, and `UTC` lies nowhere.
    """
    area = (zone or "").partition("/")[0].title()
    part = _OTHERWISE_NAMED.get(area, area)
    if part in _PARTS:
        return part
    return knowledge.parts_of_world.get(country_code.upper()) if isinstance(country_code, str) else None
