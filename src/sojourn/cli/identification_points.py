"""`sojourn identity points`: which properties of events hold ids."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sojourn.cli.files import object_in
from sojourn.cli.help import OPTIONS, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_list, write_thing, write_versions

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

points = App(
    name="points",
    group_parameters=OPTIONS,
    help="List and make identification points: which properties of events hold ids.",
    help_epilogue=examples("sojourn identity points list", "sojourn identity points add newsletter.toml"),
)

_PATH = "identification-points"


@points.default
@command(points, name="list")
async def list_points(
    *, event_type: Annotated[str | None, Parameter(name="--type")] = None, data: Data = None, as_json: Json = False
) -> None:
    """List the identification points.

    Examples:
        sojourn identity points list
        sojourn identity points list --type newsletter-ordered --json

    Args:
        event_type: Only points for events of this type.
    """
    async with reach(data) as api:
        found = await api.items(_PATH, event_type=event_type)
    write_list(found, ("id", "name", "event_type", "source", "condition", "enabled", "version"), as_json=as_json)


@command(points)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show an identification point.

    Examples:
        sojourn identity points show newsletter

    Args:
        id: The id of the point.
    """
    async with reach(data) as api:
        point = await api.get(_PATH, id)
    write_thing(point, as_json=as_json)


@command(points)
async def add(
    file: Path,
    /,
    *,
    replace: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make an identification point, in force for the next event.

    Examples:
        sojourn identity points add newsletter.toml
        sojourn identity points add newsletter.json --replace

    Args:
        file: A file with the point, as JSON or TOML, under the names that the API has.
        replace: Take the place of the point that has the same id.
    """
    point = object_in(file)
    async with reach(data) as api:
        made = await api.add(_PATH, point, replace=replace)
    write_thing(made, as_json=as_json)


@command(points)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove an identification point.

    Whom it identified stays identified.

    Examples:
        sojourn identity points remove newsletter

    Args:
        id: The id of the point.
    """
    async with reach(data) as api:
        await api.send("DELETE", _PATH, id)
    hint(f"Removed the identification point {id}.")


@command(points)
async def history(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show the versions of an identification point, the latest first.

    Examples:
        sojourn identity points history newsletter

    Args:
        id: The id of the point.
    """
    async with reach(data) as api:
        versions = await api.items(_PATH, id, "history")
    write_versions(
        versions, "point", ("name", "enabled", "identifiers"), as_json=as_json, told={"identifiers": _identifiers}
    )


def _identifiers(identifiers: list[Document]) -> list[str]:
    return [f"{identifier['property']} ({identifier['kind']})" for identifier in identifiers]
