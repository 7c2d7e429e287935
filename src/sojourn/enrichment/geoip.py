"""Where an address is: the country offline and always, the town where the operator gives a file of cities.

The country is the one that the registries gave the block of addresses to, which for about one address in twenty is not
where it is used. A file in MaxMind's format (GeoLite2 City, DB-IP City Lite) knows better, and wins.
"""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from iptocc import country_code

from sojourn.core.addresses import Address
from sojourn.core.fields import Path
from sojourn.core.references import value_at, with_value
from sojourn.enrichment.countries import country

if TYPE_CHECKING:
    from maxminddb import Reader


class UnusableCityFile(Exception):
    """The file of cities cannot be used; the text says why and what to do."""


class CityFile:
    """A file that knows the towns of addresses; it is mapped into memory, not read into it."""

    def __init__(self, path: FilePath) -> None:
        """Open the file. Raises UnusableCityFile."""
        try:
            import maxminddb  # noqa: PLC0415 - an optional part, see docs/reference/enrichment.md
        except ImportError as error:
            raise UnusableCityFile("A file of cities needs the package maxminddb: install sojourn[geoip].") from error
        try:
            self._reader: Reader = maxminddb.open_database(path)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise UnusableCityFile(f"The file of cities {path} cannot be read: {error}") from error
        self._faults = (ValueError, maxminddb.InvalidDatabaseError)

    def find(self, address: Address) -> object:
        """What the file says of an address; None for nothing, or where its entry is damaged."""
        try:
            return self._reader.get(address)
        except self._faults:
            return None


def place_of(address: Address, cities: CityFile | None) -> dict[str, object]:
    """Where an address is, in the shape of the documents (tracker.md §5.1); empty for a private or unknown one."""
    told = _told_by(cities.find(address)) if cities is not None else {}
    code = value_at(told, ("country", "code")) or country_code(str(address)) or ""
    found = country(str(code))
    if found is None:
        return told
    return {**told, "country": {"name": found.name, "code": found.code}}


def _told_by(entry: object) -> dict[str, object]:
    """An entry of the file in the shape of our documents, without what has another form than expected."""
    told: dict[str, object] = {}
    for there, here, kind in _FIELDS:
        value = value_at(entry, there)
        if isinstance(value, kind):
            told = with_value(told, here, value)
    return told


_FIELDS: tuple[tuple[Path, Path, type | tuple[type, ...]], ...] = (
    (("country", "iso_code"), ("country", "code"), str),
    (("city", "names", "en"), ("city",), str),
    (("subdivisions", "0", "names", "en"), ("county",), str),
    (("postal", "code"), ("postal",), str),
    (("location", "latitude"), ("latitude",), (int, float)),
    (("location", "longitude"), ("longitude",), (int, float)),
)
