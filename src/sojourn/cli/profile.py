"""`sojourn profile`: a person, by any id that ever was theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sojourn.cli.identity_tree import identity_tree
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import write, write_json, write_record, write_table

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

EVENTS_SHOWN = 100


async def profile(
    id: str,
    /,
    *,
    with_events: Annotated[bool, Parameter(name="--events", negative=(), show_default=False)] = False,
    provenance: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    with_identity: Annotated[bool, Parameter(name="--identity", negative=(), show_default=False)] = False,
    at: str | None = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show a person.

    Examples:
        sojourn profile 5f1c2d4e
        sojourn profile 5f1c2d4e --events
        sojourn profile 5f1c2d4e --provenance
        sojourn profile 5f1c2d4e --identity
        sojourn profile 5f1c2d4e --at 2026-11-01T00:00:00Z

    Args:
        id: Any id of the person: the current one, a merged one, an alias.
        with_events: Show the newest events, too.
        provenance: Show which event and which rule wrote each field, too.
        with_identity: Show which ids lead to the person and why, too.
        at: Show the person as known at this time, RFC 3339.
    """
    async with reach(data) as api:
        found = await api.get("profiles", id, include="provenance" if provenance else None, at=at)
        events = await api.items("profiles", id, "events", limit=EVENTS_SHOWN) if with_events else None
        identity = await api.get("profiles", id, "identity") if with_identity else None
    if as_json:
        beside = {name: told for name, told in (("events", events), ("identity", identity)) if told is not None}
        write_json({"profile": found, **beside} if beside else found)
        return
    _write_profile(found)
    if provenance:
        write()
        _write_provenance(found["metadata"]["fields"])
    if identity is not None:
        write()
        for line in identity_tree(identity["ids"][0], identity):
            write(line)
    if events is not None:
        write()
        heads = ("time", "type", "source", "session", "id")
        write_table(heads, (_row(event) for event in events))


def _write_profile(found: Document) -> None:
    time = found["metadata"]["time"]
    visit = time["visit"]
    parts = ("traits", "data", "segments", "interests", "consents", "aux")
    known = {name: found[name] for name in parts if found[name]}
    facts = {
        "profile": found["id"],
        "other ids": [other for other in found["ids"] if other != found["id"]],
        "first event": time["insert"],
        "made": time["create"],
        "changed": time["update"],
        "visits": visit["count"],
        "this visit": visit["current"],
        "last visit": visit["last"],
        "time zone": visit["tz"],
    }
    write_record({**facts, **known})


def _write_provenance(fields: Document) -> None:
    heads = ("field", "time", "rule", "event")
    write_table(heads, ([field, by["at"], by["rule"], by["event"]] for field, by in sorted(fields.items())))


def _row(event: Document) -> list[object]:
    session = event["session"]
    moment = event["metadata"]["time"]["insert"]
    return [moment, event["type"], event["source"]["id"], session["id"] if session else None, event["id"]]
