"""Anonymous people become known, devices come together, and what must not be joined is held back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from msgspec.structs import replace

from sojourn.builtin import built_in_types
from sojourn.core.asserted import identifiers_told
from sojourn.core.changes import TraceNote
from sojourn.core.draft import Status
from sojourn.core.events import SentEvent, Submission
from sojourn.core.facts import keys_of
from sojourn.core.graph import ANYBODY, Merge, Review
from sojourn.core.identifiers.in_force import Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS
from sojourn.core.identifiers.points import IdentificationPoint, PointIdentifier
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.pipeline import Decision, decide_all
from sojourn.core.profiles import Profile
from sojourn.core.refold import Refold
from sojourn.core.rule_conditions import compile_condition
from sojourn.core.sources import Source
from sojourn.stores.memory import MemoryStore
from tests.builders import NOON, a_source, a_submission

POINT = IdentificationPoint(
    id="till",
    name="Till",
    event_type="receipt",
    condition="event@properties.total > 10",
    identifiers=(PointIdentifier(property="card", kind="external-id"),),
)
RULES = Ruleset(
    event_types=built_in_types(),
    identifiers=Identifiers(
        kinds=BUILT_IN_KINDS, points=(POINT,), secret=b"secret", compile_condition=compile_condition
    ),
)


class World:
    """A store, and people who send it events one after the other."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self._numbers: Iterator[int] = count(1)

    def send(
        self,
        type: str = "page-view",
        properties: dict[str, object] | None = None,
        *,
        session: str | None = None,
        profile: str | None = None,
        source: Source | None = None,
    ) -> Decision:
        """Have one event decided and kept; the answer to it."""
        number = next(self._numbers)
        submission = a_submission(
            SentEvent(type=type, properties=properties or {}),
            id=f"request-{number}",
            entropy=number,
            received_at=NOON + timedelta(seconds=number),
            session_id=session,
            profile_id=profile,
            source=source or a_source(),
        )
        return asyncio.run(self._decide(submission))

    async def _decide(self, submission: Submission) -> Decision:
        batch = [submission]
        told = identifiers_told(batch, RULES)
        facts = await self.store.load(replace(keys_of(batch), identifiers=told))
        decided = decide_all(batch, facts, RULES)
        assert decided.unasked == frozenset()
        await self.store.commit(decided.changes, facts)
        return decided.decisions[0]

    def person(self, any_id: str) -> Profile:
        person = asyncio.run(self.store.profile(any_id))
        assert person is not None
        return person

    def folded(self, *parted: str) -> Refold:
        """The people of the whole history, without these merges."""
        fold = Refold(RULES, parted)
        for request in asyncio.run(self.store.requests(limit=100)):
            fold.add(request)
        return fold

    @property
    def merges(self) -> list[Merge]:
        return list(self.store._merges.values())

    @property
    def reviews(self) -> list[Review]:
        return list(self.store._reviews.values())


@pytest.fixture
def world() -> World:
    return World()


def sign_in(**identifiers: str) -> dict[str, object]:
    """The properties of a sign-in: `email` and `mobile` stand where they belong."""
    properties: dict[str, object] = {key: value for key, value in identifiers.items() if key in ("pk", "login")}
    if "email" in identifiers:
        properties["email"] = {"main": identifiers["email"]}
    if "mobile" in identifiers:
        properties["phone"] = {"mobile": identifiers["mobile"]}
    return properties


def test_two_devices_that_tell_the_same_e_mail_are_one_person(world: World) -> None:
    phone = world.send(session="s-phone").profile_id
    laptop = world.send(session="s-laptop").profile_id
    world.send("sign-in", sign_in(email="Ann@Example.org"), session="s-phone")
    answer = world.send("sign-in", sign_in(email="ann@example.ORG "), session="s-laptop")
    assert answer.profile_id == phone != laptop
    assert set(world.person(laptop or "").ids) == {phone, laptop}


def test_the_answer_carries_the_person_who_was_there_first(world: World) -> None:
    first = world.send(session="s1").profile_id
    world.send(session="s2")
    world.send("sign-in", sign_in(pk="1"), session="s2")
    assert world.send("sign-in", sign_in(pk="1"), session="s1").profile_id == first


def test_visits_of_both_add_up_without_one_more(world: World) -> None:
    world.send(session="s1")
    world.send(session="s2")
    world.send("sign-in", sign_in(pk="1"), session="s1")
    merged = world.send("sign-in", sign_in(pk="1"), session="s2").profile_id
    world.send(session="s2")
    assert world.person(merged or "").metadata.time.visit.count == 2


