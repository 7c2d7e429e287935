"""`sojourn types`: what is known of events by their type."""

from __future__ import annotations

from cyclopts import App

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import write_list, write_thing

types = App(
    name="types",
    group=CONFIGURE,
    help="List and show event types, built-in and own ones.",
    help_epilogue=examples("sojourn types list", "sojourn types show sign-up"),
)


@types.default
@command(types, name="list")
async def list_types(*, family: str | None = None, data: Data = None, as_json: Json = False) -> None:
    """List the event types.

    Examples:
        sojourn types list
        sojourn types list --family identity

    Args:
        family: Only types of this family; `own` are those that were made here.
    """
    async with reach(data) as api:
        found = await api.items("event-types", family=family)
    write_list(found, ("id", "title", "family", "built_in", "journey", "tags"), as_json=as_json)


@command(types)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show an event type: what its events bring along, and what they fill.

    Examples:
        sojourn types show sign-up
        sojourn types show sign-up --json

    Args:
        id: The type, as clients send it.
    """
    async with reach(data) as api:
        event_type = await api.get("event-types", id)
    write_thing(event_type, as_json=as_json)
