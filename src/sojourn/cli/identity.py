"""`sojourn identity`: by what people are recognised, who became one person by it, and what waits for a word."""

from __future__ import annotations

from cyclopts import App

from sojourn.cli.help import CONFIGURE, command, examples
from sojourn.cli.id_kinds import kinds, list_kinds
from sojourn.cli.identification_points import points
from sojourn.cli.identity_trial import try_change
from sojourn.cli.merges import merge, merges, undo
from sojourn.cli.reviews import accept, reject, reviews

identity = App(
    name="identity",
    group=CONFIGURE,
    help="By what people are recognised, who became one person by it, and what waits for your word.",
    help_epilogue=examples("sojourn identity kinds list", "sojourn identity reviews --state open"),
)
identity.default(list_kinds)
identity.command(kinds)
identity.command(points)
command(identity, name="try")(try_change)
for answer in (merges, undo, merge, reviews, accept, reject):
    command(identity)(answer)
