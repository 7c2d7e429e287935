"""Names of limits, which say what their values count, and the reserve of a disk."""

from __future__ import annotations

import pytest

from sojourn.core.limits import MIB, reserve_bytes_of, unit_of


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("body_bytes_max", "bytes"),
        ("clock_ahead_s_max", "seconds"),
        ("connections_per_ip_max", "connections"),
        ("event_type_chars_max", "characters"),
        ("ip_new_profiles_burst", "profiles"),
        ("ip_new_profiles_per_min", "profiles a minute"),
        ("ip_requests_per_s", "requests a second"),
        ("json_depth_max", "levels"),
        ("retry_after_s", "seconds"),
    ],
)
def test_the_end_of_a_name_is_its_unit(name: str, unit: str) -> None:
    assert unit_of(name, 1) == unit


def test_a_switch_counts_nothing() -> None:
    assert unit_of("rate_loopback", False) == "true or false"  # noqa: FBT003  (the value of a limit)


@pytest.mark.parametrize(("disk_mib", "reserve_mib"), [(1_000_000, 512), (10_240, 512), (10_000, 500), (100, 5)])
def test_the_reserve_suits_the_disk_when_none_was_set(disk_mib: int, reserve_mib: int) -> None:
    assert reserve_bytes_of(0, disk_mib * MIB) == reserve_mib * MIB


def test_a_reserve_that_was_set_is_taken_as_it_is() -> None:
    assert reserve_bytes_of(1 << 50, 100 * MIB) == 1 << 50
