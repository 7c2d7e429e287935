"""Settings: what can be set, and where each value came from. The only module that reads the environment.

A flag wins over `SOJOURN_*` in the environment, that over `sojourn.toml`, and that over the default. What is not known
is an error and never passed over, so that a misspelt setting cannot go unnoticed.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import fields, replace

from sojourn.core.limits import Limits
from sojourn.engine.crash_points import Crash, CrashPoint, read_crash

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "console", "json"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    host: str = "127.0.0.1"
    """The address to listen on. Any other than loopback needs somebody who administers the server."""
    port: int = 8686
    """The TCP port to listen on; 0 takes a free one."""
    data: str = "./sojourn-data"
    """The data folder. One server at a time uses it."""
    admin_token: str | None = None
    """A bearer token for the management API with every right."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of the proxies before the server; only they may say, in `X-Forwarded-For`, who asks."""
    geoip_city: str | None = None
    """A file in MaxMind's format that knows the towns of addresses; without one, countries are told."""
    identity_secret: str | None = None
    """With what e-mail addresses, phone numbers and other ids are hashed before they are looked up: at least 32
    characters, which never change. Without it, the first start makes the file `identity.key` in the data folder."""
    default_region: str | None = None
    """The country, such as `GB`, of phone numbers without a country code; without it, they tell nobody."""
    observe_examples: bool = True
    """Whether short codes that several people sent are kept as examples of what a property holds."""
    log_level: LogLevel = "info"
    """The least important lines that are logged; `debug` also shows where an error of the command line arose."""
    log_format: LogFormat = "auto"
    """How log lines are written: for people, as JSON, or `auto`: for people on a terminal, else as JSON."""
    crash_at: str | None = None
    """For tests: where the server ends as by `kill -9`: a point and the how manieth time, such as `after-sync:17`."""
    limits: Limits = Limits()
    """Every bound of the server."""

    @property
    def crash(self) -> Crash | None:
        """Where the server ends, if it is to end."""
        return read_crash(self.crash_at) if self.crash_at else None


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force, and for each by its key: `flag`, `environment NAME`, the file, or `default`."""

    settings: Settings
    origins: dict[str, str]


class SettingsError(Exception):
    """A setting cannot be accepted; the text says which, where it stands, and what is expected."""


class Setting(NamedTuple):
    """One thing that can be set: its key as in `sojourn.toml`, dots between the parts."""

    key: str
    type: Any
    default: object

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.key.replace(".", "_").upper()

    @property
    def is_secret(self) -> bool:
        """Whether its value may be shown to nobody."""
        return self.key in SECRETS

    @property
    def is_list(self) -> bool:
        """Whether it holds several values; in the environment, commas stand between them."""
        return get_origin(self.type) is tuple

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.is_list:
            return "a list of texts"
        kinds = [kind for kind in get_args(self.type) if kind is not NoneType]
        if kinds and all(isinstance(kind, str) for kind in kinds):
            return f"one of {', '.join(kinds)}"
        return _EXPECTED[kinds[0] if kinds else self.type]


PREFIX = "SOJOURN_"
FILE_NAME = "sojourn.toml"
FILE_VARIABLE = "SOJOURN_CONFIG"
"""Names another file to read instead of the `sojourn.toml` of the working directory."""
SECRETS = frozenset({"admin_token", "identity_secret"})
"""Settings that may also be read from a file, which `<variable>_FILE` names."""
OTHER_VARIABLES = frozenset({FILE_VARIABLE})
"""Names with our prefix that are no settings: they steer this module."""
MAY_BE_ZERO = frozenset(
    {
        "limits.clock_ahead_s_max",
        "limits.disk_reserve_bytes",
        "limits.late_s",
        "limits.live_viewers_max",
        "limits.rates.source_events_per_s",
        "limits.server_late_s",
        "limits.tags_max",
    }
)
"""Limits for which 0 means something: none at all, or the server's own choice. Any other must be more than 0."""
AT_MOST = {"limits.page_items_max": 1_000}
"""Limits that cannot be raised further: the contract of the API names this one to everybody."""


