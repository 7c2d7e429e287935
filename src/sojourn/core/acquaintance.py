"""What a session tells of the person whose it is: languages, part of the world, the last place.

A session says this once, when it learns it, and for the session that begins last. So a request that tells nothing new
changes no profile, and reading events again in another order makes the same one.
"""

from __future__ import annotations

from sojourn.core.contexts import time_zone_of
from sojourn.core.contributions import Introduction
from sojourn.core.derived import with_written
from sojourn.core.fields import Kind
from sojourn.core.knowledge import Knowledge, part_of_world
from sojourn.core.mapping.apply import Applied, CompiledOperation, CompiledRule
from sojourn.core.mapping.change import Change, Copied
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.profiles import Profile
from sojourn.core.references import Reference, value_at
from sojourn.core.sessions import Session
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


def introduced(profile: Profile, told: Introduction, knowledge: Knowledge) -> tuple[Profile, list[Change | Copied]]:
    """The profile after its session told this, and what changed."""
    sheet = profile_sheet(profile)
    applied = Applied({"profile": sheet, "event": Sheet(told.what, {})}, told.by, name_bytes_max=0)
    applied.apply(_ENRICH, source="")
    return with_written(profile, sheet, knowledge), applied.changes


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
