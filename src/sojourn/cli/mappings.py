"""`sojourn mappings`: what events do to fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sojourn.cli.changes import change_told, skipped_told
from sojourn.cli.files import object_in
from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_list, write_table, write_thing, write_versions

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

mappings = App(
    name="mappings",
    group=CONFIGURE,
    help="List, make and try mapping rules: what events do to fields.",
    help_epilogue=examples("sojourn mappings list", "sojourn mappings dry-run rule.toml"),
)

EVENTS_TRIED = 100


@mappings.default
@command(mappings, name="list")
async def list_mappings(
    *, event_type: Annotated[str | None, Parameter(name="--type")] = None, data: Data = None, as_json: Json = False
) -> None:
    """List the mapping rules.

    Examples:
        sojourn mappings list
        sojourn mappings list --type sign-up --json

    Args:
        event_type: Only rules for events of this type.
    """
    async with reach(data) as api:
        found = await api.items("mappings", event_type=event_type)
    write_list(found, ("id", "name", "event_type", "source", "order", "enabled", "version"), as_json=as_json)


@command(mappings)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show a mapping rule.

    Examples:
        sojourn mappings show favourite-tea

    Args:
        id: The id of the rule.
    """
    async with reach(data) as api:
        rule = await api.get("mappings", id)
    write_thing(rule, as_json=as_json)


@command(mappings)
async def add(
    file: Path,
    /,
    *,
    replace: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a mapping rule, in force for the next event.

    Examples:
        sojourn mappings add rule.toml
        sojourn mappings add rule.json --replace

    Args:
        file: A file with the rule, as JSON or TOML, under the names that the API has.
        replace: Take the place of the rule that has the same id.
    """
    rule = object_in(file)
    async with reach(data) as api:
        made = await api.add("mappings", rule, replace=replace)
    write_thing(made, as_json=as_json)


@command(mappings)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove a mapping rule.

    What it wrote stays, and so does its history.

    Examples:
        sojourn mappings remove favourite-tea

    Args:
        id: The id of the rule.
    """
    async with reach(data) as api:
        await api.send("DELETE", "mappings", id)
    hint(f"Removed the mapping rule {id}.")


@command(mappings)
async def history(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show the versions of a mapping rule, the latest first.

    Examples:
        sojourn mappings history favourite-tea
        sojourn mappings history favourite-tea --json

    Args:
        id: The id of the rule.
    """
    async with reach(data) as api:
        versions = await api.items("mappings", id, "history")
    write_versions(
        versions, "rule", ("name", "enabled", "operations"), as_json=as_json, told={"operations": _operations}
    )


@command(mappings)
async def dry_run(file: Path, /, *, limit: int = EVENTS_TRIED, data: Data = None, as_json: Json = False) -> None:
    """Show what a mapping rule would do to events that really came.

    Nothing is written. Each event is taken as it is stored, its profile as it is now.

    Examples:
        sojourn mappings dry-run rule.toml
        sojourn mappings dry-run rule.json --limit 1000

    Args:
        file: A file with the rule, saved or not, as JSON or TOML.
        limit: At how many of the last events to look, 1000 at most.
    """
    rule = object_in(file)
    async with reach(data) as api:
        told = await api.send("POST", "mappings", "dry-run", body=rule, limit=limit)
    if as_json:
        write_json(told)
        return
    rows = [[item["at"], item["event"], line] for item in told["items"] for line in _lines(item)]
    if rows:
        write_table(("time", "event", "what would happen"), rows)
    hint(f"Of {told['events']} events, {told['meant']} are meant and {told['changed']} would change something.")
    hint("Nothing was written.")


def _operations(operations: list[Document]) -> list[str]:
    return [f"{operation['op']} {operation['target']}" for operation in operations]


def _lines(item: Document) -> list[str]:
    return [*map(change_told, item["changes"]), *map(skipped_told, item["skipped"])]
