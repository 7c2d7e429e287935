"""What every store must know of the identity graph: links of identifiers, homes, merges, and what was held back."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sojourn.core.facts import Keys
from sojourn.ports.errors import StaleFacts
from sojourn.testing.builders import (
    Record,
    a_key,
    a_merge,
    a_profile,
    a_review,
    a_session,
    a_tally,
    an_edge,
    noon_plus,
    some_changes,
)
from sojourn.testing.pages import read_all
from sojourn.testing.stores import Store, keep, keep_changes

MAIL = an_edge(a_key(), "ann", kind="email-main", rule="type:sign-in", event="sign-in", value="a***@m***.example")
"""The link of an identifier of Ann's."""

ASKED = Keys(identifiers=frozenset({a_key()}))

MEANWHILE: dict[str, tuple[Record, ...]] = {
    "it was taken over": (replace(MAIL, profile="bob"),),
    "it has joined one more": (replace(MAIL, joins=1, joins_since=noon_plus(1)),),
    "it was barred": (replace(MAIL, barred=(("ann", "bob"),)),),
    "it was undone": (replace(MAIL, undone=noon_plus(1)),),
    "its person was changed": (a_profile("ann", version=2),),
    "its person was merged": (an_edge("ann", "bob", kind="merge"),),
}
"""What may come between the look at an identifier and the commit."""


