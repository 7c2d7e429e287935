"""What a request contributed to its person, beside the events that are stored: kept so that people can be folded anew.

Rules are not among it: they are applied again to the stored events. What cannot be found out again from those is kept
here as it was decided: visits, what the session told, effects of events that were not to be stored, merges.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from sojourn.core.mapping.operations import Effect, Origin
from sojourn.core.profiles import Profile


class Birth(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The moments of a new person."""

    first_seen: datetime
    created: datetime
    seen: datetime | None = None
    """When Sojourn saw them first, where that is another moment than `created`."""


class Introduction(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the session told of the person, and by which event."""

    what: dict[str, object]
    by: Origin


class Unsaved(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an event did that was processed and not stored; it came after so many stored ones of its request."""

    after: int
    effects: tuple[Effect, ...]


class Join(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A merge of the people of two profile ids: they are one from here on, while the merge is not undone."""

    merge: str
    one: str
    two: str


class Contribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """In the order in which it takes effect; the stored events and the unsaved ones come before the merges."""

    foundation: Profile | None = None
    """The person as it stood, where what made it so is not kept: everything before is left aside."""
    born: Birth | None = None
    aliases: tuple[str, ...] = ()
    visits: tuple[datetime, ...] = ()
    """When each visit began that counts."""
    tz: str | None = None
    """The time zone that the request told."""
    told: Introduction | None = None
    session: dict[str, object] | None = None
    """The session as rules saw it, where one that was in force reads it."""
    unsaved: tuple[Unsaved, ...] = ()
    withheld: tuple[tuple[str, str], ...] = ()
    """Events, and the field of the profile that each one does not write."""
    identifiers: tuple[tuple[str, str], ...] = ()
    """Identifiers that the person is known by from here on: kind and key."""
    joins: tuple[Join, ...] = ()
    newcomer_by: tuple[str, ...] = ()
    """Keys of identifiers by which somebody who had just come was taken for the person, as the breaker has counted."""


NO_CONTRIBUTION = Contribution()
