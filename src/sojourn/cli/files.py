"""Files that people write for commands: one object, as JSON or as TOML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sojourn.cli.failures import CommandFailed

if TYPE_CHECKING:
    from sojourn.cli.connection import Document


def object_in(path: Path) -> Document:
    """The object in a file: TOML where the name ends in `.toml`, else JSON. Raises CommandFailed."""
    import msgspec

    read = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
    try:
        found = msgspec.to_builtins(read(path.read_bytes()))
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path} is no {path.suffix.removeprefix('.').upper() or 'JSON'}: {error}.") from error
    if not isinstance(found, dict):
        raise CommandFailed(f"{path} holds no object.", "Write what the API takes, such as `name` and `event_type`.")
    return found
