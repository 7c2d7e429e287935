"""What was faulty in the original types, and works here (tracker.md R-38), beyond what the table of examples shows."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from sojourn.core.events import ProfileMode, SentEvent
from sojourn.core.profiles import Profile
from tests.builtin.sending import TYPES, an_event_of, its_example, kept, written

GRANTED = {"revoke": None}
CARD = {"id": "LC-1", "name": "Gold leaf"}


def data_after(*sent: SentEvent) -> dict[str, Any]:
    """What stands in the data of somebody after these events, but for whether they are anonymous."""
    profile = kept(*sent).profile
    return {part: content for part, content in profile.data.items() if part != "anonymous"}


def consents_after(*sent: SentEvent) -> dict[str, object]:
    return kept(*sent).profile.consents


def interests_after(*sent: SentEvent) -> dict[str, object]:
    return kept(*sent).profile.interests


def a_consent_update(consents: dict[str, Any], day: int | None = None) -> SentEvent:
    return an_event_of("consent-update", {"consents": consents}, day=day)


def test_78_a_consent_leaves_the_others_as_they_are() -> None:
    marketing, cookies = a_consent_update({"marketing": {}}), a_consent_update({"cookies": {}})
    assert consents_after(marketing, cookies) == {"marketing": GRANTED, "cookies": GRANTED}


def test_a_consent_that_is_null_is_withdrawn_alone() -> None:
    given, withdrawn = a_consent_update({"marketing": {}, "cookies": {}}), a_consent_update({"marketing": None})
    assert consents_after(given, withdrawn) == {"cookies": GRANTED}


def test_a_consent_that_was_withdrawn_is_not_given_again_by_an_older_event() -> None:
    withdrawn, given = a_consent_update({"marketing": None}, day=9), a_consent_update({"marketing": {}}, day=8)
    assert consents_after(withdrawn, given) == {}


def test_of_two_decisions_the_later_one_counts_whichever_arrives_first() -> None:
    early = a_consent_update({"marketing": {"revoke": "2027-01-01"}}, day=1)
    late = a_consent_update({"marketing": {}}, day=2)
    assert consents_after(early, late) == consents_after(late, early) == {"marketing": GRANTED}


def test_the_share_of_completed_checkouts_is_completed_of_started() -> None:
    started, completed = its_example("checkout-started"), its_example("checkout-completed")
    metrics = data_after(started, started, completed, started, started)["metrics"]
    assert metrics == {"ltcosc": 4, "ltcosv": 154.8, "ltcocc": 1, "ltcocv": 38.7, "ltcop": 25}


def test_a_checkout_without_a_value_still_counts() -> None:
    assert data_after(an_event_of("checkout-started"))["metrics"] == {"ltcosc": 1, "ltcop": 0}


@pytest.mark.parametrize(
    ("type_id", "weight"), [("increase-interest", 1), ("decrease-interest", -1), ("reset-interest", 0)]
)
def test_an_interest_without_a_value_has_its_default(type_id: str, weight: int) -> None:
    assert interests_after(an_event_of(type_id, {"interest": "green tea v1.5"})) == {"green tea v1.5": weight}


def test_increases_and_decreases_add_up_in_any_order_of_arrival() -> None:
    changes = [
        an_event_of("decrease-interest", {"interest": "tea", "value": 3}, day=1),
        an_event_of("increase-interest", {"interest": "tea", "value": 5}, day=2),
        an_event_of("increase-interest", {"interest": "tea"}, day=3),
    ]
    assert [interests_after(*order) for order in permutations(changes)] == [{"tea": 3}] * 6


def test_an_interest_that_was_reset_goes_on_from_there() -> None:
    changes = [
        an_event_of("increase-interest", {"interest": "tea", "value": 5}),
        an_event_of("reset-interest", {"interest": "tea"}),
        an_event_of("increase-interest", {"interest": "tea"}),
    ]
    assert interests_after(*changes) == {"tea": 1}


@pytest.mark.parametrize("type_id", ["increase-interest", "decrease-interest", "reset-interest"])
def test_a_value_that_is_no_number_changes_no_interest_and_is_told(type_id: str) -> None:
    sent = kept(an_event_of(type_id, {"interest": "tea", "value": "much"}))
    assert sent.profile.interests == {}
    assert [warning.loc[2:] for warning in sent.skipped] == [(0, "properties", "value")]


def test_a_loyalty_card_is_removed_with_all_that_is_known_of_it() -> None:
    points = an_event_of("profile-update", {"loyalty": {"card": {"points": 7}, "codes": ["FRIEND"]}})
    added, removed = an_event_of("loyalty-card-added", CARD), an_event_of("loyalty-card-removed", {"id": "LC-1"})
    assert data_after(points, added, removed)["loyalty"] == {"codes": ["FRIEND"]}


@pytest.mark.parametrize("properties", [{"id": "LC-2"}, {}, {"id": None}, {"id": {}}])
def test_another_loyalty_card_stays(properties: dict[str, Any]) -> None:
    added, removed = an_event_of("loyalty-card-added", CARD), an_event_of("loyalty-card-removed", properties)
    assert data_after(added, removed)["loyalty"] == {"card": CARD}


def test_a_loyalty_card_that_was_removed_does_not_come_back_when_its_addition_arrives_late() -> None:
    removed = an_event_of("loyalty-card-removed", {"id": "LC-1"}, day=9)
    added = an_event_of("loyalty-card-added", CARD, day=8)
    assert "loyalty" not in data_after(removed, added)


def test_a_loyalty_card_can_be_given_again() -> None:
    removed, added = an_event_of("loyalty-card-removed", {"id": "LC-1"}), an_event_of("loyalty-card-added", CARD)
    assert data_after(added, removed, added)["loyalty"] == {"card": CARD}


@pytest.mark.parametrize(
    "type_id", [each.id for each in TYPES.values() if "set-if-empty" in each.profile_takes.values()]
)
def test_a_message_fills_contacts_only_where_there_are_none(type_id: str) -> None:
    known = an_event_of("sign-in", {"email": {"main": "ann@mail.example"}})
    told = {"email": {"main": "bot@relay.example", "private": "ann@home.example"}}
    message = an_event_of(type_id, {"identity": told})
    expected = {"email": {"main": "ann@mail.example", "private": "ann@home.example"}}
    assert data_after(known, message)["contact"] == data_after(message, known)["contact"] == expected


@pytest.mark.parametrize(
    ("word", "list_of"),
    [
        ("color", "colors"),
        ("size", "sizes"),
        ("brand", "brands"),
        ("channel", "channels"),
        ("payment", "payments"),
    ],
)
def test_a_preference_is_added_to_those_that_are_known(word: str, list_of: str) -> None:
    preferred = [an_event_of(f"add-{word}-preference", {word: value}) for value in ("a", "b", "a")]
    assert data_after(*preferred)["preferences"] == {list_of: ["a", "b"]}


def test_coupons_are_added_to_those_that_are_known() -> None:
    used = [an_event_of("identification", {"coupon": coupon}) for coupon in ("SPRING-10", "WELCOME")]
    assert data_after(*used)["identifier"] == {"coupons": ["SPRING-10", "WELCOME"]}


@pytest.mark.parametrize(
    ("properties", "token"),
    [({"token": "ann", "login": "old"}, "ann"), ({"login": "old"}, "old"), ({"token": [], "login": "old"}, "old")],
)
def test_a_login_is_known_by_either_of_its_names(properties: dict[str, Any], token: str) -> None:
    assert data_after(an_event_of("identification", properties))["identifier"] == {"token": token}


DEFAULTS = [(each.id, field, value) for each in TYPES.values() for field, value in each.defaults.items()]


@pytest.mark.parametrize(("type_id", "field", "value"), DEFAULTS)
def test_a_default_stands_where_nothing_is_sent(type_id: str, field: str, value: object) -> None:
    found: Any = kept(an_event_of(type_id)).events[0]
    for name in field.split("."):
        found = found[name] if isinstance(found, dict) else getattr(found, name)
    assert found == value


def test_an_account_that_is_deleted_leaves_the_profile_as_it_is() -> None:
    known = kept(its_example("profile-update")).profile
    after = kept(its_example("account-deleted"), known=known).profile
    assert written(after) == written(known)


def test_a_profile_update_leaves_what_it_does_not_name() -> None:
    first = an_event_of("profile-update", {"pii": {"firstname": "Ann", "gender": "female"}, "traits": {"a": 1, "b": 2}})
    second = an_event_of("profile-update", {"pii": {"firstname": "Anne", "gender": None}, "traits": {"a": None}})
    profile = kept(first, second).profile
    assert profile.data["pii"] == {"firstname": "Anne", "gender": "female"}
    assert profile.traits == {"b": 2}


def test_an_update_that_arrives_late_does_not_undo_a_later_one() -> None:
    late = an_event_of("profile-update", {"pii": {"firstname": "Ann", "lastname": "Smith"}}, day=1)
    early = an_event_of("profile-update", {"pii": {"firstname": "Anne"}}, day=2)
    assert data_after(early, late)["pii"] == {"firstname": "Anne", "lastname": "Smith"}


@pytest.mark.parametrize("type_id", TYPES)
def test_an_event_of_nobody_fills_itself_and_no_profile(type_id: str) -> None:
    of_nobody = kept(its_example(type_id), profile_mode=ProfileMode.NONE)
    of_somebody = kept(its_example(type_id))
    assert of_nobody.changes.profiles == ()
    assert of_nobody.events[0].data == of_somebody.events[0].data


def test_what_is_known_of_somebody_is_the_same_when_events_come_one_by_one() -> None:
    sent = [its_example(type_id) for type_id in TYPES]
    known: Profile | None = None
    for each in sent:
        known = kept(each, known=known).profile
    assert known is not None
    assert written(known) == written(kept(*sent).profile)
