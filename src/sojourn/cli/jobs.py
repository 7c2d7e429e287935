"""Jobs of the server, as commands wait for them: with a bar on stderr, and ended when the command is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sojourn.cli.failures import CommandFailed
from sojourn.cli.output import hint

if TYPE_CHECKING:
    from sojourn.cli.connection import Api, Document

LOOK_S = 0.2
"""Seconds between two looks at how far the job is."""


async def result_of(api: Api, order: Document, *, saying: str, cancelled: str) -> Document:
    """Begin a job and wait for what comes of it; Ctrl-C cancels it, and then `cancelled` is told.

    Raises CommandFailed when it cannot be begun, fails, or is cancelled by somebody else.
    """
    beginning = asyncio.ensure_future(api.send("POST", "jobs", body=order))
    try:
        # Ctrl-C must not fall between the beginning of the job and the answer that names it.
        job = await _ended(api, await asyncio.shield(beginning), saying)
    except asyncio.CancelledError:
        await api.send("DELETE", "jobs", (await beginning)["id"])
        hint(cancelled)
        raise
    if job["state"] != "done":
        raise CommandFailed(job["error"] or "The job was cancelled by somebody else.", "Run it again: it begins anew.")
    result: Document = job["result"]
    return result


async def _ended(api: Api, job: Document, saying: str) -> Document:
    """Look at a job until it has ended, and show on stderr how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(saying), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task(saying, total=None)
        while job["state"] == "running":
            await asyncio.sleep(LOOK_S)
            job = await api.get("jobs", job["id"])
            bar.update(shown, completed=job["done"], total=job["total"])
    return job
