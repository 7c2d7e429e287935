"""Card numbers, and the secrets beside them, are hidden wherever they were put."""

from __future__ import annotations

from typing import Any

import pytest

from sojourn.core.mapping.event_type import EventType, Mask
from sojourn.core.mapping.masks import masked, masked_raw
from sojourn.core.mapping.ruleset import Ruleset

NUMBER = "4111 1111 1111 1111"
CARD = (Mask(property="card.number", keep="last-four"), Mask(property="card.cvv", keep="nothing"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"number": NUMBER, "cvv": "123", "holder": "Ann"}, {"number": "************1111", "holder": "Ann"}),
        ({"number": 4111111111111111, "cvv": 123}, {"number": "************1111"}),
        ({"number": "none"}, {}),
        ({"number": [NUMBER], "cvv": {"code": "123"}}, {"number": "************1111"}),
        ({"holder": "Ann"}, {"holder": "Ann"}),
        ([{"number": NUMBER}], [{"number": "************1111"}]),
        (None, None),
    ],
)
def test_of_a_card_number_the_last_four_digits_are_kept_and_of_a_secret_nothing(sent: Any, kept: Any) -> None:
    assert masked({"card": sent}, CARD).get("card") == kept


def test_what_stands_in_the_place_of_the_card_is_hidden_itself() -> None:
    assert masked({"card": NUMBER}, CARD[:1]) == {"card": "************1111"}
    assert masked({"card": NUMBER}, CARD) == {}


def test_to_hide_changes_nothing_of_what_was_given() -> None:
    sent: dict[str, object] = {"card": {"number": NUMBER}}
    masked(sent, CARD)
    assert sent == {"card": {"number": NUMBER}}


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ('{"type": "Paid ", "properties": {"card": {"number": "4111"}}, "id": 5}', '{"number":"4111"}'),
        ('{"type": "paid", "properties": {"card": {"number": "54111"}}}', '"*4111"'),
        ('{"type": "paid", "properties": "54111"}', '"*4111"'),
        ('{"type": "paid", "properties": [{"card": "54111"}]}', '"*4111"'),
    ],
)
def test_an_event_that_is_put_aside_keeps_no_card_number_either(raw: str, kept: str) -> None:
    ruleset = Ruleset(event_types=[EventType(id="paid", title="Paid", masks=CARD[:1])])
    assert kept in masked_raw(raw, ruleset)
    assert "54111" not in masked_raw(raw, ruleset)


@pytest.mark.parametrize(
    "raw", ['{"type": "seen", "properties": {"n": 54111}}', '{"type": 5}', '{"type": " "}', "[54111]", "n=54111"]
)
def test_what_is_no_event_of_such_a_type_is_put_aside_as_it_is(raw: str) -> None:
    ruleset = Ruleset(event_types=[EventType(id="paid", title="Paid", masks=CARD[:1])])
    assert masked_raw(raw, ruleset) == raw
