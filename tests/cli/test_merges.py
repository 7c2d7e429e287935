"""Who became one person, from the command line, on a folder and through a running server."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.cli.typing import Terminal


class Shop:
    """A shop of this test's own, and the devices of its visitors."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.mail = f"ann-{uuid4().hex[:12]}@mail.example"
        self._source = terminal.reads("sources", "add", "Shop")["id"]

    def visit(self, device: str, type: str = "page-view", *properties: str) -> str:
        session = f"{device} of {self.mail}"
        answer = self.terminal.reads("track", type, *properties, "--source", self._source, "--session", session)
        id: str = answer["profile"]["id"]
        return id

    def two_devices_of_ann(self) -> tuple[str, str]:
        one, two = self.visit("phone"), self.visit("laptop")
        for device in ("phone", "laptop"):
            self.visit(device, "sign-in", f'email={{"main": "{self.mail}"}}')
        return one, two

    def merge_of(self, id: str) -> str:
        found: str = self.terminal.reads("profile", id, "--identity")["identity"]["merges"][0]["id"]
        return found


@pytest.fixture
def shop(either: Terminal) -> Shop:
    return Shop(either)


def test_the_identity_of_a_person_is_a_tree_in_plain_words(shop: Shop) -> None:
    one, two = shop.two_devices_of_ann()
    told = shop.terminal.types("profile", two, "--identity").stdout
    tree = told[told.index(f"\n{one}\n") :]
    assert "known by an e-mail a***@m***.example in event" in tree
    assert f"└─ {two} joined because an e-mail a***@m***.example in event" in tree
    assert "under rule type:sign-in v0" in tree
    assert shop.mail not in tree


def test_a_merge_is_listed_tried_and_undone(shop: Shop) -> None:
    one, two = shop.two_devices_of_ann()
    merge = shop.merge_of(one)
    assert merge in shop.terminal.types("identity", "merges").stdout
    preview = shop.terminal.types("identity", "undo", merge, "--dry-run").stdout
    assert {tuple(line.split()[:2]) for line in preview.splitlines()[1:]} == {(one, one), (two, two)}
    assert shop.terminal.reads("profile", two)["id"] == one
    assert shop.terminal.reads("identity", "undo", merge)["undone_by"] == "administrator"
    assert shop.terminal.reads("profile", two)["id"] == two
    assert "parted by administrator" in shop.terminal.types("profile", two, "--identity").stdout


def test_what_was_undone_before_ends_with_a_sentence(shop: Shop) -> None:
    one, _ = shop.two_devices_of_ann()
    merge = shop.merge_of(one)
    shop.terminal.types("identity", "undo", merge, "--parting", "from-now")
    again = shop.terminal.types("identity", "undo", merge)
    assert (again.code, again.stdout, "undone before" in again.stderr) == (1, "", True)


def test_two_people_are_merged_by_hand(shop: Shop) -> None:
    one, two = shop.visit("one"), shop.visit("two")
    tried = shop.terminal.types("identity", "merge", one, two, "--dry-run").stdout
    assert one in tried
    made = shop.terminal.reads("identity", "merge", one, two, "--note", "They rang.")
    assert (made["survivor"], made["reason"]["note"]) == (one, "They rang.")
    assert f"{two} joined because administrator said so (They rang.)" in (
        shop.terminal.types("profile", one, "--identity").stdout
    )


@pytest.mark.parametrize(("word", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_what_was_held_back_is_answered(shop: Shop, word: str, state: str) -> None:
    shop.visit("anns", "sign-in", f'email={{"main": "{shop.mail}"}}')
    bob = shop.visit("bobs", "sign-in", f'email={{"main": "bob-{shop.mail}"}}')
    shop.visit("bobs", "sign-in", f'email={{"main": "{shop.mail}"}}')
    [review] = shop.terminal.reads("profile", bob, "--identity")["identity"]["reviews"]
    assert review["id"] in shop.terminal.types("identity", "reviews", "--state", "open").stdout
    assert shop.terminal.reads("identity", word, review["id"])["state"] == state
    assert f"{state} by administrator" in shop.terminal.types("profile", bob, "--identity").stdout


def test_a_person_is_shown_as_known_at_a_time(shop: Shop) -> None:
    one, _ = shop.two_devices_of_ann()
    created = shop.terminal.reads("profile", one)["metadata"]["time"]["create"]
    assert shop.terminal.reads("profile", one, "--at", created)["ids"] == [one]
    before = shop.terminal.types("profile", one, "--at", "2020-01-01T00:00:00Z")
    assert (before.code, "at that time" in before.stderr) == (1, True)
