"""What holds for every command, those that are still to come among them."""

from __future__ import annotations

import inspect
import shlex
import subprocess
import sys

import pytest

from sojourn.cli import app
from tests.cli.typing import COMMANDS, Terminal, groups

READS = [
    (),
    ("config", "show"),
    ("contracts", "history", "ID"),
    ("contracts", "list"),
    ("contracts", "propose", "ID"),
    ("contracts", "show", "ID"),
    ("doctor",),
    ("keys", "list"),
    ("mappings", "history", "ID"),
    ("mappings", "list"),
    ("mappings", "show", "ID"),
    ("profile", "ID"),
    ("quarantine", "list"),
    ("quarantine", "show", "ID"),
    ("redirects", "list"),
    ("redirects", "show", "ID"),
    ("sources", "list"),
    ("sources", "show", "ID"),
    ("tail",),
    ("trace", "ID"),
    ("types", "list"),
    ("types", "observed", "ID"),
    ("types", "show", "ID"),
    ("verify",),
    ("version",),
]
HEAVY = ("apsw", "httpx", "httpx2", "hypothesis", "litestar", "structlog", "uvicorn", "uvloop")


def words(command: tuple[str, ...]) -> str:
    return " ".join(("sojourn", *command))


def examples_in(help_text: str) -> list[str]:
    _, _, after = help_text.partition("Examples:\n")
    return [line.strip() for line in after.splitlines()]


def typed_in(example: str) -> list[str]:
    """What our program gets of an example: no variables before it, nothing behind a pipe."""
    typed = shlex.split(example.partition(" | ")[0].partition(" > ")[0])
    return typed[typed.index("sojourn") + 1 :]


@pytest.mark.parametrize("command", [*COMMANDS, *groups()], ids=words)
def test_help_goes_to_stdout_with_an_example_of_the_command(command: tuple[str, ...], terminal: Terminal) -> None:
    ended = terminal.types_bare(*command, "--help")
    assert (ended.code, ended.stderr) == (0, "")
    examples = examples_in(ended.stdout)
    assert examples
    assert [example for example in examples if words(command) not in example] == []


@pytest.mark.parametrize("command", [*COMMANDS, *groups()], ids=words)
def test_help_fits_a_narrow_terminal(command: tuple[str, ...], terminal: Terminal) -> None:
    lines = terminal.types_bare(*command, "--help").stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("command", [*COMMANDS, *groups()], ids=words)
def test_every_example_is_understood(command: tuple[str, ...], terminal: Terminal) -> None:
    for example in examples_in(terminal.types_bare(*command, "--help").stdout):
        app.parse_args(typed_in(example), exit_on_error=False, print_error=False)


@pytest.mark.parametrize("command", COMMANDS, ids=words)
def test_every_option_says_what_it_means(command: tuple[str, ...]) -> None:
    arguments = COMMANDS[command].assemble_argument_collection(parse_docstring=True)
    assert [argument.name for argument in arguments.filter_by(show=True) if not argument.parameter.help] == []


WITHOUT_FOLDER = (("bench",), ("openapi",), ("version",))


@pytest.mark.parametrize("command", [each for each in COMMANDS if each not in WITHOUT_FOLDER], ids=words)
def test_every_command_can_be_told_its_data_folder(command: tuple[str, ...]) -> None:
    function = COMMANDS[command].default_command
    assert function is not None
    assert "data" in inspect.signature(function).parameters


@pytest.mark.parametrize("command", READS, ids=words)
def test_every_read_can_answer_in_json(command: tuple[str, ...]) -> None:
    app.parse_args([*command, "--json"], exit_on_error=False, print_error=False)


@pytest.mark.parametrize("typed", ["--help", "track --help", "--version"])
def test_help_loads_nothing_heavy(typed: str) -> None:
    program = (
        "import sys; from sojourn.cli.program import run; run(sys.argv[1:]); "
        f"sys.exit(str({{name.partition('.')[0] for name in sys.modules}} & set({HEAVY!r}) or ''))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *typed.split()], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.stderr.strip() == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("serv", "There is no command `serv`. Did you mean `serve`?"),
        ("zzzz", "There is no command `zzzz`."),
        ("sources bogus", "There is no command `sources bogus`."),
        ("sources show", "requires an argument"),
        ("sources lst", "There is no command `sources lst`. Did you mean `sources list`?"),
        ("sources show a b", "`b` is more than `sources show` takes."),
        ("sources list --jsn", "Did you mean --json?"),
        ("sources add x --trust nobody", "nobody"),
        ("serve --port many", "many"),
        ("track x no-equals-sign", "`no-equals-sign` is no property."),
        ("track x --json-properties [1]", "`[1]` is no JSON object."),
        ("sources set x", "Nothing was to be changed."),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_a_sentence(typed: str, said: str, terminal: Terminal) -> None:
    ended = terminal.types_bare(*typed.split())
    assert (ended.code, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [each for each in READS if each not in ((), ("version",))], ids=words)
def test_a_setting_that_cannot_be_accepted_ends_with_2(
    command: tuple[str, ...], terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOJOURN_PORT", "many")
    ended = terminal.types_bare(*command)
    assert (ended.code, ended.stdout) == (2, "")
    assert "`port` (environment SOJOURN_PORT) must be a whole number, not 'many'." in ended.stderr


def test_a_fault_of_ours_is_a_sentence(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sojourn.cli.configuration.write_table", fail)
    ended = terminal.types("config", "show")
    assert (ended.code, ended.stdout) == (1, "")
    assert "RuntimeError: out of order" in ended.stderr
    assert "SOJOURN_LOG_LEVEL=debug" in ended.stderr


def test_a_fault_of_ours_shows_where_it_arose_at_the_log_level_debug(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sojourn.cli.configuration.write_table", fail)
    monkeypatch.setenv("SOJOURN_LOG_LEVEL", "debug")
    with pytest.raises(RuntimeError, match="out of order"):
        terminal.types("config", "show")


def fail(*_: object) -> None:
    raise RuntimeError("out of order")
