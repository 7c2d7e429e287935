"""What a session tells of the person whose it is: languages, part of the world, the last place.

A session says this once, when it learns it, and for the session that begins last. So a request that tells nothing new
changes no profile, and reading events again in another order makes the same one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from sojourn.core.contexts import time_zone_of
from sojourn.core.contributions import Introduction
from sojourn.core.derived import with_written
from sojourn.core.fields import Kind
from sojourn.core.knowledge import Knowledge, part_of_world
from sojourn.core.mapping.apply import Applied, CompiledOperation, CompiledRule
from sojourn.core.mapping.change import Change, Copied
from sojourn.core.mapping.operations import Op, Origin
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.profiles import Profile, new_profile, parts_of
from sojourn.core.references import Reference, value_at
from sojourn.core.sessions import Session
from sojourn.core.times import EARLIEST
from sojourn.core.views import profile_sheet

RULE = "enrich"
"""The name of the rule in traces and origins."""


def told_by(session: Session, knowledge: Knowledge) -> dict[str, object]:
    """What the rule reads, in place of an event."""
    geo = session.device.get("geo")
    zone = time_zone_of(session.context)
    told = {
        "languages": session.context.get("language"),
        "part_of_world": part_of_world(zone, value_at(geo, ("country", "code")), knowledge),
        "place": geo,
    }
    return {name: value for name, value in told.items() if value}


class Introduced(NamedTuple):
    """A profile that was introduced, and what changed."""

    profile: Profile
    changes: tuple[Change | Copied, ...]


def introduced(profile: Profile, told: Introduction, knowledge: Knowledge) -> Introduced:
    """The profile after its session told this, and what changed."""
    if profile.metadata.fields or any(parts_of(profile).values()):
        return _introduced(profile, told, knowledge)
    first = _first_introduced(msgspec.json.encode(told.what), knowledge)
    fields = {
        field: Origin(told.by.at, told.by.event, origin.rule, origin.how)
        for field, origin in first.profile.metadata.fields.items()
    }
    metadata = replace(profile.metadata, fields=fields)
    return Introduced(
        replace(profile, metadata=metadata, data=first.profile.data, aux=first.profile.aux), first.changes
    )


REMEMBERED = 4096
"""So many introductions of newcomers are remembered: languages, part of the world and place, as they come together."""


@lru_cache(REMEMBERED)
def _first_introduced(what: bytes, knowledge: Knowledge) -> Introduced:
    """What comes of it for somebody of whom nothing else is known."""
    told = Introduction(msgspec.json.decode(what), Origin(EARLIEST, "", ""))
    return _introduced(new_profile("", first_seen=EARLIEST, created=EARLIEST), told, knowledge)


def _introduced(profile: Profile, told: Introduction, knowledge: Knowledge) -> Introduced:
    sheet = profile_sheet(profile)
    applied = Applied({"profile": sheet, "event": Sheet(told.what, {})}, told.by, name_bytes_max=0)
    applied.apply(_ENRICH, source="")
    return Introduced(with_written(profile, sheet, knowledge), tuple(applied.changes))


def _effect(op: Op, field: str, kind: Kind, told: str) -> CompiledOperation:
    target = Reference("profile", tuple(field.split(".")))
    return CompiledOperation(
        op=op,
        target=target,
        field=str(target),
        kind=kind,
        value=Reference("event", (told,)),
        constant=None,
        key=None,
        each=False,
        matching=(),
    )


_ENRICH = CompiledRule(
    id=RULE,
    source=None,
    condition=None,
    operations=(
        _effect(Op.APPEND, "data.pii.language.spoken", Kind.TEXTS, "languages"),
        _effect(Op.SET, "aux.geo.continent", Kind.ANY, "part_of_world"),
        # A place is kept whole: the town of one visit must not stand beside the country of the next.
        _effect(Op.SET, "data.devices.last.geo", Kind.ANY, "place"),
    ),
)
