"""What commands write: data on stdout, everything else on stderr, colours only on a terminal and never under NO_COLOR.

Much of what is shown came from strangers. No character of theirs reaches the terminal that could steer it.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TextIO

NOTHING = "-"
"""What stands where a value is null or empty."""


def write(line: str = "", style: str = "") -> None:
    """Write a line of data."""
    _write(sys.stdout, line, style)


def hint(line: str = "", style: str = "") -> None:
    """Write a line that helps a person and is no data."""
    _write(sys.stderr, line, style)


def write_json(value: object) -> None:
    """Write data as indented JSON; what JSON has no word for, such as a path, as its text."""
    import msgspec

    encoded = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()
    sys.stdout.write("\n".join(visible(line) for line in encoded.split("\n")) + "\n")


def write_json_line(value: object) -> None:
    """Write data as one line of JSON, and do not keep it back."""
    import msgspec

    sys.stdout.write(visible(msgspec.json.encode(value).decode()) + "\n")
    sys.stdout.flush()


def write_list(things: Sequence[Mapping[str, object]], heads: Sequence[str], *, as_json: bool) -> None:
    """Write a list of documents: whole as JSON, or some of their fields as a table."""
    if as_json:
        write_json(things)
    else:
        write_table(heads, ([thing[head] for head in heads] for thing in things))


def write_versions(
    versions: Sequence[Mapping[str, Any]],
    part: str,
    heads: Sequence[str],
    *,
    as_json: bool,
    told: Mapping[str, Callable[[Any], object]] = MappingProxyType({}),
) -> None:
    """Write the versions of a thing: whole as JSON, or as a table that begins with when each was in force.

    `part` is the name under which a version holds the thing, `heads` are some of its fields, `told` says how to tell
    those of them that are not shown as they are.
    """
    if as_json:
        write_json(versions)
        return
    rows = (
        [
            *(version[part]["version"], version["since"], version["until"]),
            *(told.get(head, _as_it_is)(version[part][head]) for head in heads),
        ]
        for version in versions
    )
    write_table(("version", "since", "until", *heads), rows)


def _as_it_is(value: object) -> object:
    return value


def write_thing(thing: Mapping[str, object], *, as_json: bool) -> None:
    """Write one document: as JSON, or its fields, a line each."""
    if as_json:
        write_json(thing)
    else:
        write_record(thing)


def write_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under their heads; nothing but a hint when there are none."""
    table = [[shown(cell) for cell in row] for row in rows]
    if not table:
        hint("There are none.")
        return
    head, *lines = aligned([heads, *table])
    write(head, style="bold")
    for line in lines:
        write(line)


def write_record(fields: Mapping[str, object]) -> None:
    """Write names and values, a line each."""
    for line in aligned([(name, shown(value)) for name, value in fields.items()]):
        write(line)


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """The rows as lines in which the cells of a column begin at the same place."""
    from rich.cells import cell_len

    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(cell_len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def shown(value: object) -> str:
    """A value of a JSON document as people read it."""
    import msgspec

    match value:
        case None:
            return NOTHING
        case str() | list() | dict() if not value:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() if all(isinstance(item, str) for item in value):
            return ", ".join(value)
        case _:
            return msgspec.json.encode(value, enc_hook=str).decode()


def visible(text: str) -> str:
    """The text with every character that steers a terminal, or that hides, written as JSON would escape it."""
    if text.isprintable():
        return text
    return "".join(char if unicodedata.category(char) not in _STEERING else _escape(char) for char in text)


_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def _write(stream: TextIO, line: str, style: str) -> None:
    text = visible(line)
    stream.write((_styled(stream, text, style) if style else text) + "\n")


def _styled(stream: TextIO, text: str, style: str) -> str:
    """The text with what makes it stand out on this stream; nothing does where there is no terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    with console.capture() as captured:
        console.print(Text(text, style=style), soft_wrap=True, end="")
    return captured.get()
