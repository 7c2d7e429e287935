"""`sojourn identity kinds`: the kinds of id, built-in and own ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from sojourn.cli.files import object_in
from sojourn.cli.help import OPTIONS, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_list, write_thing, write_versions

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

kinds = App(
    name="kinds",
    group_parameters=OPTIONS,
    help="List, make and change kinds of id: by what people are recognised.",
    help_epilogue=examples("sojourn identity kinds list", "sojourn identity kinds disable login"),
)

_PATH = ("identity", "kinds")


@kinds.default
@command(kinds, name="list")
async def list_kinds(*, data: Data = None, as_json: Json = False) -> None:
    """List the kinds of id.

    Examples:
        sojourn identity kinds list
        sojourn identity kinds list --json
    """
    async with reach(data) as api:
        found = await api.items(*_PATH)
    write_list(found, ("id", "form", "fields", "unique", "priority", "trust", "enabled", "version"), as_json=as_json)


@command(kinds)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show a kind of id.

    Examples:
        sojourn identity kinds show email-main

    Args:
        id: The id of the kind.
    """
    async with reach(data) as api:
        kind = await api.get(*_PATH, id)
    write_thing(kind, as_json=as_json)


@command(kinds)
async def add(file: Path, /, *, data: Data = None, as_json: Json = False) -> None:
    """Make a kind of id, in force for the next event.

    Examples:
        sojourn identity kinds add member.toml

    Args:
        file: A file with the kind, as JSON or TOML, under the names that the API has.
    """
    kind = object_in(file)
    async with reach(data) as api:
        made = await api.send("POST", *_PATH, body=kind)
    write_thing(made, as_json=as_json)


@command(kinds)
async def change(id: str, file: Path, /, *, data: Data = None, as_json: Json = False) -> None:
    """Change some fields of a kind of id, of a built-in one, too.

    Examples:
        sojourn identity kinds change email-main shared-mailboxes.toml

    Args:
        id: The id of the kind.
        file: A file with the fields that are to change, such as `blocked`, as JSON or TOML.
    """
    await _changed(id, object_in(file), data=data, as_json=as_json)


@command(kinds)
async def enable(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Let people be recognised by a kind of id again.

    Examples:
        sojourn identity kinds enable login

    Args:
        id: The id of the kind.
    """
    await _changed(id, {"enabled": True}, data=data, as_json=as_json)


@command(kinds)
async def disable(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Let nobody be recognised by a kind of id any more.

    Whom it joined stays joined.

    Examples:
        sojourn identity kinds disable login

    Args:
        id: The id of the kind.
    """
    await _changed(id, {"enabled": False}, data=data, as_json=as_json)


@command(kinds)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove an own kind of id, or set a built-in one back to how it came along.

    Examples:
        sojourn identity kinds remove member

    Args:
        id: The id of the kind.
    """
    async with reach(data) as api:
        await api.send("DELETE", *_PATH, id)
    hint(f"Removed what was made of the kind {id}.")


@command(kinds)
async def history(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show the versions that people made of a kind of id, the latest first.

    Examples:
        sojourn identity kinds history login

    Args:
        id: The id of the kind.
    """
    async with reach(data) as api:
        versions = await api.items(*_PATH, id, "history")
    write_versions(versions, "kind", ("name", "fields", "unique", "enabled"), as_json=as_json)


async def _changed(id: str, fields: Document, *, data: str | None, as_json: bool) -> None:
    async with reach(data) as api:
        changed = await api.send("PATCH", *_PATH, id, body=fields)
    write_thing(changed, as_json=as_json)
