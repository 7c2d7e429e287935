"""How help looks: plain aligned text, the same on a terminal and in a pipe, with examples at its end.

A command's examples stand in its docstring under `Examples:`; a command without them is not accepted.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from cyclopts import App, Group

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

Command = TypeVar("Command", bound=Callable[..., Any])

RUN = Group.create_ordered("Run")
LOOK = Group.create_ordered("Look")
CONFIGURE = Group.create_ordered("Configure")
CHECK = Group.create_ordered("Check")
OPTIONS = Group.create_ordered("Options")

WIDTH_MAX = 100
"""Characters of a line of help; longer lines are hard to read."""


def command(app: App, name: str | None = None, group: Group | str = "Commands") -> Callable[[Command], Command]:
    """Let a function be a command of this app, with the examples of its docstring at the end of its help."""

    def register(function: Command) -> Command:
        epilogue = examples(*examples_in(function))
        app.command(function, name, group=group, group_parameters=OPTIONS, help_epilogue=epilogue)
        return function

    return register


def examples(*lines: str) -> str:
    """The end of a help text."""
    return "\n".join(["Examples:", *(f"  {line}" for line in lines)])


def examples_in(function: Callable[..., Any]) -> tuple[str, ...]:
    """The examples that stand in the docstring of a command."""
    _, found, after = (inspect.getdoc(function) or "").partition("\nExamples:\n")
    assert found, f"{function.__name__} has examples"
    block, _, _ = after.partition("\n\n")
    return tuple(line.strip() for line in block.splitlines())


class PlainHelp:
    """Writes the parts of a help text, as cyclopts asks for them."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Write a list of commands, arguments or options."""
        rows = [(", ".join(entry.display_labels_with_metavar), _said_of(entry)) for entry in panel.entries]
        if not rows:
            return
        _write(console)
        _write(console, f"{panel.title}:", style="bold")
        margin = 4 + max(len(label) for label, _ in rows if len(label) <= _LABEL_MAX)
        for label, said in rows:
            for line in _entry(label, said, margin, _width(console)):
                _write(console, line)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: object) -> None:
        """Write how the command is put together."""
        whole = f"Usage: {str(usage).strip()}"
        for line in textwrap.wrap(whole, _width(console), subsequent_indent=" " * 7, break_on_hyphens=False):
            _write(console, line)

    def render_description(self, console: Console, options: ConsoleOptions, description: object) -> None:
        """Write what the command does, each paragraph in lines of its own."""
        for paragraph in _text_of(description).strip().split("\n\n"):
            _write(console)
            for line in textwrap.wrap(" ".join(paragraph.split()), _width(console)):
                _write(console, line)


_LABEL_MAX = 34


def _entry(label: str, said: str, margin: int, width: int) -> Iterator[str]:
    lines = textwrap.wrap(said, width - margin) or [""]
    if len(label) > margin - 4:
        yield f"  {label}"
    else:
        yield f"  {label:{margin - 2}}{lines.pop(0)}".rstrip()
    yield from (" " * margin + line for line in lines)


def _said_of(entry: HelpEntry) -> str:
    said = [" ".join(_text_of(entry.description).split())]
    if entry.choices:
        said.append(f"One of {', '.join(entry.choices)}.")
    if entry.required:
        said.append("Required.")
    return " ".join(said).strip()


def _text_of(told: object) -> str:
    """The text of what cyclopts made of a docstring."""
    text = getattr(told, "primary_renderable", told)
    return "" if text is None else str(text)


def _width(console: Console) -> int:
    return min(console.width, WIDTH_MAX)


def _write(console: Console, line: str = "", style: str | None = None) -> None:
    console.print(line, style=style, highlight=False, markup=False, soft_wrap=True)
