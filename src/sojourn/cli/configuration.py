"""`sojourn config`: what is set, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.options import Data, Json
from sojourn.cli.output import write_json, write_table

if TYPE_CHECKING:
    from sojourn.config import Loaded, Setting

configuration = App(
    name="config",
    group=CONFIGURE,
    help="Show the settings, and where they came from.",
    help_epilogue=examples("sojourn config show"),
)

HIDDEN = "(hidden)"


@command(configuration)
def show(*, data: Data = None, as_json: Json = False) -> None:
    """Show every setting, and where its value came from.

    Secrets are not shown. A flag wins over the environment, that over sojourn.toml in the working directory, and that
    over the default.

    Examples:
        sojourn config show
        SOJOURN_PORT=9000 sojourn config show --json
    """
    from sojourn.config import known_settings, load_here

    loaded = load_here({"data": data})
    rows = [(setting.key, _value(setting, loaded), loaded.origins[setting.key]) for setting in known_settings()]
    if as_json:
        write_json({key: {"value": value, "origin": origin} for key, value, origin in rows})
    else:
        write_table(("setting", "value", "from"), rows)


def _value(setting: Setting, loaded: Loaded) -> object:
    value: object = loaded.settings
    for name in setting.key.split("."):
        value = getattr(value, name)
    return HIDDEN if setting.is_secret and value is not None else value
