"""The program: its commands, and how each of them ends.

Whatever goes wrong becomes a sentence on stderr and an exit code: 1 when the world did not allow it, 2 when it was not
asked for in a way that makes sense. A traceback is shown only at the log level `debug`.

Nothing heavy is imported here or by the modules of the commands before a command runs, so that help answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnusedCliTokensError

from sojourn import __version__
from sojourn.cli.backup import backup, restore
from sojourn.cli.bench import bench
from sojourn.cli.configuration import configuration
from sojourn.cli.contract import openapi, version
from sojourn.cli.contracts import contracts
from sojourn.cli.doctor import doctor
from sojourn.cli.erase import erase
from sojourn.cli.failures import CommandFailed, UsageFailed
from sojourn.cli.help import CHECK, CONFIGURE, LOOK, OPTIONS, RUN, PlainHelp, command, examples, examples_in
from sojourn.cli.identity import identity
from sojourn.cli.keys import keys
from sojourn.cli.mappings import mappings
from sojourn.cli.options import settings_for
from sojourn.cli.output import hint
from sojourn.cli.profile import profile
from sojourn.cli.quarantine import quarantine
from sojourn.cli.rebuild import rebuild
from sojourn.cli.redirects import redirects
from sojourn.cli.serve import serve
from sojourn.cli.sources import sources
from sojourn.cli.state import state
from sojourn.cli.tail import tail
from sojourn.cli.trace import trace
from sojourn.cli.track import track
from sojourn.cli.types import types
from sojourn.cli.verify import verify

app = App(
    name="sojourn",
    help="A customer data platform in one process. Without a command: how the data folder is doing.",
    help_epilogue=examples(*examples_in(state)),
    help_format="plaintext",
    help_formatter=PlainHelp(),
    version=__version__,
    group_parameters=OPTIONS,
    suppress_keyboard_interrupt=False,
)
app.default(state)
for flag in ("--help", "--version"):
    app[flag].group = OPTIONS
command(app, group=RUN)(serve)
command(app, group=RUN)(track)
command(app, group=LOOK)(tail)
command(app, group=LOOK)(trace)
command(app, group=LOOK)(profile)
command(app, group=CONFIGURE)(erase)
app.command(sources)
app.command(redirects)
app.command(types)
app.command(mappings)
app.command(contracts)
app.command(quarantine)
command(app, group=CONFIGURE)(rebuild)
app.command(identity)
app.command(keys)
app.command(configuration)
command(app, group=CHECK)(doctor)
command(app, group=CHECK)(verify)
command(app, group=RUN)(backup)
command(app, group=RUN)(restore)
command(app, group=CHECK)(bench)
command(app, group=CHECK)(openapi)
command(app, group=CHECK)(version)


def main() -> None:
    """Run what was typed, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command; the exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


_INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C has ended."""


def _run(arguments: Sequence[str]) -> int:
    from sojourn.config import SettingsError

    try:
        return _call(arguments) or 0
    except SettingsError as error:
        return _end(UsageFailed(str(error), "Mend it there; nothing was done."))
    except CommandFailed as failure:
        return _end(failure)
    except BrokenPipeError:
        raise
    except Exception as error:
        if _wants_traceback():
            raise
        said = f"A fault of Sojourn's: {type(error).__name__}: {error}"
        return _end(CommandFailed(said, "Run it with SOJOURN_LOG_LEVEL=debug to see where, and report it."))


def _call(arguments: Sequence[str]) -> int | None:
    try:
        code: int | None = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except UnusedCliTokensError as error:
        raise UsageFailed(_unused(error), _see_help(error)) from error
    except CycloptsError as error:
        raise UsageFailed(str(error), _see_help(error)) from error
    return code


def _unused(error: UnusedCliTokensError) -> str:
    words = " ".join(error.unused_tokens or [])
    chain = tuple(error.command_chain or ())
    part = app
    for name in chain:
        part = part[name]
    known = [name for name in part if not name.startswith("-")]
    if not known:
        return f"`{words}` is more than `{' '.join(chain)}` takes."
    from difflib import get_close_matches

    close = get_close_matches(words, known, n=1)
    suggestion = f" Did you mean `{' '.join((*chain, close[0]))}`?" if close else ""
    return f"There is no command `{' '.join((*chain, words))}`.{suggestion}"


def _see_help(error: CycloptsError) -> str:
    return f"See `{' '.join(('sojourn', *(error.command_chain or ()), '--help'))}`."


def _end(failure: CommandFailed) -> int:
    hint(failure.text, style="red")
    if failure.next_step:
        hint(failure.next_step)
    return failure.exit_code


def _wants_traceback() -> bool:
    from sojourn.config import SettingsError

    try:
        return settings_for().log_level == "debug"
    except SettingsError:
        return False