def load_here(flags: Mapping[str, object]) -> Loaded:
    """Load with the environment and the working directory of this process. Raises SettingsError."""
    named = os.environ.get(FILE_VARIABLE)
    return load(flags, os.environ, Path(named) if named else _if_there(Path(FILE_NAME)))


def load(flags: Mapping[str, object], environ: Mapping[str, str], toml_path: Path | None) -> Loaded:
    """Put the layers together. Raises SettingsError.

    A flag that is None was not given, and a variable that is empty is not set. The file must be there if it is named.
    """
    values: dict[str, object] = {setting.key: setting.default for setting in known_settings()}
    origins = dict.fromkeys(values, "default")
    given = [
        *(_from_file(toml_path) if toml_path else ()),
        *_from_environment(environ),
        *((key, value, "flag") for key, value in flags.items() if value is not None),
    ]
    by_key = {setting.key: setting for setting in known_settings()}
    for key, value, origin in given:
        values[key] = _accepted(by_key[key], value, origin)
        origins[key] = origin
    return Loaded(settings=_filled(Settings(), "", values), origins=origins)


@cache
def known_settings() -> tuple[Setting, ...]:
    """Every setting, in the order of the records that hold them."""
    return tuple(_settings_of(Settings(), ""))


def _settings_of(record: msgspec.Struct, prefix: str) -> Iterator[Setting]:
    for field in fields(record):
        default = getattr(record, field.name)
        if isinstance(default, msgspec.Struct):
            yield from _settings_of(default, f"{prefix}{field.name}.")
        else:
            yield Setting(prefix + field.name, field.type, default)


class _Given(NamedTuple):
    key: str
    value: object
    origin: str


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None


def _from_file(path: Path) -> Iterator[_Given]:
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"The settings in {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error
    yield from _from_table(table, "", str(path))


def _from_table(table: Mapping[str, object], prefix: str, origin: str) -> Iterator[_Given]:
    keys = [setting.key for setting in known_settings()]
    tables = {key.rpartition(".")[0] for key in keys} - {""}
    for name, value in table.items():
        key = prefix + name
        if key in keys:
            yield _Given(key, value, origin)
        elif key not in tables:
            raise SettingsError(f"There is no setting `{key}` ({origin}).{_did_you_mean(key, [*keys, *tables])}")
        elif isinstance(value, dict):
            yield from _from_table(value, f"{key}.", origin)
        else:
            raise SettingsError(f"`{key}` ({origin}) is a table of settings, which begins with `[{key}]`.")


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Given]:
    settings = {setting.variable: setting for setting in known_settings()}
    settings |= {f"{setting.variable}_FILE": setting for setting in known_settings() if setting.is_secret}
    known = settings.keys() | OTHER_VARIABLES
    for variable, written in environ.items():
        if variable.startswith(PREFIX) and variable not in known:
            raise SettingsError(f"There is no setting for {variable}.{_did_you_mean(variable, known)}")
        if variable in settings and written:
            setting = settings[variable]
            read = _read_text if variable == setting.variable else _read_secret
            yield _Given(setting.key, read(setting, variable, environ), _named(variable))


def _named(variable: str) -> str:
    return f"environment {variable}"


def _read_text(setting: Setting, variable: str, environ: Mapping[str, str]) -> object:
    """The value that a text in the environment stands for; there, everything is text."""
    if setting.is_list:
        return [part.strip() for part in environ[variable].split(",") if part.strip()]
    try:
        return msgspec.convert(environ[variable], setting.type, strict=False)
    except msgspec.ValidationError as error:
        raise _unexpected(setting, environ[variable], _named(variable)) from error


