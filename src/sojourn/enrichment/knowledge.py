"""The facts about the world that the core asks for, from the lists of this package."""

from __future__ import annotations

from sojourn.core.knowledge import Knowledge
from sojourn.enrichment.countries import countries
from sojourn.enrichment.free_mail import free_mail_domains
from sojourn.enrichment.languages import known_languages


def world_knowledge() -> Knowledge:
    """Put them together."""
    languages = known_languages().values()
    return Knowledge(
        free_mail=free_mail_domains(),
        markets={name.lower(): each.markets for each in languages for name in (each.code, each.name)},
        parts_of_world={code: country.part_of_world for code, country in countries().items()},
    )
