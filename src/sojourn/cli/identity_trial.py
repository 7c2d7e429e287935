"""`sojourn identity try`: what changed rules of identity would have made of all that was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sojourn.cli.failures import CommandFailed
from sojourn.cli.files import object_in
from sojourn.cli.jobs import result_of
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import NOTHING, hint, write, write_json, write_table

if TYPE_CHECKING:
    from sojourn.cli.connection import Api, Document


async def try_change(
    file: Path | None = None,
    /,
    *,
    apply: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Tell how many people a change would join, part and hold back, had it held for all that was recorded.

    Nothing is changed, unless --apply is given: then the change comes into force, and the people who are there become
    those that it makes of their history. What somebody has decided by hand stays. Ctrl-C cancels.

    Examples:
        sojourn identity try cards.toml
        sojourn identity try cards.toml --apply
        sojourn identity try --json

    Args:
        file: A file with `kinds` and `points`, as JSON or TOML, under the names that the API has. Of a kind that
            there is already, the fields that change are enough. Without a file, the rules in force are tried.
        apply: Bring the change into force, and apply it to all that was recorded.
    """
    change = {} if file is None else object_in(file)
    async with reach(data) as api:
        change = await _whole(api, change)
        if apply:
            await _save(api, change)
            order: Document = {"kind": "identity-apply"}
        else:
            order = {"kind": "identity-dry-run", "change": change}
        cancelled = (
            "Cancelled. What was done stays, and is whole; run it again for the rest." if apply else "Cancelled."
        )
        told = await result_of(api, order, saying="Applying" if apply else "Trying", cancelled=cancelled)
    if as_json:
        write_json(told)
    else:
        _write(told, is_done=apply)


async def _whole(api: Api, change: Document) -> Document:
    """The change with whole kinds, where only what changes of them was given. Raises CommandFailed."""
    kinds, points = change.get("kinds", []), change.get("points", [])
    if change.keys() - {"kinds", "points"} or not all(isinstance(each, list) for each in (kinds, points)):
        raise CommandFailed("The file holds no change.", "Write a list of `kinds`, a list of `points`, or both.")
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in (*kinds, *points)):
        raise CommandFailed("Each kind and each point needs an `id`.")
    known = {kind["id"]: kind for kind in await api.items("identity", "kinds")}
    whole = [{**known.get(kind["id"], {}), **kind} for kind in kinds]
    return {"kinds": [{name: kind[name] for name in kind if name != "built_in"} for kind in whole], "points": points}


async def _save(api: Api, change: Document) -> None:
    for kind in change["kinds"]:
        await api.send("PUT", "identity", "kinds", kind["id"], body=kind)
    for point in change["points"]:
        await api.send("PUT", "identification-points", point["id"], body=point)


def _write(told: Document, *, is_done: bool) -> None:
    """Tell it in plain words, with samples."""
    people = told["people"]
    write(f"People: {people['now']} before, {people['then']} after.")
    for part, heading in _HEADINGS.items():
        count, samples = told[part]["count"], told[part]["samples"]
        write()
        write(f"{heading}: {count}", style="bold")
        if samples:
            write_table(_HEADS, (_row(sample) for sample in samples))
        if count > len(samples):
            hint(f"The first {len(samples)} are shown.")
    write()
    write(f"Ids that recognise somebody from then on: {told['learnt']}")
    if not is_done:
        hint("Nothing was changed.")


def _row(sample: Document) -> list[object]:
    rule = f"{sample['rule']} (version {sample['version']})" if sample["version"] else sample["rule"]
    told = (sample["one"], sample["two"] or NOTHING, sample["kind"], sample["value"], rule)
    return [*told, sample["why"] or NOTHING]


_HEADS = ("one", "two", "kind", "value", "rule", "why")
_HEADINGS = {"joined": "Joined", "split": "Parted", "parked": "Held back"}
