"""What stands for an id tells nobody the id."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sojourn.core.identifiers.canonical import canonical
from sojourn.core.identifiers.keys import is_key, key_of, masked
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, Form
from tests.builders import a_kind

KINDS = {kind.id: kind for kind in BUILT_IN_KINDS}
FORMS = st.sampled_from(["email", "phone", "text", "exact"])
NUMBERS = st.integers(10**6, 10**12).map("+{}".format)


def test_a_key_names_the_namespace_and_not_the_value() -> None:
    namespace, _, rest = key_of(KINDS["email-main"], "ann@mail.example", b"secret").partition("#")
    assert namespace == "email"
    assert len(bytes.fromhex(rest)) == 16


def test_kinds_of_one_namespace_have_the_same_keys() -> None:
    keys = {key_of(KINDS[id], "ann@mail.example", b"s") for id in ("email-main", "email-private", "email-business")}
    assert len(keys) == 1


def test_kinds_of_other_namespaces_have_other_keys() -> None:
    assert key_of(KINDS["primary-key"], "7", b"s")[-32:] != key_of(KINDS["external-id"], "7", b"s")[-32:]


def test_another_secret_makes_other_keys() -> None:
    assert key_of(a_kind(), "7", b"one") != key_of(a_kind(), "7", b"two")


@given(st.text(), st.binary())
def test_every_key_is_known_as_one(text: str, secret: bytes) -> None:
    assert is_key(key_of(a_kind(), text, secret))


@pytest.mark.parametrize(
    "text", ["", "ann", "email#", "email#12", "email#" + "g" * 32, "#" + "0" * 32, "Email#" + "0" * 32, "0123#"]
)
def test_other_ids_are_no_keys(text: str) -> None:
    assert not is_key(text)


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("email", "ann@mail.example", "a***@m***.example"),
        ("email", "a@b.co.uk", "a***@b***.uk"),
        ("phone", "+442079460101", "+44*******101"),
        ("phone", "+12025550101;ext=5", "+1*******101;ext=***"),
        ("text", "ann.smith", "a***"),
        ("exact", "471", "***"),
    ],
)
def test_a_masked_value_shows_a_little(form: Form, value: str, shown: str) -> None:
    assert masked(a_kind(form=form), value) == shown


@given(form=FORMS, value=st.text(min_size=2) | st.emails() | NUMBERS)
def test_a_masked_value_never_shows_the_value(form: Form, value: str) -> None:
    kind = a_kind(form=form)
    found = canonical(kind, value)
    assume(found is not None)
    assert found is not None
    shown = masked(kind, found)
    assert "***" in shown
    assert found not in shown


@given(number=NUMBERS)
def test_of_a_number_at_least_four_digits_are_hidden(number: str) -> None:
    kind = a_kind(form="phone")
    found = canonical(kind, number)
    assume(found is not None)
    assert found is not None
    assert len(found) - sum(char.isdigit() for char in masked(kind, found)) - 1 >= 4
