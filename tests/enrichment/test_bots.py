"""Bots are told by their user agent; browsers, HTTP libraries and driven browsers are none."""

from __future__ import annotations

import re

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given
from hypothesis import strategies as st

from sojourn.enrichment.bots import NOT_BOTS, is_bot

BOTS = [agent for agent in CRAWLER_USER_AGENTS_DATA if NOT_BOTS.isdisjoint(agent.get("tags", ()))]
SEEN = [instance for agent in BOTS for instance in agent["instances"]]
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    "agent", ["", CHROME, "curl/8.5.0", "python-requests/2.32", "sojourn/0.1", "a" * 10_000, "é\x00"]
)
def test_who_is_no_bot_is_taken_for_none(agent: str) -> None:
    assert not is_bot(agent)


def test_every_bot_that_was_seen_is_known() -> None:
    assert [agent for agent in SEEN if len(agent) <= 256 and not is_bot(agent)] == []


@given(st.sampled_from(SEEN), st.integers(0, 256))
def test_the_automaton_says_what_the_patterns_say(agent: str, length: int) -> None:
    beginning = agent[:length]
    assert is_bot(beginning) == any(re.search(bot["pattern"], beginning) for bot in BOTS)


def test_only_the_beginning_is_looked_at() -> None:
    assert is_bot("Googlebot/2.1" + " " * 1_000)
    assert not is_bot(" " * 256 + "Googlebot/2.1")
