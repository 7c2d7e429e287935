"""The countries of ISO 3166-1: their English names, and the part of the world that each belongs to.

The parts are named as in the names of time zones, so that both say the same of one person: `America` is one part, and
Australia lies in `Oceania`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Country(NamedTuple):
    """One country."""

    code: str
    name: str
    part_of_world: str


def country(code: str) -> Country | None:
    """The country of that code, in capital letters; None for none."""
    return countries().get(code)


@cache
def countries() -> dict[str, Country]:
    """All of them, by code."""
    lines = (files(__package__) / "countries.tsv").read_text("utf-8").splitlines()
    return {found.code: found for found in (Country(*line.split("\t")) for line in lines)}
