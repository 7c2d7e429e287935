"""`sojourn erase` from the command line, with and without a server."""

from __future__ import annotations

from uuid import uuid4

from tests.cli.typing import Terminal


def test_a_person_is_erased_and_the_receipt_is_shown(either: Terminal) -> None:
    source = either.reads("sources", "add", "Shop", "--id", f"shop-{uuid4()}")["id"]
    person = either.reads("track", "page-view", "--source", source)["profile"]["id"]
    receipt = either.reads("erase", person)
    assert (receipt["state"], receipt["actor"], receipt["removed"]["profiles"]) == ("done", "administrator", 1)
    assert receipt["removed"]["events"] > 0
    assert either.types("profile", person).code != 0


def test_nobody_cannot_be_erased(either: Terminal) -> None:
    either.reads("sources", "add", "Shop", "--id", f"shop-{uuid4()}")
    ended = either.types("erase", "nobody")
    assert (ended.code, ended.stdout) == (1, "")
