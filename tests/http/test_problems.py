"""Problems are a closed list, in which each code stands once and explains itself."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest

from sojourn.http import problems
from sojourn.http.problems import KINDS, Declined, Fault, Kind


def test_every_code_is_given_once() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_every_kind_of_the_module_is_in_the_list() -> None:
    named = [value for value in vars(problems).values() if isinstance(value, Kind)]
    assert list(KINDS) == named


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_code_begins_with_its_status(kind: Kind) -> None:
    assert re.fullmatch(rf"SJ-{kind.status}\d", kind.code)
    assert HTTPStatus(kind.status) >= HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_explains_itself_in_sentences(kind: Kind) -> None:
    assert kind.title
    assert kind.cause.endswith(".")
    assert kind.next_step.endswith(".")


def test_codes_stand_in_order() -> None:
    codes = [kind.code for kind in KINDS]
    assert codes == sorted(codes)


def test_the_page_has_a_line_for_every_code() -> None:
    page = problems.reference_page()
    assert re.findall(r"^\| `(SJ-\d+)` \|", page, re.MULTILINE) == [kind.code for kind in KINDS]


def test_without_a_detail_the_cause_is_told() -> None:
    fault = Fault(("body",), "x", "y")
    body = Declined(problems.NOT_JSON, faults=[fault]).body
    assert (body.code, body.detail, body.errors) == ("SJ-4220", problems.NOT_JSON.cause, (fault,))
