"""The generated pages of the reference say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.core.outcomes import REASONS
from tools.reference import pages, sentences

PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_what_make_reference_writes(path: Path) -> None:
    assert path.read_text() == PAGES[path], "run `make reference`"


def test_every_limit_says_what_it_means() -> None:
    from sojourn.core import limits

    for record in (limits.PayloadLimits, limits.Rates, limits.Limits):
        plain = {name for name in record.__struct_fields__ if name not in {"public", "server", "rates"}}
        assert plain == sentences(limits, record).keys()


def test_every_outcome_with_a_reason_is_on_the_page() -> None:
    page = next(text for path, text in PAGES.items() if path.name == "outcomes.md")
    assert [outcome for outcome in REASONS if f"| `{outcome.reason}` |" not in page] == []