def test_events_and_sessions_keep_the_id_that_they_were_recorded_under(world: World) -> None:
    first = world.send(session="s1").profile_id
    second = world.send(session="s2").profile_id
    world.send("sign-in", sign_in(pk="1"), session="s1")
    world.send("sign-in", sign_in(pk="1"), session="s2")
    world.send(session="s2", profile=first)
    owners = [recorded.event.profile.id for recorded in world.store._events.values() if recorded.event.profile]
    assert owners[-1] == second
    assert world.store._sessions["s2"].profile.id == second  # type: ignore[union-attr]


def test_a_customer_of_whom_a_server_tells_is_whom_the_identifiers_name(world: World) -> None:
    known = world.send("sign-in", sign_in(email="ann@example.org"), session="s1").profile_id
    answer = world.send("sign-in", sign_in(email="ann@example.org"), session="s2", source=a_source(trust="server"))
    assert (answer.profile_id, world.merges) == (known, [])
    assert world.person(known or "").ids == (known,)


def test_whoever_claims_at_once_to_be_somebody_can_be_parted_from_them_again(world: World) -> None:
    ann = world.send("sign-in", sign_in(email="ann@example.org", pk="1"), session="s1").profile_id or ""
    before = world.person(ann)
    answer = world.send("sign-in", sign_in(email="ann@example.org", mobile="+447700900102"), session="s2")
    assert answer.profile_id == ann
    [merge] = world.merges
    parted = world.folded(merge.id)
    assert parted.person(ann) == replace(before, version=0)
    assert parted.person(merge.one) not in (None, parted.person(ann))


def test_a_merge_is_kept_with_its_reason(world: World) -> None:
    one = world.send(session="s1").profile_id
    two = world.send(session="s2").profile_id
    world.send("sign-in", sign_in(email="ann@example.org"), session="s1")
    world.send("sign-in", sign_in(email="ann@example.org"), session="s2")
    [merge] = world.merges
    assert (merge.survivor, merge.merged, merge.one, merge.two) == (one, (two,), two, one)
    assert (merge.reason.kind, merge.reason.rule) == ("email-main", "type:sign-in")
    assert merge.reason.value == "a***@e***.org"


def test_two_values_of_a_unique_kind_never_merge(world: World) -> None:
    world.send("sign-in", sign_in(pk="1", mobile="+447700900102"), session="s1")
    two = world.send("sign-in", sign_in(pk="2"), session="s2").profile_id
    answer = world.send("sign-in", sign_in(mobile="+447700900102"), session="s2")
    assert answer.profile_id == two
    assert [warning.code for warning in answer.warnings] == ["identity-held"]
    assert [(review.why, review.state) for review in world.reviews] == [("unique-conflict", "open")]


@pytest.mark.parametrize("pages_before", [0, 1])
def test_who_tells_an_own_unique_id_is_not_joined_by_what_they_share(world: World, pages_before: int) -> None:
    ann = world.send("sign-in", sign_in(pk="1", mobile="+447700900102"), session="s1").profile_id
    for _ in range(pages_before):
        world.send(session="s2")
    answer = world.send("sign-in", sign_in(pk="2", mobile="+447700900102"), session="s2")
    assert (answer.profile_id != ann, world.merges) == (True, [])
    assert [warning.code for warning in answer.warnings] == ["identity-held"]
    assert world.send("sign-in", sign_in(pk="2"), session="s3").profile_id == answer.profile_id


def test_an_identifier_that_was_held_back_is_not_written_either(world: World) -> None:
    one = world.send("sign-in", sign_in(pk="1"), session="s1").profile_id
    world.send("sign-in", {**sign_in(pk="2"), "email": {"main": "new@example.org"}}, session="s1")
    data = world.person(one or "").data
    assert data["identifier"]["pk"] == "1"  # type: ignore[index]
    assert data["contact"]["email"]["main"] == "new@example.org"  # type: ignore[index]


def test_what_somebody_has_rejected_is_not_written_and_the_client_is_told_so(world: World) -> None:
    world.send("sign-in", sign_in(email="ann@example.org"), session="s1")
    [edge] = world.store._edges.values()
    world.store._edges[edge.id] = replace(edge, barred=(ANYBODY,))
    answer = world.send("sign-in", sign_in(email="ann@example.org", mobile="+447700900102"), session="s2")
    assert [(warning.event, warning.code) for warning in answer.warnings] == [(0, "identity-barred")]
    assert world.person(answer.profile_id or "").data["contact"] == {"phone": {"mobile": "+447700900102"}}
    assert (world.merges, world.reviews) == ([], [])


