"""What holds for every test: how failures of the contract suites are told, and how many examples laws are tried on."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cycles", type=int, default=20, help="how often the test of crashes kills the server")
    parser.addoption("--rounds", type=int, default=96, help="how many people race with themselves")
    parser.addoption("--places", type=int, default=72, help="how many places of the files of a folder are harmed")
    parser.addoption(
        "--seed", type=int, default=None, help="the seed of the tests of crashes and damage; without it, a new one"
    )


pytest.register_assert_rewrite("sojourn.testing")

# A busy machine must not make a law fail, so no example has a deadline.
settings.register_profile("quick", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=2_000)
settings.load_profile(os.environ.get("SOJOURN_TESTS", "quick"))
