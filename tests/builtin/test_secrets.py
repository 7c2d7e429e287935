"""No card number and no security code is in anything that is committed, wherever in the event it was put."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.changes import Changes
from sojourn.core.events import BadEvent, SentEvent, SentTime
from sojourn.core.outcomes import DUPLICATE, QUARANTINED_LIMIT
from tests.builtin.sending import TYPES, an_event_of, its_example, kept

NUMBER = "4111222233331111"
HIDDEN = "************1111"
CODE = "security code 737"

CARDS = [(each.id, mask.property) for each in TYPES.values() for mask in each.masks if mask.keep == "last-four"]
EVERY_CARD = pytest.mark.parametrize(("type_id", "place"), CARDS)

NUMBERS = st.sampled_from([NUMBER, "4111-2222-3333-1111", "4111 2222 3333 1111", int(NUMBER)])
LISTED = st.recursive(NUMBERS, lambda inner: st.lists(inner, min_size=1, max_size=2), max_leaves=3)
SHAPES = st.recursive(
    NUMBERS,
    lambda inner: st.lists(inner, min_size=1, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, min_size=1),
    max_leaves=3,
)


def with_card(type_id: str, place: str, card: Any = NUMBER, **fields: Any) -> SentEvent:
    """An event of the type with this as its card number."""
    value = card
    for name in reversed(place.split(".")):
        value = {name: value}
    return SentEvent(type=type_id, properties=value, **fields)


def digits_in(changes: Changes) -> str:
    """All that is committed, as one row of digits."""
    return "".join(char for char in msgspec.json.encode(changes).decode() if char.isdigit())


def test_there_are_these_cards() -> None:
    assert sorted(CARDS) == [
        ("identification", "credit_card"),
        ("payment-info-entered", "credit_card.number"),
        ("profile-update", "identifier.credit_card"),
    ]


@EVERY_CARD
@given(shape=SHAPES)
def test_whatever_shape_a_card_number_has_it_is_not_committed(type_id: str, place: str, shape: Any) -> None:
    assert NUMBER not in digits_in(kept(with_card(type_id, place, shape)).changes)


@EVERY_CARD
@given(shape=LISTED)
def test_a_card_number_is_not_committed_where_it_stands_in_place_of_the_card(
    type_id: str, place: str, shape: Any
) -> None:
    assert NUMBER not in digits_in(kept(with_card(type_id, place.split(".", maxsplit=1)[0], shape)).changes)


def test_nothing_of_a_security_code_is_committed() -> None:
    sent = an_event_of("payment-info-entered", {"credit_card": {"cvv": CODE, "holder": "Ann"}})
    [event] = kept(sent).events
    assert event.properties == {"credit_card": {"holder": "Ann"}}


@EVERY_CARD
def test_the_copies_of_a_card_number_are_hidden_too(type_id: str, place: str) -> None:
    sent = kept(with_card(type_id, place))
    assert HIDDEN in msgspec.json.encode(sent.events[0].data).decode()
    assert NUMBER not in digits_in(sent.changes)


@EVERY_CARD
def test_by_what_an_event_is_recognised_does_not_tell_the_card_number(type_id: str, place: str) -> None:
    first, other = (with_card(type_id, place, card, id="e1") for card in (NUMBER, "4111999999991111"))
    assert [ended.outcome for ended in kept(first, other).decision.outcomes][1] == DUPLICATE


@EVERY_CARD
def test_an_event_that_is_put_aside_for_its_time_keeps_no_card_number(type_id: str, place: str) -> None:
    [aside] = kept(with_card(type_id, place, time=SentTime(insert="soon")), an_event_of("search")).changes.quarantined
    assert msgspec.json.decode(aside.event.raw) == {
        "type": type_id,
        "properties": with_card(type_id, place, HIDDEN).properties,
        "time": {"insert": "soon"},
    }


@EVERY_CARD
def test_an_event_that_is_put_aside_for_its_id_keeps_no_card_number(type_id: str, place: str) -> None:
    conflicting = SentEvent(type="search", id="e1"), with_card(type_id, place, id="e1")
    [aside] = kept(*conflicting).changes.quarantined
    assert NUMBER not in aside.event.raw


@EVERY_CARD
def test_an_event_that_the_door_puts_aside_keeps_no_card_number(type_id: str, place: str) -> None:
    raw = {"type": type_id.upper(), "tags": ["t"] * 200, "properties": with_card(type_id, place).properties}
    bad = BadEvent(index=1, outcome=QUARANTINED_LIMIT, problems=(), raw=msgspec.json.encode(raw).decode())
    [aside] = kept(an_event_of("search"), bad_events=(bad,)).changes.quarantined
    assert HIDDEN in aside.event.raw
    assert NUMBER not in aside.event.raw


def test_an_event_that_hides_nothing_is_put_aside_in_its_exact_text() -> None:
    text = '{ "type": "search", "time": {"insert": "soon"} }'
    body = f'{{"events": [{text}, {{"type": "search"}}]}}'.encode()
    sent = SentEvent(type="search", time=SentTime(insert="soon")), its_example("search")
    [aside] = kept(*sent, body=body).changes.quarantined
    assert aside.event.raw == text