def test_a_public_source_does_not_join_two_who_are_known(world: World) -> None:
    one = world.send("sign-in", sign_in(email="ann@example.org"), session="s1").profile_id
    two = world.send("sign-in", sign_in(email="bob@example.org"), session="s2").profile_id
    assert world.send("sign-in", sign_in(email="ann@example.org"), session="s2").profile_id == two != one
    assert [review.why for review in world.reviews] == ["two-known"]


@pytest.mark.parametrize("source", [a_source(identity="open"), a_source(trust="server")])
def test_who_is_trusted_joins_two_who_are_known(world: World, source: Source) -> None:
    one = world.send("sign-in", sign_in(email="ann@example.org"), session="s1").profile_id
    world.send("sign-in", sign_in(email="bob@example.org"), session="s2")
    answer = world.send("sign-in", sign_in(email="ann@example.org"), session="s2", source=source)
    assert answer.profile_id == one


def test_the_word_of_a_public_source_counts_nothing_where_only_servers_are_believed(world: World) -> None:
    source = a_source(identity="server-only")
    one = world.send("sign-in", sign_in(pk="1"), session="s1", source=source).profile_id
    two = world.send("sign-in", sign_in(pk="1"), session="s2", source=source).profile_id
    assert (one == two, world.reviews) == (False, [])


def test_another_login_on_a_device_is_another_person(world: World) -> None:
    ann = world.send("sign-in", sign_in(login="ann"), session="tablet").profile_id
    bob = world.send("sign-in", sign_in(login="bob"), session="tablet", profile=ann).profile_id
    assert ann != bob
    assert world.send(session="tablet", profile=ann).profile_id == bob
    assert world.person(ann or "").data["identifier"] == {"token": "ann"}


def test_a_shared_device_goes_to_the_last_login_and_the_past_stays_where_it_was(world: World) -> None:
    ann = world.send("sign-in", sign_in(login="ann"), session="tablet").profile_id
    bob = world.send("sign-in", sign_in(login="bob"), session="laptop").profile_id
    assert world.send("sign-in", sign_in(login="bob"), session="tablet").profile_id == bob
    owners = [recorded.event.profile.id for recorded in world.store._events.values() if recorded.event.profile]
    assert owners.count(ann or "") == 4


def test_whoever_takes_over_a_device_is_joined_with_the_owner_of_the_login_and_can_be_parted_again(
    world: World,
) -> None:
    ann = world.send("sign-in", sign_in(login="ann"), session="tablet").profile_id or ""
    bob = world.send("sign-in", sign_in(login="bob", email="bob@example.org"), session="laptop").profile_id or ""
    before = {id: world.person(id) for id in (ann, bob)}
    world.send("sign-in", sign_in(login="bob", email="guessed@example.org"), session="tablet", profile=ann)
    world.send(session="tablet", profile=bob)
    [merge] = world.merges
    assert (merge.survivor, merge.two, merge.reason.kind) == (bob, bob, "login")
    parted = world.folded(merge.id)
    assert {id: parted.person(id) for id in (ann, bob)} == {id: replace(before[id], version=0) for id in (ann, bob)}
    newcomer = parted.person(merge.one)
    assert newcomer is not None
    assert newcomer.data["contact"]["email"]["main"] == "guessed@example.org"  # type: ignore[index]


def test_whoever_takes_over_a_device_and_says_who_they_are_besides_is_not_joined_on_a_public_word(
    world: World,
) -> None:
    world.send("sign-in", sign_in(login="ann"), session="tablet")
    bob = world.send("sign-in", sign_in(login="bob"), session="laptop").profile_id
    answer = world.send("sign-in", sign_in(login="bob", pk="9"), session="tablet")
    assert (answer.profile_id != bob, world.merges) == (True, [])
    assert [(review.why, review.one, review.two) for review in world.reviews] == [("two-known", answer.profile_id, bob)]


def test_a_guessed_login_takes_over_no_more_devices_than_it_may_join_people(world: World) -> None:
    world.send("sign-in", sign_in(login="bob"), session="first")
    for number in range(25):
        world.send("sign-in", sign_in(login=f"guest-{number}"), session=f"s{number}")
        world.send("sign-in", sign_in(login="bob"), session=f"s{number}")
    assert len(world.merges) == 20
    assert [review.why for review in world.reviews] == ["fan-in"]


def test_a_server_that_tells_of_another_login_means_whose_it_is(world: World) -> None:
    server = a_source(id="crm", trust="server")
    world.send("sign-in", sign_in(login="ann"), session="desk", source=server)
    bob = world.send("sign-in", sign_in(login="bob"), session="laptop").profile_id or ""
    assert world.send("sign-in", sign_in(login="bob"), session="desk", source=server).profile_id == bob
    assert (world.person(bob).ids, world.merges) == ((bob,), [])


