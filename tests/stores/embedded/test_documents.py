"""What is remembered, what may be forgotten, and what is known to be nowhere."""

from __future__ import annotations

from sojourn.stores.embedded.documents import MISSING, Documents


def test_nothing_is_known_at_first() -> None:
    assert Documents[str, str](10).get("ann") is MISSING


def test_what_the_database_does_not_have_yet_is_never_forgotten() -> None:
    documents = Documents[str, int](2)
    for number in range(100):
        documents.change(str(number), number, position=number)
    assert [documents.get(str(number)) for number in range(100)] == list(range(100))


def test_of_the_others_the_longest_unused_are_forgotten() -> None:
    documents = Documents[str, int](2)
    documents.learn("a", 1)
    documents.learn("b", 2)
    documents.get("a")
    documents.learn("c", 3)
    assert [documents.get(key) for key in "abc"] == [1, MISSING, 3]


def test_the_bound_holds_again_once_the_database_has_everything() -> None:
    documents = Documents[str, int](2)
    for number in range(5):
        documents.change(str(number), number, position=number)
    documents.settle(4)
    assert [documents.get(str(number)) for number in range(5)] == [MISSING, MISSING, MISSING, 3, 4]


def test_a_document_that_changed_again_waits_for_its_last_change() -> None:
    documents = Documents[str, int](0)
    documents.change("a", 1, position=1)
    documents.change("b", 2, position=2)
    documents.change("a", 3, position=3)
    documents.settle(2)
    assert [documents.get("a"), documents.get("b")] == [3, MISSING]


def test_a_change_counts_more_than_what_was_learnt() -> None:
    documents = Documents[str, int](10)
    documents.learn("a", 1)
    documents.change("a", 2, position=8)
    documents.learn("a", 1)
    assert documents.get("a") == 2
    documents.settle(8)
    assert documents.get("a") == 2


def test_that_a_document_was_removed_is_known() -> None:
    documents = Documents[str, int](10)
    documents.change("a", 1, position=1)
    documents.change("a", None, position=2)
    documents.settle(1)
    assert documents.get("a") is None
    documents.settle(2)
    assert documents.get("a") is None
