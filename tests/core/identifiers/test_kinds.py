"""Kinds of id are data; what is wrong with one is found before it is saved."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sojourn.core.identifiers.canonical import VALUE_CHARS_MAX
from sojourn.core.identifiers.in_force import NO_IDENTIFIERS, Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, IdKind, kind_faults
from tests.builders import a_kind

KINDS = {kind.id: kind for kind in BUILT_IN_KINDS}


@pytest.mark.parametrize("kind", BUILT_IN_KINDS, ids=lambda kind: kind.id)
def test_the_kinds_that_come_along_have_no_faults(kind: IdKind) -> None:
    assert list(kind_faults(kind, BUILT_IN_KINDS)) == []


@pytest.mark.parametrize("kind", BUILT_IN_KINDS, ids=lambda kind: kind.id)
def test_a_kind_survives_being_written_and_read(kind: IdKind) -> None:
    assert msgspec.json.decode(msgspec.json.encode(kind), type=IdKind) == kind


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"id": "Member"}, ("id",)),
        ({"id": "a#b"}, ("id",)),
        ({"namespace": "a b"}, ("namespace",)),
        ({"id": "merge"}, ("id",)),
        ({"namespace": "pass"}, ("namespace",)),
        ({"form": "text", "namespace": "email"}, ("form",)),
        ({"fields": ("data.nowhere",)}, ("fields", 0)),
        ({"fields": ("traits.no", "data.contact.email")}, ("fields", 1)),
        ({"fields": ("data.preferences.colors",)}, ("fields", 0)),
        ({"fields": ("data.identifier.pk",)}, ("fields", 0)),
        ({"fields": ("traits.no", "traits.no")}, ("fields", 1)),
        ({"fields": ("",)}, ("fields", 0)),
        ({"blocked": ("fine", "/(/")}, ("blocked", 1)),
        ({"blocked": (" ",)}, ("blocked", 0)),
        ({"blocked": ("x" * 501,)}, ("blocked", 0)),
    ],
)
def test_each_fault_of_a_kind_is_found_at_its_place(fields: dict[str, Any], loc: tuple[str | int, ...]) -> None:
    assert [fault.loc for fault in kind_faults(a_kind(**fields), BUILT_IN_KINDS)] == [loc]


def test_a_kind_may_be_changed_without_being_in_its_own_way() -> None:
    assert list(kind_faults(msgspec.structs.replace(KINDS["email-main"], name="Post"), BUILT_IN_KINDS)) == []


def test_a_kind_is_found_by_the_field_that_tells_it() -> None:
    identifiers = Identifiers(kinds=BUILT_IN_KINDS)
    assert identifiers.kind_at("profile@data.contact.email.main") == KINDS["email-main"]
    assert identifiers.kind_at("event@data.contact.email.main") is None
    assert identifiers.kind_at("profile@data.contact.email") is None


def test_a_field_may_have_a_name_in_quotes() -> None:
    identifiers = Identifiers(kinds=[a_kind(fields=('traits."customer no"',))])
    assert identifiers.kind_at('profile@traits."customer no"') == a_kind(fields=('traits."customer no"',))


def test_a_kind_that_is_not_enabled_tells_nothing() -> None:
    identifiers = Identifiers(kinds=[msgspec.structs.replace(KINDS["login"], enabled=False)])
    assert identifiers.kind_at("profile@data.identifier.token") is None
    assert identifiers.kinds == {}


def test_nothing_is_recognised_without_kinds() -> None:
    assert NO_IDENTIFIERS.kind_at("profile@data.contact.email.main") is None
    assert NO_IDENTIFIERS.points_of("sign-in") == ()


def test_an_id_is_known_again_however_it_is_typed() -> None:
    identifiers = Identifiers(kinds=BUILT_IN_KINDS, secret=b"s", default_region="GB")
    one = identifiers.key(KINDS["phone-main"], "020 7946 0101")
    other = identifiers.key(KINDS["phone-mobile"], "+44 20 7946 0101")
    assert one is not None
    assert other is not None
    assert (one.key, one.masked) == (other.key, "+44*******101")


@pytest.mark.parametrize("value", [None, True, [], {}, ["ann@mail.example"], "", "no address"])
def test_what_is_no_value_of_a_kind_is_no_id(value: object) -> None:
    assert Identifiers(kinds=BUILT_IN_KINDS, secret=b"s").key(KINDS["email-main"], value) is None


def test_a_value_that_is_too_long_to_be_an_id_fills_no_memory() -> None:
    identifiers = Identifiers(kinds=BUILT_IN_KINDS, secret=b"s")
    assert identifiers.key(KINDS["external-id"], "x" * (VALUE_CHARS_MAX + 1)) is None
    assert identifiers.key(KINDS["external-id"], "C-1" + " " * VALUE_CHARS_MAX) is not None
    assert identifiers._identifier.cache_info().currsize == 0


def test_who_shows_identifiers_shows_no_secret() -> None:
    assert "hidden" not in repr(Identifiers(kinds=BUILT_IN_KINDS, secret=b"hidden"))
