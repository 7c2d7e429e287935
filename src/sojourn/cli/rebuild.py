"""`sojourn rebuild`: fold people anew from what was recorded, with the rules in force now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sojourn.cli.failures import CommandFailed
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_record

if TYPE_CHECKING:
    from sojourn.cli.connection import Api, Document

LOOK_S = 0.2
"""Seconds between two looks at how far the job is."""


async def rebuild(*, profile: str | None = None, data: Data = None, as_json: Json = False) -> None:
    """Fold profiles anew from all that was recorded, with the rules in force now.

    So new and changed mapping rules are applied to the past. A server may take events meanwhile; nothing is lost.
    Ctrl-C cancels: who was rebuilt stays so, and the others stay as they were.

    Examples:
        sojourn rebuild
        sojourn rebuild --profile 3f0c0a52-6d0c-4a63-9d7f-4a8f7a3f1b11 --json

    Args:
        profile: Any id of the one person to rebuild; without it, everybody.
    """
    async with reach(data) as api:
        beginning = asyncio.ensure_future(api.send("POST", "jobs", body={"kind": "rebuild", "profile": profile}))
        try:
            # Ctrl-C must not fall between the beginning of the job and the answer that names it.
            job = await _ended(api, await asyncio.shield(beginning))
        except asyncio.CancelledError:
            await api.send("DELETE", "jobs", (await beginning)["id"])
            hint("Cancelled. Who was rebuilt stays so, and the others stay as they were.")
            raise
    if job["state"] != "done":
        raise CommandFailed(job["error"] or "The job was cancelled by somebody else.", "Run it again: it begins anew.")
    if as_json:
        write_json(job["result"])
    else:
        write_record(job["result"])
    if job["result"]["busy"]:
        hint("Those who are busy were left as they were. Run it again when fewer events come.")


async def _ended(api: Api, job: Document) -> Document:
    """Look at a job until it has ended, and show on stderr how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Rebuilding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("people", total=None)
        while job["state"] == "running":
            await asyncio.sleep(LOOK_S)
            job = await api.get("jobs", job["id"])
            bar.update(shown, completed=job["done"], total=job["total"])
    return job
