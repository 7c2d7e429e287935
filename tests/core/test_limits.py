"""Names of limits, which say what their values count."""

from __future__ import annotations

import pytest

from sojourn.core.limits import unit_of


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
