"""`sojourn openapi` and `sojourn version`: what this program speaks, and which one it is."""

from __future__ import annotations

from sojourn import __version__
from sojourn.cli.options import Json, settings_for
from sojourn.cli.output import write, write_json


async def openapi() -> None:
    """Print the OpenAPI document of the HTTP API.

    It is the one that a server of this version answers at `/api/v1/openapi.json`.

    Examples:
        sojourn openapi > openapi.json
    """
    from tempfile import TemporaryDirectory

    from sojourn.cli.connection import connected_or_new

    # The document is asked of the application itself, on a folder of its own, so that it cannot be another one.
    with TemporaryDirectory(prefix="sojourn-") as folder:
        async with connected_or_new(settings_for(data=folder)) as api:
            write_json(await api.get("openapi.json"))


def version(*, as_json: Json = False) -> None:
    """Print the version.

    With --json, those of Python and SQLite stand beside it.

    Examples:
        sojourn version
        sojourn version --json
    """
    if not as_json:
        write(__version__)
        return
    import platform

    import apsw

    write_json({"sojourn": __version__, "python": platform.python_version(), "sqlite": apsw.sqlite_lib_version()})
