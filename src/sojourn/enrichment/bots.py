"""Which user agents are bots: crawlers, scanners, monitors, previews, by the list of crawler-user-agents.

HTTP libraries and driven browsers are on that list, too, and are no bots here: servers, apps and tests send events
through them. The patterns are one automaton of RE2, since anybody can send a user agent that was never seen before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

NOT_BOTS = frozenset({"http-library", "browser-automation"})

_AGENT_CHARS_MAX = 256
_AGENTS_REMEMBERED = 20_000
_AUTOMATON_BYTES_MAX = 64 << 20
"""Agents made of beginnings of patterns let the automaton grow; with much less room it is built anew all the time."""


def is_bot(user_agent: str) -> bool:
    """Whether this `User-Agent` is that of a known bot; only its first 256 characters are looked at."""
    return _is_bot(user_agent[:_AGENT_CHARS_MAX])


@lru_cache(maxsize=_AGENTS_REMEMBERED)
def _is_bot(user_agent: str) -> bool:
    return _search()(user_agent.encode()) is not None


@cache
def _search() -> Callable[[bytes], object]:
    patterns = (agent["pattern"] for agent in CRAWLER_USER_AGENTS_DATA if NOT_BOTS.isdisjoint(agent.get("tags", ())))
    options = re2.Options()
    options.never_capture = True
    options.max_mem = _AUTOMATON_BYTES_MAX
    search: Callable[[bytes], object] = re2.compile("|".join(f"(?:{each})" for each in patterns), options).search
    return search
