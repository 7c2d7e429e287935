"""`sojourn quarantine`: events that were put aside, and how they come back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sojourn.cli.files import object_in
from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_list, write_thing

quarantine = App(
    name="quarantine",
    group=CONFIGURE,
    help="List, mend, replay and remove events that were put aside.",
    help_epilogue=examples("sojourn quarantine list", "sojourn quarantine replay ID --event mended.json"),
)

EVENTS_SHOWN = 100


@quarantine.default
@command(quarantine, name="list")
async def list_quarantined(
    *, source: str | None = None, limit: int = EVENTS_SHOWN, data: Data = None, as_json: Json = False
) -> None:
    """List the events that were put aside, the newest first.

    Examples:
        sojourn quarantine list
        sojourn quarantine list --source my-shop --json

    Args:
        source: Only events that were sent to this source.
        limit: As many at most.
    """
    async with reach(data) as api:
        found = await api.items("quarantine", limit=limit, source=source)
    write_list(found, ("id", "at", "source", "type", "reason", "loc"), as_json=as_json)


@command(quarantine)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show an event that was put aside, as it was sent.

    Examples:
        sojourn quarantine show 019a5c9e-7a52

    Args:
        id: The id that it has in the quarantine.
    """
    async with reach(data) as api:
        event = await api.get("quarantine", id)
    write_thing(event, as_json=as_json)


@command(quarantine)
async def replay(
    id: str,
    /,
    *,
    event: Annotated[Path | None, Parameter(name="--event")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Try an event again, as if it came when it had come. It is accepted once.

    Examples:
        sojourn quarantine replay 019a5c9e-7a52
        sojourn quarantine replay 019a5c9e-7a52 --event mended.json

    Args:
        id: The id that it has in the quarantine.
        event: A file with the event as it should be, as JSON or TOML; without it, it is tried as it was sent.
    """
    body = None if event is None else {"event": object_in(event)}
    async with reach(data) as api:
        answer = await api.send("POST", "quarantine", id, "replay", body=body)
    write_thing(answer, as_json=as_json)


@command(quarantine)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove an event that was put aside. It cannot be replayed any more.

    Examples:
        sojourn quarantine remove 019a5c9e-7a52

    Args:
        id: The id that it has in the quarantine.
    """
    async with reach(data) as api:
        await api.send("DELETE", "quarantine", id)
    hint(f"Removed the quarantined event {id}.")
