"""Every test that the page about odd input names is there."""

from __future__ import annotations

import re

from tests.tidy.repository import ROOT

NAMED = re.compile(r"`(test_\w+)`")
WRITTEN = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)
TESTS = (*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "src" / "sojourn" / "testing").glob("*.py"))


def test_every_test_that_the_page_names_exists() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "explanation" / "odd-input.md").read_text()))
    written = {name for path in TESTS for name in WRITTEN.findall(path.read_text())}
    assert len(named) > 50
    assert named - written == set()
