"""`sojourn rebuild`: fold people anew from what was recorded, with the rules in force now."""

from __future__ import annotations

from sojourn.cli.jobs import result_of
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_record


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
    order = {"kind": "rebuild", "profile": profile}
    async with reach(data) as api:
        cancelled = "Cancelled. Who was rebuilt stays so, and the others stay as they were."
        result = await result_of(api, order, saying="Rebuilding", cancelled=cancelled)
    if as_json:
        write_json(result)
    else:
        write_record(result)
    if result["busy"]:
        hint("Those who are busy were left as they were. Run it again when fewer events come.")
