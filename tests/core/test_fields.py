"""Typed fields: what each kind keeps, and what it does not take."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.fields import FIELDS, Kind, Unfit, fitted, kind_of

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))

KEPT = [
    (Kind.TEXT, "tea", "tea"),
    (Kind.TEXT, "", ""),
    (Kind.TEXT, 4711, "4711"),
    (Kind.TEXT, 1.5, "1.5"),
    (Kind.NUMBER, 7, 7),
    (Kind.NUMBER, -1.5, -1.5),
    (Kind.INTEGER, 7, 7),
    (Kind.FLAG, False, False),
    (Kind.TEXTS, ["a", "b"], ["a", "b"]),
    (Kind.TEXTS, "a", ["a"]),
    (Kind.TEXTS, 42, ["42"]),
    (Kind.TEXTS, [42, "XL"], ["42", "XL"]),
    (Kind.TEXTS, [], []),
    (Kind.MOMENT, "1990-05-17", "1990-05-17T00:00:00Z"),
    (Kind.MOMENT, "2026-06-01 12:00:00", "2026-06-01T12:00:00Z"),
    (Kind.MOMENT, "2026-06-01T14:00:00+02:00", "2026-06-01T12:00:00Z"),
    (Kind.MOMENT, 1_780_315_200, "2026-06-01T12:00:00Z"),
    (Kind.CONSENT, {"revoke": None}, {"revoke": None}),
    (Kind.CONSENT, {}, {"revoke": None}),
    (Kind.CONSENT, {"revoke": "2027-01-01"}, {"revoke": "2027-01-01T00:00:00Z"}),
    (Kind.ANY, {"free": [1, None]}, {"free": [1, None]}),
]

UNFIT: list[tuple[Kind, list[Any]]] = [
    (Kind.TEXT, [True, None, [], {}, ["a"]]),
    (Kind.NUMBER, ["7", True, None, [7], {}]),
    (Kind.INTEGER, ["7", 7.5, True, None, [7], {}]),
    (Kind.FLAG, ["true", 1, 0, None, [], {}]),
    (Kind.TEXTS, [None, True, {}, ["a", None], [["a"]], [{}]]),
    (Kind.MOMENT, ["soon", "", True, None, [], {}, "1899-12-31", "2100-01-01", 1e300]),
    (Kind.CONSENT, [True, "yes", None, [], {"granted": True}, {"revoke": "soon"}, {"revoke": True}]),
    (Kind.ANY, [None]),
]


@pytest.mark.parametrize(("kind", "value", "kept"), KEPT, ids=str)
def test_a_kind_keeps_what_fits_in_one_form(kind: Kind, value: Any, kept: Any) -> None:
    assert fitted(value, kind) == kept


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in UNFIT for value in values], ids=str)
def test_a_kind_refuses_what_does_not_fit(kind: Kind, value: Any) -> None:
    with pytest.raises(Unfit, match=f"^Expected {kind}, got "):
        fitted(value, kind)


def test_every_kind_has_its_examples() -> None:
    assert {kind for kind, _, _ in KEPT} == {kind for kind, _ in UNFIT} == set(Kind)


@given(st.sampled_from(Kind), JSON)
def test_what_is_kept_fits_as_it_is_and_can_be_written(kind: Kind, value: Any) -> None:
    try:
        kept = fitted(value, kind)
    except Unfit:
        return
    assert fitted(kept, kind) == kept
    assert msgspec.json.decode(msgspec.json.encode(kept)) == kept


def test_the_reason_for_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(Unfit, match=r"^Expected text, got an object\.$"):
        fitted({"main": "ann@mail.example"}, Kind.TEXT)


@pytest.mark.parametrize(
    ("root", "path", "kind"),
    [
        ("profile", ("data", "contact", "email", "main"), Kind.TEXT),
        ("profile", ("interests", "black tea"), Kind.NUMBER),
        ("profile", ("consents", "marketing"), Kind.CONSENT),
        ("profile", ("data", "contact", "app", "other", "irc"), Kind.TEXT),
        ("profile", ("traits", "vip"), Kind.ANY),
        ("profile", ("traits", "a", "b", "c"), Kind.ANY),
        ("event", ("data", "ec", "product", "price"), Kind.NUMBER),
        ("session", ("device", "geo", "country", "code"), Kind.TEXT),
        ("profile", ("data", "contact", "email"), None),
        ("profile", ("traits",), None),
        ("profile", ("interests", "tea", "black"), None),
        ("profile", ("id",), None),
        ("profile", ("segments",), None),
        ("profile", ("data", "ec", "product", "price"), None),
        ("event", ("properties", "price"), None),
        ("session", ("context", "ip"), None),
    ],
)
def test_a_path_is_a_field_or_it_is_none(root: str, path: tuple[str, ...], kind: Kind | None) -> None:
    assert kind_of(root, path) is kind


@pytest.mark.parametrize("root", FIELDS)
def test_every_field_has_its_own_place_and_a_meaning(root: str) -> None:
    fields = FIELDS[root]
    assert len({field.path for field in fields}) == len(fields)
    assert [field.path for field in fields if not field.meaning] == []
    leaves = {field.path for field in fields}
    assert [path for path in leaves if any(path[:depth] in leaves for depth in range(1, len(path)))] == []
