"""`sojourn keys`: tokens for the management API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach, reach_or_make
from sojourn.cli.output import hint, write, write_json, write_list

keys = App(
    name="keys",
    group=CONFIGURE,
    help="List, make and revoke keys: tokens for the API.",
    help_epilogue=examples("sojourn keys list", "sojourn keys add dashboard --scope read"),
)


@keys.default
@command(keys, name="list")
async def list_keys(*, data: Data = None, as_json: Json = False) -> None:
    """List the keys.

    Their tokens are kept nowhere.

    Examples:
        sojourn keys list
        sojourn keys list --json
    """
    async with reach(data) as api:
        found = await api.items("keys")
    write_list(found, ("id", "name", "scopes", "created_at", "expires_at"), as_json=as_json)


@command(keys)
async def add(
    name: str,
    /,
    *,
    scope: Annotated[tuple[str, ...], Parameter(name="--scope", negative=())],
    id: str | None = None,
    expires_at: datetime | None = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key, and print its token.

    The token is shown now and never again.

    Examples:
        sojourn keys add Dashboard --scope read --id dashboard
        sojourn keys add Robot --scope read --scope configure --expires-at 2030-01-01

    Args:
        name: What people call it.
        scope: What the token opens: read, configure, pass, erase, or admin for everything. May be repeated.
        id: The id of the key; without it, a new UUID.
        expires_at: From when on the token is worth nothing, in UTC; without it, never.
    """
    body: dict[str, object] = {"name": name, "scopes": list(scope)}
    if id is not None:
        body["id"] = id
    if expires_at is not None:
        body["expires_at"] = (expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=UTC)).isoformat()
    async with reach_or_make(data) as api:
        key = await api.send("POST", "keys", body=body)
    if as_json:
        write_json(key)
    else:
        write(key["token"])
        hint(f"The token of the key {key['id']} is shown once. Send it as `Authorization: Bearer <token>`.")


@command(keys)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Revoke a key.

    Its token is worth nothing from then on.

    Examples:
        sojourn keys remove dashboard

    Args:
        id: The id of the key.
    """
    async with reach(data) as api:
        await api.send("DELETE", "keys", id)
    hint(f"Revoked the key {id}.")