class GraphContract:
    """The contract of both ports on the identity graph. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_an_identifier_brings_its_link_and_its_person(self, store: Store) -> None:
        await keep(store, a_profile("ann"), MAIL)
        facts = await store.load(ASKED)
        assert (facts.links, facts.profiles) == ({a_key(): MAIL}, {"ann": a_profile("ann")})

    async def test_an_identifier_of_a_merged_person_brings_the_survivor_and_the_home(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), a_profile("cid"), replace(MAIL, profile="cid"))
        await keep(store, an_edge("cid", "bob", kind="merge"), an_edge("bob", "ann", kind="merge"))
        facts = await store.load(ASKED)
        assert facts.profiles == {"ann": a_profile("ann")}
        assert (facts.aliases["cid"], facts.homes["cid"]) == ("ann", "cid")

    async def test_the_home_of_an_alias_is_the_first_profile_on_its_way(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), an_edge("crm-1", "bob"))
        await keep(store, an_edge("bob", "ann", kind="merge"))
        facts = await store.load(Keys(profiles=frozenset({"crm-1"})))
        assert (facts.aliases["crm-1"], facts.homes["crm-1"]) == ("ann", "bob")

    async def test_of_a_session_of_a_merged_person_the_home_is_told(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), a_session("visit", profile="bob"))
        await keep(store, an_edge("bob", "ann", kind="merge"))
        facts = await store.load(Keys(sessions=frozenset({"visit"})))
        assert (facts.aliases["bob"], facts.homes["bob"]) == ("ann", "bob")

    async def test_who_was_never_merged_needs_no_home(self, store: Store) -> None:
        await keep(store, a_profile("ann"), an_edge("crm-1", "ann"))
        assert (await store.load(Keys(profiles=frozenset({"ann", "crm-1"})))).homes == {}

    async def test_an_unknown_identifier_is_left_out(self, store: Store) -> None:
        facts = await store.load(ASKED)
        assert (facts.links, facts.profiles) == ({}, {})

    @pytest.mark.parametrize("records", MEANWHILE.values(), ids=MEANWHILE.keys())
    async def test_facts_of_an_identifier_are_stale_when(self, store: Store, records: tuple[Record, ...]) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), MAIL)
        facts = await store.load(ASKED)
        await keep(store, *records)
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_tally()), facts)

    async def test_facts_of_an_unknown_identifier_are_stale_when_it_was_learnt(self, store: Store) -> None:
        await keep(store, a_profile("ann"))
        facts = await store.load(ASKED)
        await keep(store, MAIL)
        with pytest.raises(StaleFacts):
            await store.commit(some_changes(a_tally()), facts)

    async def test_facts_hold_while_another_identifier_changes(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), MAIL)
        facts = await store.load(ASKED)
        await keep(store, an_edge(a_key("2"), "bob", kind="email-main"))
        await store.commit(some_changes(a_profile("ann", version=2)), facts)
        assert await store.profile("ann") == a_profile("ann", version=2)

    async def test_the_links_of_identifiers_are_told_whole(self, store: Store) -> None:
        link = replace(MAIL, joins=2, joins_since=noon_plus(1), barred=(("ann", "bob"),), version=3, actor="desk")
        await keep(store, a_profile("ann"), link)
        assert await store.edges_of("ann") == (link,)

    async def test_merges_come_newest_first_page_by_page(self, store: Store) -> None:
        made = {"b": 0, "a": 0, "c": 1}
        await keep(store, *(a_merge(id, at=noon_plus(second)) for id, second in made.items()))
        found = await read_all(lambda after: store.merges(limit=2, after=after))
        assert [merge.id for merge in found] == ["c", "b", "a"]

    async def test_a_merge_is_found_by_its_id_and_by_either_of_the_two(self, store: Store) -> None:
        await keep(store, a_merge("m"), a_merge("other", one="cid", two="dan"))
        assert await store.merge("m") == a_merge("m")
        assert [await store.merges_of([id]) for id in ("ann", "bob")] == [(a_merge("m"),)] * 2

    async def test_merges_of_several_come_once_and_oldest_first(self, store: Store) -> None:
        later, first = a_merge("later", at=noon_plus(1)), a_merge("first", one="bob", two="cid")
        await keep(store, later, first)
        assert await store.merges_of(["ann", "bob", "cid"]) == (first, later)

    async def test_an_undone_merge_takes_the_place_of_what_it_was(self, store: Store) -> None:
        undone = a_merge("m", undone=noon_plus(1), undone_by="desk")
        await keep(store, a_merge("m"))
        await keep(store, undone)
        assert (await store.merges(limit=2)).items == (undone,)

    async def test_reviews_come_newest_first_and_by_their_state(self, store: Store) -> None:
        answered = a_review("a", state="rejected", decided=noon_plus(2), actor="desk")
        await keep(store, a_review("b"), answered, a_review("c", at=noon_plus(1)))
        found = await read_all(lambda after: store.reviews(limit=1, after=after))
        assert [review.id for review in found] == ["c", "b", "a"]
        assert (await store.reviews(state="rejected", limit=2)).items == (answered,)
        assert [review.id for review in (await store.reviews(state="open", limit=9)).items] == ["c", "b"]

    async def test_a_review_is_found_by_its_id_and_by_whom_it_names(self, store: Store) -> None:
        await keep(store, a_review("r"), a_review("other", one="cid", two=None))
        assert await store.review("r") == a_review("r")
        assert [await store.reviews_of([id]) for id in ("ann", "bob")] == [(a_review("r"),)] * 2
        assert [review.id for review in await store.reviews_of(["cid"])] == ["other"]

    async def test_an_open_review_leaves_alone_what_is_known_of_it(self, store: Store) -> None:
        for known in (a_review("open", at=noon_plus(-1)), a_review("answered", state="accepted")):
            await keep(store, known)
            await keep(store, a_review(known.id, event="again"))
            assert await store.review(known.id) == known

    async def test_an_answer_takes_the_place_of_an_open_review(self, store: Store) -> None:
        answered = a_review("r", state="accepted", decided=noon_plus(1), actor="desk")
        await keep(store, a_review("r"))
        await keep(store, answered)
        assert (await store.review("r"), (await store.reviews(state="open", limit=1)).items) == (answered, ())

    async def test_a_review_that_lapses_is_gone_and_can_come_again(self, store: Store) -> None:
        again = a_review("r", at=noon_plus(5))
        await keep(store, a_review("r"), a_review("other"))
        await keep_changes(store, replace(some_changes(), lapsed=("r", "none")))
        assert [review.id for review in (await store.reviews(limit=9)).items] == ["other"]
        await keep(store, again)
        assert await store.review("r") == again

    async def test_a_review_that_was_answered_does_not_lapse(self, store: Store) -> None:
        answered = a_review("r", state="accepted", decided=noon_plus(1), actor="desk")
        await keep(store, a_review("r"))
        await keep(store, answered)
        await keep_changes(store, replace(some_changes(), lapsed=("r",)))
        assert await store.review("r") == answered

    @pytest.mark.parametrize(("beyond", "limit", "expected"), [(0, 9, "dcb"), (1, 9, "cb"), (1, 1, "c"), (3, 9, "")])
    async def test_the_oldest_reviews_are_those_that_so_many_newer_ones_are_open_beside(
        self, store: Store, beyond: int, limit: int, expected: str
    ) -> None:
        await keep(store, *(a_review(id, at=noon_plus(second)) for id, second in {"b": 0, "c": 0, "d": 1}.items()))
        await keep(store, a_review("a", state="rejected"))
        assert "".join(await store.oldest_open_reviews(beyond=beyond, limit=limit)) == expected

    async def test_an_erasure_names_no_key_and_leaves_nothing_of_the_graph(self, store: Store) -> None:
        await keep(store, a_profile("ann"), a_profile("bob"), MAIL, a_merge("m"), a_review("r"))
        erased = await store.erase("ann")
        assert erased is not None
        assert erased.ids == ("ann",)
        assert (await store.load(ASKED)).links == {}
        assert (await store.merges(limit=1)).items == ()
        assert (await store.reviews(limit=1)).items == ()
        assert [await store.merges_of(["bob"]), await store.reviews_of(["bob"])] == [(), ()]

    async def test_an_erasure_leaves_the_graph_of_others(self, store: Store) -> None:
        theirs = (a_merge("theirs", one="cid", two="dan"), a_review("theirs", one="cid", two=None))
        link = an_edge(a_key("2"), "cid", kind="email-main")
        await keep(store, a_profile("ann"), a_profile("cid"), MAIL, link, *theirs)
        await store.erase("ann")
        assert (await store.merge("theirs"), await store.review("theirs")) == theirs
        assert await store.edges_of("cid") == (link,)
