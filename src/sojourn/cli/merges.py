"""`sojourn identity merges`, `undo`, `merge`: which people became one, and how they are parted or joined by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write, write_json, write_table, write_thing

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

MERGES_SHOWN = 100

Preview = Annotated[bool, Parameter(name="--dry-run", negative=(), show_default=False)]


async def merges(*, limit: int = MERGES_SHOWN, data: Data = None, as_json: Json = False) -> None:
    """List the merges, the newest first, those that were undone included.

    Examples:
        sojourn identity merges
        sojourn identity merges --limit 10 --json

    Args:
        limit: As many at most.
    """
    async with reach(data) as api:
        found = await api.items("identity", "merges", limit=limit)
    if as_json:
        write_json(found)
    else:
        write_table(("id", "at", "survivor", "merged", "because of", "actor", "undone"), map(_row, found))


async def undo(
    id: str,
    /,
    *,
    parting: Literal["exact", "from-now"] = "exact",
    dry_run: Preview = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Undo a merge: each event goes back to the profile that it was recorded under.

    Examples:
        sojourn identity undo 019a5c9e-7a52 --dry-run
        sojourn identity undo 019a5c9e-7a52
        sojourn identity undo 019a5c9e-7a52 --parting from-now

    Args:
        id: The id of the merge.
        parting: `exact` as if it had never been; `from-now` leaves the past with the survivor.
        dry_run: Only show what would move.
    """
    async with reach(data) as api:
        undone = await api.send("POST", "identity", "merges", id, "undo", parting=parting, dry_run=dry_run)
    if as_json:
        write_json(undone)
    elif dry_run:
        _write_preview(undone["preview"])
    else:
        write_thing(undone, as_json=False)


async def merge(
    one: str,
    two: str,
    /,
    *,
    note: str = "",
    force: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    dry_run: Preview = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Merge two people by hand. The one who was there first survives.

    Examples:
        sojourn identity merge 5f1c2d4e 8a3b7c1e --dry-run
        sojourn identity merge 5f1c2d4e 8a3b7c1e --note "They rang."

    Args:
        one: Any id of the one.
        two: Any id of the other.
        note: Why; it is kept with the merge.
        force: Merge them even where the rules would hold it back.
        dry_run: Only show the person whom it would make.
    """
    body = {"profiles": [one, two], "note": note, "force": force}
    async with reach(data) as api:
        made = await api.send("POST", "identity", "merges", body=body, dry_run=dry_run)
    write_thing(made["preview"]["person"] if dry_run and not as_json else made, as_json=as_json)


def _row(merge: Document) -> list[object]:
    reason = merge["reason"]
    because = f"{reason['kind']} {reason['value'] or reason['note']}".rstrip()
    return [merge["id"], merge["at"], merge["survivor"], merge["merged"], because, merge["actor"], merge["undone"]]


def _write_preview(preview: Document) -> None:
    rows = [
        [person["profile"]["id"], part["id"], part["events"], part["sessions"]]
        for person in preview["people"]
        for part in person["recorded"]
    ]
    write_table(("person", "id", "events", "sessions"), rows)
    if len(preview["people"]) == 1:
        hint("Another merge still joins them.")
    if preview["built_on"]:
        write()
        write_table(("later merge", "at", "survivor", "merged"), map(_later, preview["built_on"]))
        hint("Later merges build on this one; each stays with the one whose id it names.")
        hint("To leave the past as it is and part them from now on, add `--parting from-now`.")


def _later(merge: Document) -> list[object]:
    return [merge["id"], merge["at"], merge["survivor"], merge["merged"]]
