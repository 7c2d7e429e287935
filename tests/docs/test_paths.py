"""The files of the code that a page names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.test_links import PAGES
from tests.tidy.repository import PACKAGE, ROOT

FILE = re.compile(r"`([a-z_]+/[a-z_/]+\.py)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    named = set(FILE.findall(page.read_text()))
    assert {name for name in named if not (PACKAGE / name).is_file() and not (ROOT / name).is_file()} == set()


def test_the_path_of_an_event_goes_through_modules() -> None:
    named = FILE.findall((ROOT / "docs" / "explanation" / "path-of-an-event.md").read_text())
    assert {"http/track.py", "http/wire.py", "engine/collector.py", "core/pipeline.py"} <= set(named)
