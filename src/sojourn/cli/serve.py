"""`sojourn serve`: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sojourn import __version__
from sojourn.cli.failures import CommandFailed, UsageFailed
from sojourn.cli.next_steps import typed
from sojourn.cli.options import Data, settings_for
from sojourn.cli.output import hint

if TYPE_CHECKING:
    from sojourn.serving import Started


def serve(*, host: str | None = None, port: int | None = None, data: Data = None) -> int:
    """Run the server until it is told to stop.

    The first start makes the data folder and a source to try it with. Ctrl-C or SIGTERM stops the server, once it has
    finished what is in flight.

    Examples:
        sojourn serve
        sojourn serve --port 0 --data /tmp/trial
        SOJOURN_ADMIN_TOKEN_FILE=/run/secrets/token sojourn serve --host 0.0.0.0

    Args:
        host: The address to listen on; without it, that of the settings: 127.0.0.1.
        port: The port to listen on, 0 for any free one; without it, that of the settings: 8686.
    """
    settings = settings_for(host=host, port=port, data=data)

    # Only now: nothing of the server is loaded for settings that cannot be accepted.
    from sojourn import serving, wiring
    from sojourn.cli.logs import log_to_stderr

    log_to_stderr(settings.log_level, settings.log_format)
    try:
        return serving.serve(settings, lambda news: _greet(news, data))
    except serving.Unsafe as error:
        raise UsageFailed(str(error)) from error
    except wiring.StartError as error:
        raise CommandFailed(str(error)) from error


def _greet(news: Started, data: str | None) -> None:
    """Say where the server is, and what to do with it."""
    hint(f"Sojourn {__version__} listens on {news.url} and keeps its data in {news.data}.")
    if news.source is None:
        hint(f"No source takes events at /track. `{typed('sources add NAME', data)}` makes one.")
    else:
        said = "This is the first start, so it has made a source" if news.is_first_start else "It has a source"
        hint(f"{said}: {news.source.name} ({news.source.id}). Send an event:")
        hint()
        hint(f"  {request_to_paste(news.url, news.source.id)}")
        hint()
    hint("Then look at it, in another terminal:")
    for command in ("tail", "profile PROFILE_ID --events", "trace EVENT_ID", "doctor"):
        hint(f"  {typed(command, data)}")
    hint("Ctrl-C stops the server.")


def request_to_paste(url: str, source: str) -> str:
    """A command that works as it stands, whatever the id of the source, in one line that survives being pasted."""
    import shlex

    import msgspec

    event = {"type": "page-view", "properties": {"page": "home"}}
    payload = {"source": {"id": source}, "session": {"id": "my-first-session"}, "events": [event]}
    body = shlex.quote(msgspec.json.encode(payload).decode())
    return f"curl {url}/track -H 'Content-Type: application/json' -d {body}"
