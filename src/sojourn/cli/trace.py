"""`sojourn trace`: what each step of the pipeline did to an event, as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sojourn.cli.changes import change_told
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import write, write_json

if TYPE_CHECKING:
    from sojourn.cli.connection import Document


async def trace(event: str, /, *, source: str | None = None, data: Data = None, as_json: Json = False) -> None:
    """Show what each step of the pipeline did to an event.

    Examples:
        sojourn trace 018f3a2b-0000-7000-8000-0123456789ab
        sojourn trace order-1 --source shop --json

    Args:
        event: The id of the event.
        source: The id of its source, where several used the same event id.
    """
    async with reach(data) as api:
        found = await api.get("events", event, "trace", source=source)
        whole = await api.get("events", event, source=found["source"])
    if as_json:
        write_json(found)
        return
    write(f"{whole['type']}  {event}  from {found['source']}, {whole['metadata']['time']['insert']}", style="bold")
    for line in _branches(found["steps"]):
        write(line)


def _branches(steps: list[Document]) -> Iterator[str]:
    for step in steps:
        is_last = step is steps[-1]
        yield f"{'└' if is_last else '├'}─ {step['step']}"
        for note in step["notes"]:
            branch = "└" if note is step["notes"][-1] else "├"
            yield f"{' ' if is_last else '│'}  {branch}─ {note['code']}  {_detail(note['detail'])}".rstrip()


def _detail(detail: str | Document) -> str:
    return detail if isinstance(detail, str) else f"{change_told(detail)} ({detail['rule']})"
