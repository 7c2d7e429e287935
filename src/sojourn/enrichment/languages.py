"""Which languages a client asks for, by its `Accept-Language`, and where people speak them.

A region is left off: who asks for `de-AT` reads German. A country never counts as a language.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from sojourn.core.client import Languages
from sojourn.enrichment.countries import countries

HEADER_CHARS_MAX = 512
"""As much of the header is looked at."""
LANGUAGES_MAX = 16
"""As many languages of one header are told, the most wanted ones."""

UNTOLD = Languages()


def read_accept_language(header: str) -> Languages:
    """The known languages of a header, the most wanted first; those of equal weight as they stand in it."""
    wanted = sorted(_RANGE.finditer(header[:HEADER_CHARS_MAX].lower()), key=_weight, reverse=True)
    codes = dict.fromkeys(_code(each["language"]) for each in wanted if _weight(each) > 0)
    spoken = [known_languages()[code] for code in codes if code in known_languages()][:LANGUAGES_MAX]
    return Languages(
        codes=[language.code for language in spoken],
        names=[language.name for language in spoken],
    )


class Language(NamedTuple):
    """One language of ISO 639-1."""

    code: str
    name: str
    markets: tuple[str, ...]
    """English names of the countries where it is spoken, those with the most speakers first."""


@cache
def known_languages() -> dict[str, Language]:
    """All of them, by code."""
    lines = (files(__package__) / "languages.tsv").read_text("utf-8").splitlines()
    return {found.code: found for found in map(_language, lines)}


_RANGE = re.compile(r"(?:^|,)\s*(?P<language>[a-z]{2,3})(?:[-_][a-z0-9-]*)?\s*(?:;\s*q\s*=\s*(?P<weight>[\d.]+))?")
_OTHER_CODES = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "sh": "sr", "fil": "tl", "cmn": "zh", "yue": "zh"}
"""Codes that browsers still send, or send where two letters would do."""


def _weight(found: re.Match[str]) -> float:
    """How much a language is wanted, from 0 (not at all) to 1; a weight that is no number counts as none given."""
    try:
        return min(float(found["weight"] or 1), 1)
    except ValueError:
        return 1


def _code(language: str) -> str:
    return _OTHER_CODES.get(language, language)


def _language(line: str) -> Language:
    code, name, *spoken_in = line.split("\t")
    return Language(code, name, tuple(countries()[where].name for where in " ".join(spoken_in).split()))
