"""Which user agents are bots: crawlers, scanners, monitors, previews, by the list of crawler-user-agents.

HTTP libraries and driven browsers are on that list, too, and are no bots here: servers, apps and tests send events
through them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

NOT_BOTS = frozenset({"http-library", "browser-automation"})

_AGENT_CHARS_MAX = 512
_AGENTS_REMEMBERED = 20_000

_pattern = re.compile(
    "|".join(
        f"(?:{agent['pattern']})" for agent in CRAWLER_USER_AGENTS_DATA if NOT_BOTS.isdisjoint(agent.get("tags", ()))
    )
)


def is_bot(user_agent: str) -> bool:
    """Whether this `User-Agent` is that of a known bot; only its first 512 characters are looked at."""
    return _is_bot(user_agent[:_AGENT_CHARS_MAX])


@lru_cache(maxsize=_AGENTS_REMEMBERED)
def _is_bot(user_agent: str) -> bool:
    return _pattern.search(user_agent) is not None
