"""`sojourn tail`: the live feed in the terminal, until it is interrupted or the server stops and does not come back."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cyclopts import Parameter

from sojourn.cli.failures import CommandFailed
from sojourn.cli.next_steps import typed
from sojourn.cli.options import Data, reach, settings_for
from sojourn.cli.output import hint, shown, write, write_json_line

if TYPE_CHECKING:
    from sojourn.cli.connection import Api, Document


async def tail(
    *,
    type: str | None = None,
    source: str | None = None,
    profile: str | None = None,
    data: Data = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=(), show_default=False)] = False,
) -> None:
    """Watch what arrives, and what becomes of it.

    It needs a running server, and goes on where it was when that is restarted. Each line is an event with its outcome,
    or a request that was refused as a whole. Times are in UTC.

    Examples:
        sojourn tail
        sojourn tail --source shop --type purchase
        sojourn tail --json | jq .status

    Args:
        type: Only requests with an event of this type.
        source: Only what came from this source.
        profile: Only what became this profile's, by its current id.
        as_json: Print a JSON object a line: one for each request, as the feed has it.
    """
    from sojourn.cli.connection import TIMEOUT_S

    settings = settings_for(data=data)
    silence_s = max(TIMEOUT_S, _HEARTBEATS * settings.limits.live_heartbeat_s)
    last_seen = ""
    while not last_seen or await _is_back(Path(settings.data)):
        async with reach(data) as api:
            if api.server is None:
                raise CommandFailed("There is no running server to watch.", f"Start one with `{typed('serve', data)}`.")
            async for told in _told(api, silence_s, last_seen):
                last_seen = told.id
                _show(told.entry, lambda entry: _is_wanted(entry, type, source, profile), as_json=as_json)
        last_seen = last_seen or _NOTHING_YET
        hint("The server has ended the feed. Waiting for it to come back.")


_HEARTBEATS = 3
"""How many signs of life may be missing before the server counts as silent."""
_RESTART_S = 10
"""Seconds that a server which has ended the feed is given to come back."""
_NOTHING_YET = "0"
"""An id before those of all entries."""


class _Told(NamedTuple):
    """One event of the feed."""

    id: str
    entry: Document


async def _is_back(folder: Path) -> bool:
    """Wait until a server works on the folder again, for as long as a restart may take."""
    import asyncio

    from sojourn.serving import running_server

    for _ in range(_RESTART_S):
        await asyncio.sleep(1)
        if running_server(folder) is not None:
            return True
    return False


async def _told(api: Api, silence_s: float, last_seen: str) -> AsyncIterator[_Told]:
    """What the feed tells from now on, or since it was last seen, until the server ends it.

    Raises CommandFailed when it is silent so long.
    """
    import httpx2
    import msgspec

    from sojourn.cli.connection import failure, silent

    headers = {**api.rights, "Last-Event-ID": last_seen} if last_seen else api.rights
    asked = api.http.stream("GET", "/api/v1/live", headers=headers, timeout=silence_s)
    try:
        async with asked as response:
            if not response.is_success:
                await response.aread()
                raise failure(response, "live")
            hint("Watching. Ctrl-C ends it.")
            async for event in httpx2.EventSource(response):
                if event.data:  # The feed begins with an event that only says how soon to come back.
                    yield _Told(event.id, msgspec.json.decode(event.data))
    except (httpx2.ConnectError, httpx2.TimeoutException) as error:
        raise silent(api.server) from error
    except httpx2.TransportError:
        hint("The connection to the server broke off.")


def _show(entry: Document, is_wanted: Callable[[Document], bool], *, as_json: bool) -> None:
    if "missed" in entry:
        hint(f"{entry['missed'] or 'Some'} requests were missed.")
    elif is_wanted(entry):
        _write_entry(entry, as_json=as_json)


def _is_wanted(entry: Document, type: str | None, source: str | None, profile: str | None) -> bool:
    types = {outcome["type"] for outcome in entry["outcomes"]}
    return (
        (type is None or type in types)
        and (source is None or entry["source"] == source)
        and (profile is None or entry["profile"] == profile)
    )


def _write_entry(entry: Document, *, as_json: bool) -> None:
    if as_json:
        write_json_line(entry)
        return
    # Of a request that was refused as a whole, no events are known but their number; it gets one line.
    refusal = {"type": None, "outcome": "refused", "reason": f"{', '.join(entry['errors'])}{_events(entry['count'])}"}
    for outcome in entry["outcomes"] or [refusal]:
        write(_line(entry, outcome), style=_STYLES.get(outcome["outcome"], ""))
    sys.stdout.flush()


def _events(count: int) -> str:
    return f" ({count:,} events)" if count > 1 else ""


_STYLES = {"quarantined": "yellow", "refused": "red", "duplicate": "dim", "dropped": "dim"}


def _line(entry: Document, outcome: Document) -> str:
    cells = (
        (entry["at"][11:19], 8),
        (_short(entry["source"]), 12),
        (outcome["type"], 20),
        (entry["profile"], 36),
        (outcome["outcome"], 11),
    )
    why = outcome["reason"] or ", ".join(entry["warnings"])
    return "  ".join([*(f"{shown(cell):{width}}" for cell, width in cells), why]).rstrip()


def _short(id: str | None) -> str | None:
    """An id that people would not read to its end anyway."""
    return id if id is None or len(id) <= _ID_CHARS_MAX else f"{id[:6]}…{id[-4:]}"


_ID_CHARS_MAX = 12
