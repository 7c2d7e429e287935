"""The generated pages of the reference say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.core.outcomes import REASONS
from tools.reference import pages, sentences, unit_of

PAGES = pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_what_make_reference_writes(path: Path) -> None:
    assert path.read_text() == PAGES[path], "run `make reference`"


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("body_bytes_max", "bytes"),
        ("clock_ahead_s_max", "seconds"),
        ("connections_per_ip_max", "connections"),
        ("ip_new_profiles_burst", "profiles"),
        ("ip_new_profiles_per_min", "profiles a minute"),
        ("ip_requests_per_s", "requests a second"),
        ("json_depth_max", "levels"),
        ("retry_after_s", "seconds"),
    ],
)
def test_the_end_of_a_name_is_its_unit(name: str, unit: str) -> None:
    assert unit_of(name, 1) == unit


def test_every_limit_says_what_it_means() -> None:
    from sojourn.core import limits

    for record in (limits.PayloadLimits, limits.Rates, limits.Limits):
        plain = {name for name in record.__struct_fields__ if name not in {"public", "server", "rates"}}
        assert plain == sentences(limits, record).keys()


def test_every_outcome_with_a_reason_is_on_the_page() -> None:
    page = next(text for path, text in PAGES.items() if path.name == "outcomes.md")
    assert [outcome for outcome in REASONS if f"| `{outcome.reason}` |" not in page] == []
