"""`sojourn sources`: who may send events."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from sojourn.cli.failures import UsageFailed
from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json, reach, reach_or_make
from sojourn.cli.output import hint, write, write_json, write_list, write_thing

if TYPE_CHECKING:
    from sojourn.cli.connection import Document

sources = App(
    name="sources",
    group=CONFIGURE,
    help="List, make and change sources: who may send events.",
    help_epilogue=examples("sojourn sources list", "sojourn sources add 'Web shop' --id shop"),
)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WebhookFields:
    """How `/collect` treats the bodies of a source; what is None is left as it is."""

    generate_profile: bool | None = None
    """Find or make the person of each webhook without a session, by the identifiers in its body."""
    sticky_session: bool | None = None
    """Keep to one session for all webhooks that tell the same identifier."""
    replace_profile_id: str | None = None
    """Where in the body the profile id stands, such as user.id; it is adopted as it is."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class SourceFields:
    """What can be said of a source, under the names that the API gives it; what is None is left as it is."""

    type: Annotated[tuple[Literal["rest", "webhook", "redirect"], ...] | None, Parameter(negative=())] = None
    """An entry that accepts it: `rest` is /track, `webhook` is /collect, `redirect` is /redirect. May be repeated."""
    enabled: bool | None = None
    """Whether it may send."""
    channel: str | None = None
    """Copied to its sessions and events."""
    ephemeral: bool | None = None
    """Answer its events, and keep nothing of them."""
    static_profile_id: bool | None = None
    """Adopt the profile ids of its clients as they are."""
    identity: Literal["open", "careful", "server-only"] | None = None
    """How far its word joins people."""
    passes_to: Annotated[tuple[str, ...] | None, Parameter(name="--passes-to", negative=())] = None
    """A source to which its clients may ask to be handed on. May be repeated."""
    bare_pass: bool | None = None
    """Believe clients who name the person that another site hands on, without a token."""
    bots: Literal["drop", "keep", "refuse"] | None = None
    """What becomes of events from known bots."""
    ip: Literal["truncate", "full", "none"] | None = None
    """How much of a client's address is kept."""
    visit_timeout_s: int | None = None
    """Seconds of inactivity after which the next event of a session is a new visit."""
    historical_time: bool | None = None
    """Believe `time.insert` of its clients."""
    origins: Annotated[tuple[str, ...] | None, Parameter(name="--origin", negative=())] = None
    """A browser origin that may send, such as https://shop.example; `*` is any. May be repeated."""
    returns_profile: bool | None = None
    """Let a client ask for the profile in the answer."""
    debug: bool | None = None
    """Let a client ask for event ids in the answer."""
    trust: Literal["public", "server"] | None = None
    """A `server` source proves itself with a secret, and gets larger limits."""
    webhook: Annotated[WebhookFields | None, Parameter(name="--webhook")] = None


@sources.default
@command(sources, name="list")
async def list_sources(*, data: Data = None, as_json: Json = False) -> None:
    """List the sources.

    Examples:
        sojourn sources list
        sojourn sources list --json
    """
    async with reach(data) as api:
        found = await api.items("sources")
    write_list(found, ("id", "name", "type", "enabled", "trust", "channel"), as_json=as_json)


@command(sources)
async def show(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Show a source.

    Examples:
        sojourn sources show shop

    Args:
        id: The id of the source.
    """
    async with reach(data) as api:
        source = await api.get("sources", id)
    _write_source(source, as_json=as_json)


@command(sources)
async def add(
    name: str,
    /,
    *,
    id: str | None = None,
    fields: SourceFields | None = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a source.

    The secret of a source with the trust `server` is shown now and never again.

    Examples:
        sojourn sources add 'Web shop' --id shop --origin https://shop.example
        sojourn sources add 'Order system' --id orders --trust server

    Args:
        name: What people call it.
        id: What its clients send as `source.id`; without it, a new UUID.
    """
    body = {"name": name, **({} if id is None else {"id": id}), **_told(fields)}
    async with reach_or_make(data) as api:
        source = await api.send("POST", "sources", body=body)
    _write_source(source, as_json=as_json)


@command(sources, name="set")
async def change(
    id: str,
    /,
    *,
    name: str | None = None,
    fields: SourceFields | None = None,
    reset: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change a source.

    The change holds for the very next request.

    Examples:
        sojourn sources set shop --no-enabled
        sojourn sources set shop --visit-timeout-s 1800 --bots keep
        sojourn sources set shop --reset visit_timeout_s

    Args:
        id: The id of the source.
        name: What people call it.
        reset: A field that gets its default back. May be repeated.
    """
    changes = {**({} if name is None else {"name": name}), **_told(fields)}
    changes |= {field.replace("-", "_"): None for field in reset}
    if not changes:
        raise UsageFailed("Nothing was to be changed.", "`sojourn sources set --help` lists what can be.")
    async with reach(data) as api:
        source = await api.send("PATCH", "sources", id, body=changes)
    _write_source(source, as_json=as_json)


@command(sources)
async def remove(id: str, /, *, data: Data = None) -> None:
    """Remove a source.

    Its events stay, and its redirects go on redirecting without recording.

    Examples:
        sojourn sources remove shop

    Args:
        id: The id of the source.
    """
    async with reach(data) as api:
        await api.send("DELETE", "sources", id)
    hint(f"Removed the source {id}.")


@command(sources)
async def secret(id: str, /, *, data: Data = None, as_json: Json = False) -> None:
    """Give a source a new secret, and print it.

    Only a source with the trust `server` has one. The secret before is worth nothing from then on.

    Examples:
        sojourn sources secret orders

    Args:
        id: The id of the source.
    """
    async with reach(data) as api:
        source = await api.send("POST", "sources", id, "secret")
    if as_json:
        write_json(source)
    else:
        write(source["secret"])
        hint("This is shown once. Clients send it as `Authorization: Bearer <secret>`.")


def _told(fields: SourceFields | None) -> Document:
    """What was said of a source, for the API."""
    if fields is None:
        return {}
    told = {name: value for name, value in asdict(fields).items() if value is not None}
    if fields.webhook is not None:
        told["webhook"] = {name: value for name, value in asdict(fields.webhook).items() if value is not None}
    return told


def _write_source(source: Document, *, as_json: bool) -> None:
    write_thing(source, as_json=as_json)
    if "secret" in source and not as_json:
        hint("The secret is shown once. Clients send it as `Authorization: Bearer <secret>`.")
