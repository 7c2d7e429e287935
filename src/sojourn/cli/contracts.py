"""`sojourn contracts`: what events of a type must look like."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cyclopts import App

from sojourn.cli.files import object_in
from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_list, write_thing, write_versions

contracts = App(
    name="contracts",
    group=CONFIGURE,
    help="List, make and propose contracts: what events of a type must look like.",
    help_epilogue=examples("sojourn contracts propose sign-up", "sojourn contracts put sign-up schema.json"),
)


@contracts.default
@command(contracts, name="list")
async def list_contracts(*, data: Data = None, as_json: Json = False) -> None:
    """List the contracts that are in force.

    Examples:
        sojourn contracts list
        sojourn contracts list --json
    """
    async with reach(data) as api:
        found = await api.items("contracts")
    write_list(found, ("id", "mode", "version"), as_json=as_json)


@command(contracts)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show the contract of an event type.

    Examples:
        sojourn contracts show sign-up

    Args:
        id: The event type.
    """
    async with reach(data) as api:
        contract = await api.get("event-types", id, "contract")
    write_thing(contract, as_json=as_json)


@command(contracts)
async def put(
    id: str,
    file: Path,
    /,
    *,
    mode: Literal["observe", "quarantine", "refuse"] = "observe",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make the contract of an event type, or replace it, in force for the next event.

    Examples:
        sojourn contracts put sign-up schema.json
        sojourn contracts put sign-up schema.json --mode quarantine

    Args:
        id: The event type, described or not.
        file: A file with a JSON Schema of the properties, as JSON or TOML.
        mode: What becomes of an event that breaks it: kept with a warning, put aside, or refused.
    """
    schema = object_in(file)
    async with reach(data) as api:
        made = await api.send("PUT", "event-types", id, "contract", body={"mode": mode, "schema": schema})
    write_thing(made, as_json=as_json)


@command(contracts)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove the contract of an event type.

    Its history stays, and so does what it put aside.

    Examples:
        sojourn contracts remove sign-up

    Args:
        id: The event type.
    """
    async with reach(data) as api:
        await api.send("DELETE", "event-types", id, "contract")
    hint(f"Removed the contract of {id}.")


@command(contracts)
async def history(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show the versions of the contract of an event type, the latest first.

    Examples:
        sojourn contracts history sign-up
        sojourn contracts history sign-up --json

    Args:
        id: The event type.
    """
    async with reach(data) as api:
        versions = await api.items("event-types", id, "contract", "history")
    write_versions(versions, "contract", ("mode",), as_json=as_json)


@command(contracts)
async def propose(
    id: str,
    /,
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Propose a schema that everything seen of an event type keeps to. Nothing is saved.

    Write it into a file, look it over, and give that to `put`. With `--json`, it
    comes inside of the whole contract.

    Examples:
        sojourn contracts propose sign-up
        sojourn contracts propose sign-up > schema.json

    Args:
        id: The event type.
    """
    async with reach(data) as api:
        proposal = await api.send("POST", "event-types", id, "contract", "from-observed")
    write_json(proposal if as_json else proposal["schema"])
