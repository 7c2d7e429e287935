"""Options that many commands share, and the way from them to the settings and to the Sojourn that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sojourn.cli.connection import Api
    from sojourn.config import Settings

Data = Annotated[str | None, Parameter(metavar="DIR", help="The data folder; without it, that of the settings.")]
Json = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help="Print JSON, for other programs.")
]


def settings_for(**flags: object) -> Settings:
    """The settings in force when these flags are given; None is not given. Raises SettingsError."""
    from sojourn.config import load_here

    return load_here(flags).settings


def reach(data: str | None) -> AbstractAsyncContextManager[Api]:
    """The Sojourn of this data folder, or of the settings' one. Raises SettingsError, CommandFailed."""
    from sojourn.cli.connection import connected

    return connected(settings_for(data=data))


def reach_or_make(data: str | None) -> AbstractAsyncContextManager[Api]:
    """As `reach`, and make the data folder when there is none."""
    from sojourn.cli.connection import connected_or_new

    return connected_or_new(settings_for(data=data))