@pytest.mark.parametrize("junk", ["test@test.com", "null", "noreply@shop.example", "not an address"])
def test_junk_never_links(world: World, junk: str) -> None:
    world.send("sign-in", sign_in(email=junk), session="s1")
    world.send("sign-in", sign_in(email=junk), session="s2")
    assert (world.merges, len(world.store._profiles)) == ([], 2)


def test_an_identification_point_tells_who_it_is(world: World) -> None:
    known = world.send("receipt", {"card": "C-1", "total": 20}, session="s1").profile_id
    world.send(session="s2")
    assert world.send("receipt", {"card": "C-1", "total": 5}, session="s2").profile_id != known
    assert world.send("receipt", {"card": "C-1", "total": 11}, session="s2").profile_id == known


def test_a_poisoned_value_stops_to_join_people(world: World) -> None:
    world.send("sign-in", sign_in(email="office@example.org"), session="first")
    for number in range(60):
        world.send(session=f"s{number}")
        world.send("sign-in", sign_in(email="office@example.org"), session=f"s{number}")
    assert len(world.merges) == 20
    assert [review.why for review in world.reviews] == ["fan-in"]


def test_nobody_names_a_person_by_the_key_of_an_identifier(world: World) -> None:
    known = world.send("sign-in", sign_in(pk="1"), session="s1").profile_id
    [key] = [edge.id for edge in world.store._edges.values()]
    assert world.send(session="s2", profile=key).profile_id != known


def test_a_client_that_chooses_its_ids_is_found_by_them_after_it_was_joined(world: World) -> None:
    static = a_source(id="static", static_profile_id=True)
    known = world.send("sign-in", sign_in(pk="1"), session="s1").profile_id
    assert world.send("sign-in", sign_in(pk="1"), session="s2", profile="cust-1", source=static).profile_id == known
    assert world.send(session="s3", profile="cust-1", source=static).profile_id == known
    assert world.person(known or "").ids == (known, "cust-1")


def test_a_client_that_chooses_its_ids_and_is_joined_at_once_can_be_parted_again(world: World) -> None:
    static = a_source(id="static", static_profile_id=True)
    known = world.send("sign-in", sign_in(pk="1"), session="s1").profile_id or ""
    world.send("sign-in", sign_in(pk="1"), session="s2", profile="0-chosen", source=static)
    world.send(session="s2", profile="0-chosen", source=static)
    [merge] = world.merges
    joined, parted = world.folded(), world.folded(merge.id)
    assert joined.person("0-chosen") == joined.person(known)
    assert [person.id if (person := fold.person(known)) else None for fold in (joined, parted)] == [known, known]
    chosen = parted.person("0-chosen")
    assert chosen is not None
    assert (chosen.ids, chosen.metadata.time.visit.count) == (("0-chosen",), 1)
    events = [recorded.event for recorded in world.store._events.values()]
    assert [event.profile.id for event in events if event.type == "page-view" and event.profile] == ["0-chosen"]


def test_not_even_a_client_that_chooses_its_ids_takes_the_key_of_an_identifier(world: World) -> None:
    static = a_source(id="static", static_profile_id=True)
    world.send("sign-in", sign_in(pk="1"), session="s1")
    [key] = [edge.id for edge in world.store._edges.values()]
    assert world.send(session="s2", profile=key, source=static).status is Status.INVALID


def test_the_trace_tells_what_became_of_each_identifier(world: World) -> None:
    world.send("sign-in", sign_in(pk="1"), session="s1")
    notes = [note for recorded in world.store._events.values() for note in recorded.trace]
    assert TraceNote("link_identifiers", "learnt", "primary-key ***") in notes


REGULARS = IdentificationPoint(
    id="regulars",
    name="Regulars",
    event_type="stamp",
    condition="profile@metadata.time.visit.count > 0 and session@id exists",
    identifiers=(PointIdentifier(property="card", kind="external-id"),),
)


def test_a_point_may_ask_for_the_person_and_the_session_of_an_event_that_no_rule_is_about() -> None:
    rules = Ruleset(
        identifiers=Identifiers(
            kinds=BUILT_IN_KINDS, points=(REGULARS,), secret=b"secret", compile_condition=compile_condition
        )
    )
    batch = [a_submission(SentEvent(type="stamp", properties={"card": "C-1"}), session_id="s1")]
    told = identifiers_told(batch, rules)
    store = MemoryStore()
    facts = asyncio.run(store.load(replace(keys_of(batch), identifiers=told)))
    decided = decide_all(batch, facts, rules)
    assert [edge.kind for edge in decided.changes.edges] == ["external-id"]
