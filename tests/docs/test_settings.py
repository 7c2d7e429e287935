"""What the guides tell people to set can be set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sojourn.config import OTHER_VARIABLES, known_settings, load
from tests.docs.blocks import blocks
from tests.docs.test_links import PAGES
from tests.tidy.repository import ROOT

VARIABLE = re.compile(r"\bSOJOURN_[A-Z_]*[A-Z]\b(?!\*)")
FILES = [(page, text) for page in PAGES for text in blocks(page, "toml")]


@pytest.mark.parametrize("text", [text for _, text in FILES], ids=[str(page.relative_to(ROOT)) for page, _ in FILES])
def test_every_settings_file_of_the_guides_is_accepted(text: str, tmp_path: Path) -> None:
    file = tmp_path / "sojourn.toml"
    file.write_text(text)
    loaded = load({}, {}, file)
    assert str(file) in loaded.origins.values()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_of_a_page_is_a_setting(page: Path) -> None:
    known = {setting.variable for setting in known_settings()} | OTHER_VARIABLES
    known |= {f"{setting.variable}_FILE" for setting in known_settings() if setting.is_secret}
    assert set(VARIABLE.findall(page.read_text())) - known == set()
