"""`sojourn doctor`: would a server run well here, with these settings? Every look is a question with an answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sojourn.cli.failures import CommandFailed
from sojourn.cli.folder import holds_data
from sojourn.cli.options import Data, Json, settings_for
from sojourn.cli.output import hint, write, write_json

if TYPE_CHECKING:
    from sojourn.cli.connection import Api
    from sojourn.config import Settings
    from sojourn.ports.system import Clock


class Verdict(StrEnum):
    """How an answer is to be taken."""

    GOOD = "good"
    NOTE = "note"
    """It works, and could be better."""
    BAD = "bad"
    """A server would not start, or not keep what it is sent."""


class Look(NamedTuple):
    """One thing that was looked at."""

    at: str
    verdict: Verdict
    said: str


async def doctor(*, data: Data = None, as_json: Json = False) -> int:
    """Look at folder, disk, SQLite, clock and server.

    It says of each whether a server runs well with it, here and with these settings. The exit code is 1 when one of
    them is bad.

    Examples:
        sojourn doctor
        sojourn doctor --data /var/lib/sojourn/data --json
    """
    from sojourn.system import SystemClock

    settings = settings_for(data=data)
    looks = [*_look_at_machine(settings, SystemClock()), await _look_at_server(settings)]
    if as_json:
        write_json([look._asdict() for look in looks])
    else:
        for look in looks:
            write(f"{look.verdict:<4}  {look.at:<7}  {look.said}", style=_STYLES[look.verdict])
    bad = [look for look in looks if look.verdict is Verdict.BAD]
    hint("A server cannot run here as it should." if bad else "A server can run here.")
    return 1 if bad else 0


_STYLES = {Verdict.GOOD: "", Verdict.NOTE: "yellow", Verdict.BAD: "red"}


def _look_at_machine(settings: Settings, clock: Clock) -> Iterator[Look]:
    from shutil import disk_usage

    folder = Path(settings.data)
    place = _nearest(folder)
    disk = disk_usage(place)
    yield _look_at_folder(folder, place)
    yield look_at_space(disk.free, disk.total, settings.limits.disk_reserve_bytes)
    if os.access(place, os.W_OK) and place.is_dir():
        yield _look_at_syncs(place, clock)
    yield _look_at_ids(folder, settings)
    yield _look_at_sqlite()
    yield _look_at_clock(folder, clock.now())


def _nearest(folder: Path) -> Path:
    """The folder, or where it would be made."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _look_at_folder(folder: Path, place: Path) -> Look:
    if not place.is_dir():
        return Look("folder", Verdict.BAD, f"{place} is no folder. Choose another one with --data.")
    if not os.access(place, os.W_OK | os.X_OK):
        return Look("folder", Verdict.BAD, f"{place} cannot be written to by this user.")
    if holds_data(folder):
        return Look("folder", Verdict.GOOD, f"{folder} is a data folder, and can be written to.")
    return Look("folder", Verdict.GOOD, f"{folder} is no data folder yet; `sojourn serve` makes it one.")


def look_at_space(free_bytes: int, total_bytes: int, reserve_bytes: int) -> Look:
    """What so much room means to a server; `reserve_bytes` is the setting, 0 where the server chooses."""
    from sojourn.core.limits import reserve_bytes_of

    kept_bytes = reserve_bytes_of(reserve_bytes, total_bytes)
    said = f"{free_bytes // _MIB:,} MiB are free; below {kept_bytes // _MIB:,} MiB, nothing more is taken."
    if free_bytes < kept_bytes:
        return Look("disk", Verdict.BAD, said)
    return Look("disk", Verdict.GOOD if free_bytes > _AMPLE * kept_bytes else Verdict.NOTE, said)


