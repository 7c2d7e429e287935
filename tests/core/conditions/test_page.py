"""The reference page says what the code does."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest

from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.fields import field_types
from sojourn.core.conditions.limits import LIMITS, NUMBER_MAX
from sojourn.core.conditions.nodes import Condition, Operand, Operator, Presence
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from sojourn.core.events import Event
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session
from tests.docs.blocks import blocks
from tests.tidy.repository import ROOT

PAGE = ROOT / "docs" / "reference" / "conditions.md"
TEXT = PAGE.read_text()
RECORDS = field_types(event=Event, profile=Profile, session=Session)


def lines(language: str) -> list[str]:
    """The conditions in the blocks of one language, one a line."""
    return [line for block in blocks(PAGE, language) for line in block.splitlines()]


@pytest.mark.parametrize("text", lines("condition"))
def test_every_condition_of_the_page_means_something(text: str) -> None:
    check(parse(text), RECORDS)


@pytest.mark.parametrize("text", lines("refused"))
def test_what_the_page_calls_refused_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        check(parse(text), RECORDS)


@pytest.mark.parametrize("text", blocks(PAGE, "json"))
def test_every_tree_of_the_page_means_something(text: str) -> None:
    check(msgspec.json.decode(text, type=Condition), RECORDS)


def test_every_operator_is_on_the_page() -> None:
    operators = TEXT[TEXT.index("## Operators") : TEXT.index("## Patterns")]
    assert [word for word in (*Operator, *Presence) if f"`{word}`" not in operators] == []


def test_every_node_is_on_the_page() -> None:
    tags = [node.__struct_config__.tag for node in (*get_args(Condition), *get_args(Operand))]
    assert [tag for tag in tags if f"`{tag}`" not in TEXT] == []


def test_the_bounds_are_those_of_the_code() -> None:
    bounds = TEXT[TEXT.index("## Bounds") : TEXT.index("## When")]
    assert {int(number) for number in re.findall(r"\| (\d+) \|", bounds)} == {*msgspec.structs.astuple(LIMITS), 100}
    assert f"up to {NUMBER_MAX} either way" in TEXT
