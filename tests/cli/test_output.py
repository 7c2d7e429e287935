"""What is written reaches people and programs whole, and steers no terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
from collections.abc import Callable
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.cli.output import aligned, shown, visible, write_json, write_json_line
from tests.e2e.server import SOJOURN

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
PLAIN_TEXT = st.text(st.characters(exclude_characters='"\\', exclude_categories=["Cs"]))


def written(write: Callable[[object], None], value: object) -> str:
    with redirect_stdout(io.StringIO()) as stdout:
        write(value)
    return stdout.getvalue()


@given(st.text() | st.from_regex(STEERING))
def test_nothing_that_is_written_steers_a_terminal(text: str) -> None:
    assert STEERING.search(visible(text)) is None


@given(PLAIN_TEXT)
def test_what_is_made_visible_can_be_read_back(text: str) -> None:
    assert json.loads(f'"{visible(text)}"') == text


@given(JSON)
def test_json_for_people_is_the_same_json(value: object) -> None:
    assert json.loads(written(write_json, value)) == value


@given(JSON)
def test_a_line_of_json_is_one_line(value: object) -> None:
    [line] = written(write_json_line, value).splitlines()
    assert json.loads(line) == value


@given(st.lists(st.tuples(st.text("abc語", min_size=1), st.text("abc語", min_size=1)), min_size=1))
def test_the_cells_of_a_column_begin_at_one_place(rows: list[tuple[str, str]]) -> None:
    places = {width(line[: line.rindex("  ")]) + 2 for line in aligned(rows)}
    assert places == {max(width(first) for first, _ in rows) + 2}


def width(text: str) -> int:
    return len(text) + text.count("語")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        ({}, "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("text", "text"),
        (["a", "b"], "a, b"),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_a_value_is_shown_as_people_read_it(value: object, said: str) -> None:
    assert shown(value) == said


def error_on_a_terminal(**environment: str) -> str:
    """What a person sees of a usage error."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run(
            [SOJOURN, "bogus"],
            stderr=theirs,
            check=False,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
        )
        os.close(theirs)
        return screen.read(4096).decode()


def test_an_error_stands_out_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31m" in error_on_a_terminal()


def test_no_color_is_honoured() -> None:
    assert "\x1b" not in error_on_a_terminal(NO_COLOR="1")


def test_nothing_is_coloured_where_there_is_no_terminal() -> None:
    ended = subprocess.run([SOJOURN, "bogus"], capture_output=True, check=False)
    assert b"\x1b" not in ended.stderr
