"""`sojourn identity`: by what people are recognised."""

from __future__ import annotations

from cyclopts import App

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.id_kinds import kinds, list_kinds
from sojourn.cli.identification_points import points
from sojourn.cli.identity_trial import try_change

identity = App(
    name="identity",
    group=CONFIGURE,
    help="List and change by what people are recognised: kinds of id, and where events hold ids.",
    help_epilogue=examples("sojourn identity kinds list", "sojourn identity points add newsletter.toml"),
)
identity.default(list_kinds)
identity.command(kinds)
identity.command(points)
command(identity, name="try")(try_change)
