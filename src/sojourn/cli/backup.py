"""`sojourn backup` and `sojourn restore`: a data folder as it was at one moment, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sojourn.cli.failures import CommandFailed, UsageFailed
from sojourn.cli.folder import require_data
from sojourn.cli.options import Data, Json, settings_for
from sojourn.cli.output import hint, write_thing

if TYPE_CHECKING:
    from sojourn.stores.embedded.restore import Restored


def backup(target: Path, /, *, data: Data = None, as_json: Json = False) -> None:
    """Back the data folder up, while a server works on it or while none does.

    The backup is a folder with everything that was acknowledged before the command began, at one position. It is read
    back before it gets its name. It holds the secret of the ids, unless a setting tells that: keep it as safe as the
    data folder itself.

    Examples:
        sojourn backup /backup/sojourn-monday
        sojourn backup /backup/sojourn-monday --data /var/lib/sojourn/data --json

    Args:
        target: The folder to make; it must not exist yet, or be empty.
    """
    import apsw
    import msgspec

    from sojourn import __version__
    from sojourn.ports.errors import StoreError
    from sojourn.stores.embedded.backup import back_up
    from sojourn.stores.embedded.database import unavailable
    from sojourn.system import SystemClock

    folder = Path(settings_for(data=data).data)
    require_data(folder)
    try:
        made = back_up(folder, target, at=SystemClock().now(), version=__version__)
    except FileExistsError as error:
        raise UsageFailed(
            f"{error} A backup takes the place of nothing.", "Name a folder that does not exist."
        ) from error
    except apsw.Error as error:
        raise CommandFailed(f"No backup was made: {unavailable(error)}") from error
    except (StoreError, OSError) as error:
        raise CommandFailed(
            f"No backup was made: {error}", "`sojourn verify` tells whether the folder is whole."
        ) from error
    write_thing(msgspec.to_builtins(made), as_json=as_json)
    if not made.has_identity_key:
        hint("The secret of the ids is not in it, since a setting tells it. Keep that elsewhere.")


async def restore(
    source: Path,
    /,
    *,
    data: Data = None,
    erasures: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    verify: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    as_json: Json = False,
) -> None:
    """Make a data folder of a backup, without the people who were erased since.

    Who that is, registers of erasures tell: `erasures.jsonl` of the folder that was backed up, if it is still in its
    place, those of other backups beside this one, and those that you name. No server may work on the folder yet.

    Examples:
        sojourn restore /backup/sojourn-monday --data /var/lib/sojourn/data --verify
        sojourn restore /backup/monday --data ./new --erasures /mnt/old

    Args:
        source: The folder of the backup.
        erasures: A register of erasures, or a folder that has one. May be repeated.
        verify: Read everything back before the folder gets its name.
    """
    import msgspec

    from sojourn.ports.errors import StoreError
    from sojourn.stores.embedded.backup import read_backup
    from sojourn.stores.embedded.restore import registers_near
    from sojourn.stores.embedded.restore import restore as restore_backup

    settings = settings_for(data=data)
    named = tuple(_register(path) for path in erasures)
    try:
        registers = tuple(dict.fromkeys((*named, *registers_near(source, read_backup(source)))))
        done = await restore_backup(
            source,
            Path(settings.data),
            registers=registers,
            secret=settings.identity_secret,
            limits=settings.limits,
            verify=verify,
        )
    except FileExistsError as error:
        raise UsageFailed(
            f"{error} A backup takes the place of nothing.", "Name another folder with --data."
        ) from error
    except (StoreError, OSError) as error:
        raise CommandFailed(f"Nothing was restored: {error}") from error
    write_thing(msgspec.to_builtins(done), as_json=as_json)
    _advise(done)


def _register(path: Path) -> Path:
    from sojourn.stores.embedded.register import REGISTER

    register = path / REGISTER if path.is_dir() else path
    if not register.exists():
        raise UsageFailed(f"There is no register of erasures at {register}.")
    return register


def _advise(done: Restored) -> None:
    if not done.registers:
        hint(f"Nothing here tells who was erased after {done.backup.at:%Y-%m-%d %H:%M}: they are in it again.")
        hint("Restore once more with --erasures, or erase them again, before anybody uses it.")
    if not done.backup.has_identity_key:
        hint("The secret of the ids was told by a setting, and must be told again: SOJOURN_IDENTITY_SECRET.")
