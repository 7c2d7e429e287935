"""`sojourn types`: what is known of events by their type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_list, write_table, write_thing

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

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


@command(types)
async def observed(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show what events of a type are seen to say: their properties, of which kinds, and how often.

    Examples:
        sojourn types observed sign-up
        sojourn types observed sign-up --json

    Args:
        id: The type, described or not.
    """
    async with reach(data) as api:
        seen = await api.get("event-types", id, "observed")
    if as_json:
        write_json(seen)
        return
    rows = (_property_row(each) for each in seen["properties"])
    write_table(("property", "kinds", "in", "values", "examples"), rows)
    hint(f"Seen in {seen['events']} events; {seen['skipped']} more came too fast to be looked at.")


def _property_row(each: Document) -> list[object]:
    filled = f"{each['fill_rate']:.0%}"
    return [each["path"], list(each["types"]), filled, each["cardinality"], [str(value) for value in each["examples"]]]
