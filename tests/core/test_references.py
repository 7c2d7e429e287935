"""References are read as they are written, and documents stay as they are."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sojourn.core.references import (
    ROOTS,
    Obstructed,
    Reference,
    found_at,
    obstacle,
    parse_reference,
    read_back,
    value_at,
    with_value,
)

NAMES = (
    st.text(min_size=1, max_size=20)
    | st.text(alphabet='a.@" \t', min_size=1, max_size=20)
    | st.sampled_from(["0", "a", "b", "c"])
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(tuple)
REFERENCES = st.builds(Reference, root=st.sampled_from(ROOTS), path=PATHS)

LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
DOCUMENTS = st.dictionaries(NAMES, JSON, max_size=4)


@given(REFERENCES)
def test_what_is_written_is_read_again(reference: Reference) -> None:
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("event@properties.price", ("properties", "price")),
        ("event.properties.price", ("properties", "price")),
        (" event@id ", ("id",)),
        ('event@properties."unit price"', ("properties", "unit price")),
        ('event@properties."v1.2".name', ("properties", "v1.2", "name")),
        ('event@properties."24"" screens"', ("properties", '24" screens')),
        ("event@properties.items.0.sku", ("properties", "items", "0", "sku")),
    ],
)
def test_a_reference_has_these_forms(written: str, path: tuple[str, ...]) -> None:
    assert parse_reference(written) == Reference("event", path)


@pytest.mark.parametrize(
    "written",
    ["", "event", "event@", "user@name", "event@a..b", "event@.a", "event@a b", 'event@"a', "properties.price"],
)
def test_anything_else_is_no_reference(written: str) -> None:
    assert parse_reference(written) is None


def test_a_reference_leads_no_deeper_than_documents_are_read() -> None:
    assert parse_reference(f"event@{'.'.join('a' * 32)}") is not None
    assert parse_reference(f"event@{'.'.join('a' * 33)}") is None


def test_a_reference_is_no_longer_than_people_write() -> None:
    assert parse_reference(f"event@{'a' * 994}") is not None
    assert parse_reference(f"event@{'a' * 995}") is None


def test_a_number_leads_to_an_item_of_a_list() -> None:
    document = {"rows": [{"sku": "a"}, {"sku": "b"}]}
    assert value_at(document, ("rows", "1", "sku")) == "b"
    assert value_at(document, ("rows", "2", "sku")) is None
    assert value_at(document, ("rows", "-1", "sku")) is None
    assert value_at(document, ("rows", "9" * 5_000)) is None


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1).map(tuple))
def test_what_was_written_is_read_back_whatever_the_names(path: tuple[str, ...]) -> None:
    reference = Reference("profile", path)
    assert read_back(str(reference)) == reference


@given(DOCUMENTS, PATHS)
def test_what_is_put_at_a_place_stands_there(document: dict[str, object], path: tuple[str, ...]) -> None:
    assert value_at(with_value(document, path, "new"), path) == "new"


@given(DOCUMENTS, PATHS)
def test_what_is_emptied_is_gone_with_all_that_became_empty(document: dict[str, object], path: tuple[str, ...]) -> None:
    emptied = with_value(document, path, None)
    assert value_at(emptied, path) is None
    parents = [path[:depth] for depth in range(1, len(path))]
    assert [parent for parent in parents if value_at(emptied, parent) == {}] == []


@given(DOCUMENTS, PATHS, st.none() | st.just("new"))
def test_the_given_document_stays_as_it_is(
    document: dict[str, object], path: tuple[str, ...], value: str | None
) -> None:
    before = deepcopy(document)
    with_value(document, path, value)
    assert document == before


@given(DOCUMENTS, PATHS, PATHS)
def test_other_places_stay_as_they_are(
    document: dict[str, object], path: tuple[str, ...], other: tuple[str, ...]
) -> None:
    shorter, longer = sorted((path, other), key=len)
    assume(longer[: len(shorter)] != shorter)
    assume(isinstance(value_at(document, path[:-1]), dict))
    assert value_at(with_value(document, path, "new"), other) == value_at(document, other)


@pytest.mark.parametrize(
    ("email", "place"),
    [
        (None, None),
        ({}, None),
        ({"main": "ann@mail.example"}, None),
        ({"main": {}}, ("email", "main")),
        ("ann@mail.example", ("email",)),
        (7, ("email",)),
        (False, ("email",)),
        ([], ("email",)),
    ],
)
def test_what_stands_in_the_way_is_found(email: object, place: tuple[str, ...] | None) -> None:
    document = {"email": email}
    wanted = ("email", "main", "0") if isinstance(email, dict) and email.get("main") == {} else ("email", "main")
    assert obstacle(document, wanted) == place


@pytest.mark.parametrize(
    ("location", "place"),
    [([11.6, 48.1], None), ([], None), ({"0": 11.6}, None), ({"lon": 11.6}, ("location",)), ("11.6", ("location",))],
)
def test_only_a_list_or_numbered_names_lead_to_an_item(location: object, place: tuple[str, ...] | None) -> None:
    assert obstacle({"location": location}, ("location", "0")) == place


@given(DOCUMENTS, PATHS)
def test_where_a_value_is_nothing_stands_in_the_way(document: dict[str, object], path: tuple[str, ...]) -> None:
    assert obstacle(with_value(document, path, "new"), path) is None


@given(DOCUMENTS, PATHS)
def test_looking_for_a_value_finds_it_or_what_stands_in_its_way(
    document: dict[str, object], path: tuple[str, ...]
) -> None:
    value = value_at(document, path)
    place = obstacle(document, path) if value is None else None
    if place is None:
        assert found_at(document, path) == value
    else:
        with pytest.raises(Obstructed) as obstructed:
            found_at(document, path)
        assert obstructed.value.place == place
