"""Every link of the documentation leads somewhere, to the very heading that it names; every JSON block is JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.blocks import BLOCK, blocks
from tests.tidy.repository import ROOT

PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
INLINE_CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
MARK = re.compile(r'<a id="([^"]+)"></a>')


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = LINK.finditer(INLINE_CODE.sub("", BLOCK.sub("", page.read_text())))
    assert [link[0] for link in links if not leads_somewhere(page, link["file"], link["anchor"])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_json_block_of_a_page_is_json(page: Path) -> None:
    for text in blocks(page, "json"):
        json.loads(text)


def test_a_heading_is_found_by_what_browsers_show_in_the_address(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        '# 1.6 Errors, and `detail`\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n<a id="r-01"></a>\n'
    )
    assert anchors(page) == {"16-errors-and-detail", "twice", "twice-1", "r-01"}


def leads_somewhere(page: Path, file: str, anchor: str | None) -> bool:
    """Whether there is such a file, seen from the page, and such a place in it."""
    target = page.parent / file if file else page
    return target.exists() and (anchor is None or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """The places in a page that a link can name: its headings, numbered when they repeat, and its marks."""
    text = BLOCK.sub("", page.read_text())
    found = set(MARK.findall(text))
    for heading in HEADING.findall(text):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading.lower())).replace(" ", "-")
        times = sum(1 for other in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", other))
        found.add(f"{slug}-{times}" if times else slug)
    return found
