"""The page at `/`, for people who open the address in a browser: what this is, and what to do next."""

from __future__ import annotations

import re

from litestar import Response, get

from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rights import PUBLIC

TEXT = "text/plain"


@get("/", needs=PUBLIC, answers=TEXT)
async def read_front(request: Asked, parts: Given) -> Response[bytes]:
    """Read what this server is and how to send it an event, as a short page for people."""
    host = request.headers.get("host", "")
    page = _PAGE.format(
        version=parts.version,
        # A page that is meant to be pasted from repeats nothing that a shell could take for more than an address.
        url=f"{request.scope['scheme']}://{host if _ADDRESS.fullmatch(host) else 'THIS-SERVER'}",
    )
    return Answer(page.encode(), media_type=TEXT)


HANDLERS = (read_front,)

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-fA-F:]+\](:[0-9]+)?")
_PAGE = """\
This is Sojourn {version}, a customer data platform. It works.

Send it an event, with the id of a source of yours (`sojourn sources list` shows them):

  curl {url}/track -H 'Content-Type: application/json' \\
    -d '{{"source": {{"id": "SOURCE_ID"}}, "events": [{{"type": "page-view"}}]}}'

Then watch what arrives:        sojourn tail
What else there is to type:     sojourn --help
The API, for machines:          {url}/api/v1/openapi.json (with a token: `sojourn keys add`)
Is it alive, is it ready:       {url}/healthz, {url}/readyz
The docs:                       docs/README.md, in the repository
"""
