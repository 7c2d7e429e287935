"""Plain `sojourn`: how this folder is doing, and five things to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sojourn import __version__
from sojourn.cli.folder import holds_data
from sojourn.cli.next_steps import typed
from sojourn.cli.options import Data, Json, reach, settings_for
from sojourn.cli.output import aligned, hint, write, write_json, write_record


async def state(*, data: Data = None, as_json: Json = False) -> None:
    """Say how the data folder is doing, and what can be done next.

    Examples:
        sojourn
        sojourn --data /var/lib/sojourn/data --json
    """
    settings = settings_for(data=data)
    told = await _told_by(settings.data) if holds_data(Path(settings.data)) else None
    if as_json:
        write_json({"version": __version__, "folder": settings.data, "data": told})
        return
    write(f"Sojourn {__version__}", style="bold")
    if told is None:
        write_record({"folder": f"{settings.data}, where no data is yet"})
    else:
        server = told["server"] or "none is running"
        counts = ", ".join(f"{count:,} {name}" for name, count in told["events"].items() if count)
        write_record({"folder": settings.data, "server": server, "sources": told["sources"], "events": counts})
    hint()
    for line in aligned((f"  {typed(*words)}", does) for words, does in _next_steps(data)):
        hint(line)


async def _told_by(folder: str) -> dict[str, Any]:
    """What the Sojourn of the folder says of itself."""
    async with reach(folder) as api:
        sources = await api.items("sources")
        outcomes = await api.get("outcomes")
    counts = {name: count if isinstance(count, int) else sum(count.values()) for name, count in outcomes.items()}
    return {"server": api.server and api.server.url, "sources": len(sources), "events": counts}


def _next_steps(data: str | None) -> Iterator[tuple[tuple[str, str | None], str]]:
    yield ("serve", data), "run the server"
    yield ("track TYPE", data), "send an event"
    yield ("tail", data), "watch what arrives"
    yield ("doctor", data), "look at this machine and these settings"
    yield ("--help", None), "see every command"
