"""A small file of cities in MaxMind's format, as an operator would give one."""

from __future__ import annotations

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

IN_BERLIN = "5.9.1.2"
ODD = "5.9.2.3"
"""An address whose entry has another form than entries have."""

ENTRY = {
    "country": {"iso_code": "DE", "names": {"en": "Germany"}},
    "city": {"names": {"en": "Berlin", "de": "Berlin"}},
    "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}],
    "postal": {"code": "10115"},
    "location": {"latitude": 52.5, "longitude": 13.25, "time_zone": "Europe/Berlin"},
}
ODD_ENTRY = {"country": "Germany", "city": [], "location": {"latitude": "north"}}


def write_cities(path: Path) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City")
    writer.insert_network(IPSet(["5.9.1.0/24", "2001:db8:5::/48"]), ENTRY)
    writer.insert_network(IPSet(["5.9.2.0/24"]), ODD_ENTRY)
    writer.to_db_file(str(path))
    return path
