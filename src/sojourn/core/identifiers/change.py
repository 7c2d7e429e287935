"""A change of what people are recognised by, as it can be tried before it is made."""

from __future__ import annotations

import msgspec

from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.identifiers.points import IdentificationPoint


class IdentityChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Kinds of id and identification points, each whole, that take the place of those of the same id, or come new."""

    kinds: tuple[IdKind, ...] = ()
    points: tuple[IdentificationPoint, ...] = ()
