"""`sojourn redirects`: links that record an event and lead on."""

from __future__ import annotations

from cyclopts import App

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_list, write_thing
from sojourn.cli.properties import properties_of

redirects = App(
    name="redirects",
    group=CONFIGURE,
    help="List and make redirects: links that record.",
    help_epilogue=examples("sojourn redirects list", "sojourn redirects show spring"),
)


@redirects.default
@command(redirects, name="list")
async def list_redirects(*, data: Data = None, as_json: Json = False) -> None:
    """List the redirects.

    Examples:
        sojourn redirects list
        sojourn redirects list --json
    """
    async with reach(data) as api:
        found = await api.items("redirects")
    write_list(found, ("id", "name", "source", "event_type", "url"), as_json=as_json)


@command(redirects)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show a redirect.

    Examples:
        sojourn redirects show spring

    Args:
        id: The id of the redirect.
    """
    async with reach(data) as api:
        redirect = await api.get("redirects", id)
    write_thing(redirect, as_json=as_json)


@command(redirects)
async def add(
    name: str,
    /,
    *properties: str,
    source: str,
    url: str,
    event_type: str,
    id: str | None = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a redirect.

    From then on, `/redirect/<id>` records an event of the source, and leads on to the URL.

    Examples:
        sojourn redirects add Ad --source m --event-type click --url https://a.io
        sojourn redirects add Ad at=Rome --source m --event-type ad --url http://a.io

    Args:
        name: What people call it.
        properties: Properties of the event, as `key=value`.
        source: The id of a source whose type has `redirect`.
        url: Where it leads.
        event_type: The type of the event that it records.
        id: The end of its link; without it, a new UUID.
    """
    body = {"name": name, "source": source, "url": url, "event_type": event_type}
    if id is not None:
        body["id"] = id
    async with reach(data) as api:
        redirect = await api.send("POST", "redirects", body={**body, "properties": properties_of(properties)})
    write_thing(redirect, as_json=as_json)


@command(redirects)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove a redirect.

    Its link leads nowhere from then on.

    Examples:
        sojourn redirects remove spring

    Args:
        id: The id of the redirect.
    """
    async with reach(data) as api:
        await api.send("DELETE", "redirects", id)
    hint(f"Removed the redirect {id}.")