def _read_secret(setting: Setting, variable: str, environ: Mapping[str, str]) -> object:
    """The secret in the file that the environment names, without the line break at its end."""
    if environ.get(setting.variable):
        raise SettingsError(f"Both {setting.variable} and {variable} are set. Keep one of them.")
    path = Path(environ[variable])
    try:
        secret = path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"{variable} names {path}, which cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{variable} names {path}, which holds no text.") from error
    if not secret:
        raise SettingsError(f"{variable} names {path}, which is empty.")
    return secret


def _accepted(setting: Setting, value: object, origin: str) -> object:
    try:
        value = msgspec.convert(value, setting.type)
    except msgspec.ValidationError as error:
        raise _unexpected(setting, value, origin) from error
    problem = _problem(setting, value)
    if problem:
        raise SettingsError(f"`{setting.key}` ({origin}) {problem}.")
    return value


def _unexpected(setting: Setting, value: object, origin: str) -> SettingsError:
    found = "something else" if setting.is_secret else repr(value)
    return SettingsError(f"`{setting.key}` ({origin}) must be {setting.expected}, not {found}.")


def _problem(setting: Setting, value: object) -> str:
    """What makes a value of the right type unusable; empty when nothing does."""
    match setting.key, value:
        case "port", int(port) if not 0 <= port <= _PORT_MAX:
            return f"must lie between 0 and {_PORT_MAX}, not {port}"
        case "crash_at", str(text):
            return _problem_of_crash(text)
        case "trusted_proxies", tuple(networks):
            return next((_problem_of_network(each) for each in networks if _problem_of_network(each)), "")
        case key, str(text):
            return _problem_of_text(key, text)
        case _, bool():
            return ""
        case _, int(number) | float(number) if setting.key.startswith("limits."):
            return _problem_of_limit(setting.key, number)
        case _:
            return ""


def _problem_of_text(key: str, text: str) -> str:
    match key:
        case "host" | "data" | "geoip_city" if not text.strip() or "\0" in text:
            return "must not be blank"
        case "admin_token" if not (text.isascii() and text.isprintable()) or " " in text or not text:
            return "must be letters, digits and signs of ASCII without a space, as it has to fit into a header"
        case "identity_secret" if len(text.strip()) < _IDENTITY_SECRET_CHARS_MIN:
            return f"must have at least {_IDENTITY_SECRET_CHARS_MIN} characters, as `openssl rand -hex 32` makes them"
        case "default_region" if not _COUNTRY.fullmatch(text):
            return "must be the two capital letters of a country, such as GB"
        case _:
            return ""


def _problem_of_crash(text: str) -> str:
    try:
        read_crash(text)
    except ValueError:
        return f"must be one of {', '.join(CrashPoint)}, and may name the time, as in `after-sync:17`, not {text!r}"
    return ""


def _problem_of_network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return f"holds `{text}`, which is neither an address nor a network like `10.0.0.0/8`"
    return ""


def _problem_of_limit(key: str, number: float) -> str:
    if not math.isfinite(number):
        return "must be a number"
    if number > AT_MOST.get(key, math.inf):
        return f"must be {AT_MOST[key]} or less, not {number}"
    if key in MAY_BE_ZERO:
        return "" if number >= 0 else f"must be 0 or more, not {number}"
    return "" if number > 0 else f"must be more than 0, not {number}"


Record = TypeVar("Record", bound=msgspec.Struct)


def _filled(record: Record, prefix: str, values: Mapping[str, object]) -> Record:
    """The record with its values by their keys, records in it included."""
    told: dict[str, object] = {}
    for name in record.__struct_fields__:
        held = getattr(record, name)
        is_table = isinstance(held, msgspec.Struct)
        told[name] = _filled(held, f"{prefix}{name}.", values) if is_table else values[prefix + name]
    return replace(record, **told)


def _did_you_mean(written: str, known: Iterable[str]) -> str:
    close = get_close_matches(written, sorted(known), n=1)
    return f" Did you mean `{close[0]}`?" if close else ""


_EXPECTED: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_COUNTRY = re.compile("[A-Z]{2}")
_IDENTITY_SECRET_CHARS_MIN = 32
_PORT_MAX = 65_535