def _look_at_syncs(place: Path, clock: Clock) -> Look:
    """How often a second this disk makes a small write durable: the pace of a lone client."""
    from tempfile import TemporaryFile

    syncs, began, passed_s = 0, clock.monotonic(), 0.0
    with TemporaryFile(dir=place) as file:
        while passed_s < _SYNCING_S:
            os.pwrite(file.fileno(), b"\xff" * _BLOCK_BYTES, syncs * _BLOCK_BYTES)
            os.fdatasync(file.fileno())
            syncs += 1
            passed_s = clock.monotonic() - began
    rate = round(syncs / passed_s)
    said = f"It makes {rate:,} small writes a second durable."
    return Look("sync", Verdict.GOOD if rate >= _SYNCS_PER_S_FAIR else Verdict.NOTE, said)


def _look_at_ids(folder: Path, settings: Settings) -> Look:
    """With what ids are hashed; nothing of the secret itself is told."""
    from sojourn.stores.embedded.identity_key import KEY_FILE, KeyFile, state_of_key_file

    if settings.identity_secret:
        return Look("ids", Verdict.GOOD, "The setting `identity_secret` tells with what ids are hashed.")
    path = folder / KEY_FILE
    match state_of_key_file(folder):
        case KeyFile.GOOD:
            return Look("ids", Verdict.GOOD, f"{path} is there, for its owner alone. Keep it with your backups.")
        case KeyFile.EXPOSED:
            return Look("ids", Verdict.NOTE, f"Others may read {path}. Say `chmod 600 {path}`.")
        case KeyFile.MISSING:
            return Look("ids", Verdict.GOOD, f"{path} is not there yet; the first start makes it.")
        case KeyFile.UNFIT:
            return Look("ids", Verdict.BAD, f"{path} cannot be read, or holds no secret. Put it back from a backup.")


def _look_at_sqlite() -> Look:
    import apsw

    from sojourn.stores.embedded.database import is_fit

    version = apsw.sqlite_lib_version()
    if is_fit(version):
        return Look("sqlite", Verdict.GOOD, f"Version {version}.")
    return Look("sqlite", Verdict.BAD, f"Version {version} can lose data. Install a newer apsw.")


def _look_at_clock(folder: Path, now: datetime) -> Look:
    said = f"It is {now:%Y-%m-%d %H:%M:%S} UTC."
    if now < _EARLIEST:
        return Look("clock", Verdict.BAD, f"{said} That is before this program was written. Set the clock.")
    if _last_written(folder) > now.timestamp() + _CLOCK_SLACK_S:
        return Look("clock", Verdict.BAD, f"{said} The data folder was written later than that. Set the clock.")
    return Look("clock", Verdict.GOOD, said)


def _last_written(folder: Path) -> float:
    """When the database of the folder was changed, as the disk tells; 0 when there is none."""
    from sojourn.stores.embedded.database import DATABASE

    database = folder / DATABASE
    return database.stat().st_mtime if database.exists() else 0.0


async def _look_at_server(settings: Settings) -> Look:
    from sojourn.cli.connection import connected
    from sojourn.serving import running_server

    if running_server(Path(settings.data)) is not None:
        try:
            async with connected(settings) as api:
                if api.server is not None:
                    return await _look_at_running(api, api.server.url)
        except CommandFailed as failure:
            return Look("server", Verdict.BAD, failure.text)
    return _look_at_address(settings.host, settings.port)


async def _look_at_running(api: Api, url: str) -> Look:
    ready = await api.request("GET", "/readyz")
    if ready.is_success:
        return Look("server", Verdict.GOOD, f"It runs at {url} and takes events.")
    return Look("server", Verdict.BAD, f"It runs at {url} and takes no events: {ready.json()['detail']}")


def _look_at_address(host: str, port: int) -> Look:
    from sojourn.http.server import CannotListen, bind

    try:
        bind(host, port).close()
    except CannotListen as error:
        return Look("server", Verdict.BAD, str(error))
    return Look("server", Verdict.GOOD, f"None is running; {host}:{port} is free.")


_MIB = 1 << 20
_AMPLE = 4
"""So many times the reserve lets a server run for a while."""
_SYNCING_S = 0.3
_BLOCK_BYTES = 4096
_SYNCS_PER_S_FAIR = 50
_CLOCK_SLACK_S = 60
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
