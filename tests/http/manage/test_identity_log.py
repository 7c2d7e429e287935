"""What the API tells of the identity of a person is enough to find out again which ids are theirs."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.events import Submission
from sojourn.stores.memory import MemoryStore
from tests.core.test_joined_people import logs
from tests.http.manage.desk import Api, StillClock, an_api, some_parts


def from_the_merges(id: str, identity: dict[str, Any]) -> set[str]:
    """The ids of a person, by the merges that hold and the aliases."""
    homes = {id}
    holding = [set(merge["between"]) for merge in identity["merges"] if merge["undone"] is None]
    while more := set().union(*(pair for pair in holding if pair & homes)) - homes:
        homes |= more
    aliases = (edge for edge in identity["edges"] if edge["kind"] == "alias" and edge["undone"] is None)
    return homes | {edge["id"] for edge in aliases if edge["profile"] in homes}


def from_the_links(id: str, identity: dict[str, Any]) -> set[str]:
    """The ids of a person, by the links of merged ids and aliases: all that lead where this id leads."""
    leads = {
        edge["id"]: edge["profile"]
        for edge in identity["edges"]
        if edge["kind"] in ("alias", "merge") and edge["undone"] is None
    }

    def root(of: str) -> str:
        return root(leads[of]) if of in leads else of

    return {each for each in (id, *leads, *leads.values()) if root(each) == root(id)}


@settings(max_examples=25)
@given(logs(), st.data())
async def test_the_ids_of_a_person_follow_from_what_is_told_of_their_identity(
    log: tuple[Submission, ...], data: st.DataObject
) -> None:
    store, clock = MemoryStore(), StillClock()
    parts = some_parts(store, clock)
    homes: set[str] = set()
    for submission in log:
        aliases = (f"customer-of-{submission.session_id}",) if submission.source.trust == "server" else ()
        homes.add((await parts.submit(replace(submission, aliases=aliases))).profile_id or "")
    async with an_api(parts) as api:
        await some_words(api, homes, data)
        for home in sorted(homes):
            identity = await api.get(f"/profiles/{home}/identity")
            assert from_the_merges(home, identity) == from_the_links(home, identity) == set(identity["ids"])


async def some_words(api: Api, homes: set[str], data: st.DataObject) -> None:
    """People merge some by hand and undo some merges."""
    for pair in data.draw(st.lists(st.tuples(*[st.sampled_from(sorted(homes))] * 2), max_size=2), label="by hand"):
        await api.ask("POST", "/identity/merges", {"profiles": list(pair), "force": True})
    merges = (await api.get("/identity/merges"))["items"]
    for merge in merges:
        if data.draw(st.booleans(), label="undone"):
            await api.ask("POST", f"/identity/merges/{merge['id']}/undo")
