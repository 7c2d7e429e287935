"""What people configure in versions: each change makes the next one, and none is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from sojourn.core.contracts import Contract
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.identifiers.points import IdentificationPoint
from sojourn.core.mapping.rules import MappingRule

Thing = TypeVar("Thing", MappingRule, Contract, IdKind, IdentificationPoint)
"""Something of which every version is kept. Versions of one id count on, even after it was removed."""


class Era(NamedTuple, Generic[Thing]):
    """A version, and the time in which it was in force; `until` is None while it is."""

    thing: Thing
    since: datetime
    until: datetime | None


def says_the_same(one: Thing, other: Thing) -> bool:
    """Whether two versions differ in nothing but their numbers; the constants 1 and true do differ."""
    return _encode(replace(one, version=other.version)) == _encode(other)


_encode = msgspec.json.Encoder().encode
