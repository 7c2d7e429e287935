"""How commands reach Sojourn: always through its HTTP API.

While a server works on the data folder, the requests go to it. Otherwise the same application answers them inside this
process, on the folder itself. Commands cannot tell the two apart.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx2
import msgspec

from sojourn import __version__
from sojourn.cli.failures import CommandFailed
from sojourn.cli.folder import require_data
from sojourn.cli.logs import log_to_stderr
from sojourn.cli.next_steps import typed
from sojourn.config import Settings
from sojourn.http.problems import ID_TAKEN, UNKNOWN_ID, ProblemBody
from sojourn.serving import RunningServer, running_server
from sojourn.wiring import StartError, assembled

Document = dict[str, Any]
"""A JSON object of the API."""

TIMEOUT_S = 30
PAGE_ITEMS = 1000
"""Items that one request of a list asks for: the most that the API gives."""


class Api:
    """The HTTP API, with every right."""

    def __init__(self, http: httpx2.AsyncClient, token: str, server: RunningServer | None) -> None:
        """Speak through this client; `server` is None when the application is inside this process."""
        self.http = http
        self.rights = {"Authorization": f"Bearer {token}"}
        self.server = server

    async def get(self, *path: str, **query: str | int | None) -> Any:  # noqa: ANN401  Any JSON document.
        """Read what is at a path below `/api/v1`, given as its parts."""
        given = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", path, params=given)

    async def send(self, method: str, *path: str, body: Document | None = None, **query: int | str) -> Any:  # noqa: ANN401  As above.
        """Change, or ask, what is at a path below `/api/v1`; the answer is None when it has no body."""
        return await self._ask(method, path, json=body, params=query)

    async def add(self, path: str, thing: Document, *, replace: bool) -> Document:
        """Make a thing of a list; with `replace`, in the place of the one that has its id."""
        id = thing.get("id")
        if replace and isinstance(id, str):
            put: Document = await self.send("PUT", path, id, body=thing)
            return put
        made: Document = await self.send("POST", path, body=thing)
        return made

    async def items(self, *path: str, limit: int | None = None, **query: str | None) -> list[Document]:
        """The items of a list, all of them or so many from its beginning."""
        found: list[Document] = []
        cursor: str | None = None
        while limit is None or len(found) < limit:
            wanted = PAGE_ITEMS if limit is None else min(PAGE_ITEMS, limit - len(found))
            page = await self.get(*path, limit=wanted, cursor=cursor, **query)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return found

    async def request(self, method: str, url: str, **arguments: Any) -> httpx2.Response:  # noqa: ANN401  Passed on.
        """Send a request as anybody could, and take whatever is answered. Raises CommandFailed when nothing is."""
        try:
            return await self.http.request(method, url, **arguments)
        except httpx2.TransportError as error:
            raise silent(self.server) from error

    async def remove(self, *path: str) -> str:
        """Have something removed; the last part of the place that the answer leads to."""
        response = await self._accepted("DELETE", path)
        return unquote(response.headers["location"].rpartition("/")[2])

    async def _accepted(self, method: str, path: tuple[str, ...], **arguments: Any) -> httpx2.Response:  # noqa: ANN401  As above.
        url = "/".join(("/api/v1", *(quote(part, safe="") for part in path)))
        response = await self.request(method, url, headers=self.rights, **arguments)
        if not response.is_success:
            raise failure(response, path[0])
        return response

    async def _ask(self, method: str, path: tuple[str, ...], **arguments: Any) -> Any:  # noqa: ANN401  As above.
        response = await self._accepted(method, path, **arguments)
        return msgspec.json.decode(response.content) if response.content else None


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Api]:
    """Reach the Sojourn of the settings' data folder. Raises CommandFailed when there is no such folder."""
    require_data(Path(settings.data))
    async with connected_or_new(settings) as api:
        yield api


@asynccontextmanager
async def connected_or_new(settings: Settings) -> AsyncIterator[Api]:
    """As `connected`, and make the data folder when there is none."""
    server = running_server(Path(settings.data))
    if server is not None:
        async with _over_tcp(server) as api:
            if await _is_there(api):
                yield api
                return
    async with _in_this_process(settings) as api:
        yield api


@asynccontextmanager
async def _over_tcp(server: RunningServer) -> AsyncIterator[Api]:
    # Only plain HTTP is spoken. A context that trusts nobody spares loading the certificates of the world.
    transport = httpx2.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    async with _client(transport, server.url) as http:
        yield Api(http, server.token, server)


async def _is_there(api: Api) -> bool:
    """Whether somebody listens. A server that was killed leaves its address behind; then the folder is free."""
    try:
        await api.http.get("/healthz")
    except httpx2.ConnectError:
        return False
    except httpx2.TransportError as error:
        raise silent(api.server) from error
    return True


@asynccontextmanager
async def _in_this_process(settings: Settings) -> AsyncIterator[Api]:
    log_to_stderr("debug" if settings.log_level == "debug" else "warning", settings.log_format)
    try:
        async with (
            assembled(settings, materialise="inline") as sojourn,
            _client(httpx2.ASGITransport(app=sojourn.app), "http://127.0.0.1") as http,
        ):
            yield Api(http, sojourn.token, None)
    except StartError as error:
        raise CommandFailed(str(error)) from error


def silent(server: RunningServer | None) -> CommandFailed:
    """The server that holds the folder does not answer."""
    assert server is not None, "only a server can be out of reach"
    return CommandFailed(
        f"A server (process {server.pid}) holds the data folder, and does not answer at {server.url}.",
        f"Wait and try again, or end it with `kill {server.pid}`.",
    )


def failure(response: httpx2.Response, noun: str) -> CommandFailed:
    """What the API answered instead of what was asked for; `noun` is what the path begins with."""
    try:
        problem = msgspec.json.decode(response.content, type=ProblemBody)
    except msgspec.MsgspecError:
        return CommandFailed(f"The server answered {response.status_code}, and not in the way of the API.")
    faults = "; ".join(f"{'.'.join(map(str, fault.loc[1:]))}: {fault.msg}" for fault in problem.errors)
    return CommandFailed(f"{problem.detail} {faults}".rstrip(), _next_step(problem.code, noun))


def _next_step(code: str, noun: str) -> str:
    if code == ID_TAKEN.code:
        return "Choose another id, or leave it out and get a new one."
    if code == UNKNOWN_ID.code and noun in _LISTED_BY:
        return f"`{typed(_LISTED_BY[noun])}` shows those that exist."
    return ""


_LISTED_BY = {
    "event-types": "types list",
    "identity": "identity",
    "keys": "keys list",
    "mappings": "mappings list",
    "redirects": "redirects list",
    "sources": "sources list",
}
"""The command that lists what the path of a request begins with."""


def _client(transport: httpx2.AsyncBaseTransport, url: str) -> httpx2.AsyncClient:
    # Without `trust_env`: no proxy stands between this process and a server on the same data folder.
    agent = {"User-Agent": f"sojourn/{__version__}"}
    return httpx2.AsyncClient(transport=transport, base_url=url, headers=agent, timeout=TIMEOUT_S, trust_env=False)
