"""The page of the tracker contract has what the code cites, tells what the code answers, and shows what it accepts."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

import pytest

from sojourn.core.limits import Limits
from sojourn.http.wire import decode_track
from tests.docs.blocks import blocks
from tests.docs.test_links import anchors
from tests.tidy.repository import PACKAGE, ROOT

PAGE = ROOT / "docs" / "reference" / "tracker.md"
TEXT = PAGE.read_text()
CITED_RULE = re.compile(r"\bR-(\d\d)")
CITED_SECTION = re.compile(r"tracker\.md (§[\d.]+\d(?:[, ]+(?:and )?§[\d.]+\d)*)")
SCENARIOS = re.compile(r"(?:^\| |, )(\d\d)(?: to (\d\d))?(?=[ ,])", re.MULTILINE)
CODE_FIRST = {"Excess", "unreadable", "warn"}


def test_every_rule_has_one_place() -> None:
    assert sorted(re.findall(r'<a id="r-(\d\d)"></a>\*\*R-\1\*\*', TEXT)) == [f"{number:02}" for number in range(1, 39)]


def test_every_rule_that_the_code_cites_is_on_the_page() -> None:
    cited = {f"r-{number}" for _, text in sources() for number in CITED_RULE.findall(text)}
    assert cited - anchors(PAGE) == set()


def test_every_section_that_the_code_cites_is_on_the_page() -> None:
    sections = set(re.findall(r"^#+ ([\d.]+\d|\d)\.? ", TEXT, re.MULTILINE))
    cited = {number for _, text in sources() for said in CITED_SECTION.findall(text) for number in said.split("§")[1:]}
    assert {number.strip(" ,.and") for number in cited} - sections == set()


def test_every_code_that_a_client_can_get_is_on_the_page() -> None:
    codes = {code for name, text in sources() if "/http/manage/" not in name for code in codes_in(ast.parse(text))}
    assert codes != set()
    assert {code for code in codes if f"`{code}`" not in TEXT} == set()


def test_every_sentence_of_a_refusal_on_the_page_is_said() -> None:
    [table] = re.findall(r"\n\| status \| `detail` \|\n\|---\|---\|\n(.*?)\n\n", TEXT, re.DOTALL)
    said = "".join(text for name, text in sources() if "/http/" in name)
    assert [sentence for sentence in re.findall(r"`([^`]+)`", table) if f'"{sentence}"' not in said] == []


def test_every_limit_on_the_page_can_be_gone_beyond() -> None:
    codes = {code for _, text in sources() for code in codes_in(ast.parse(text))}
    assert {code for code in re.findall(r"`(limit\.\w+)`", TEXT) if code not in codes} == set()


def test_every_scenario_of_the_tests_is_on_the_page() -> None:
    listed: set[int] = set()
    for first, last in SCENARIOS.findall(TEXT[TEXT.index("## 9. ") :]):
        listed.update(range(int(first), int(last or first) + 1))
    tests = [path.read_text() for path in (ROOT / "tests" / "scenarios").glob("test_*.py")]
    tested = {int(number) for text in tests for number in re.findall(r"def test_(\d\d)\w?_", text)}
    assert tested - listed == set()


@pytest.mark.parametrize("payload", [text for text in blocks(PAGE, "json") if "source" in json.loads(text)])
def test_every_payload_on_the_page_can_be_sent(payload: str) -> None:
    limits = Limits()
    read = decode_track(payload.encode(), limits, limits.public)
    assert read.event_count > 0
    assert read.bad_events == ()


def sources() -> Iterator[tuple[str, str]]:
    """The name and the text of every module of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path), path.read_text()


def codes_in(tree: ast.Module) -> Iterator[str]:
    """The stable words that a module puts into answers, where they stand as words."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
        given = call.args[:1] if name in CODE_FIRST else []
        if name == "Problem":
            given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
        yield from (str(part.value) for part in given if isinstance(part, ast.Constant))
