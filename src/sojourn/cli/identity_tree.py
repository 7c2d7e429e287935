"""What makes a person one, as a tree in plain words: which id leads to which, why, and what was undone or held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sojourn.cli.connection import Document


def identity_tree(id: str, identity: Document) -> Iterator[str]:
    """The lines of the tree of the person of this current id; `identity` is what the API says of them."""
    yield id
    branches = [
        *_links(id, identity),
        *((_parted(merge), []) for merge in identity["merges"] if merge["undone"]),
        *((_held(review), []) for review in identity["reviews"]),
    ]
    yield from _drawn(branches)


Branch = tuple[str, list["Branch"]]


def _drawn(branches: list[Branch]) -> Iterator[str]:
    for index, (line, under) in enumerate(branches):
        is_last = index == len(branches) - 1
        yield f"{'└' if is_last else '├'}─ {line}"
        yield from (f"{' ' if is_last else '│'}  {each}" for each in _drawn(under))


def _links(id: str, identity: Document) -> list[Branch]:
    links = [edge for edge in identity["edges"] if edge["profile"] == id and edge["undone"] is None]
    return [
        (_joined(edge, identity), _links(edge["id"], identity)) if edge["kind"] == "merge" else (_known(edge), [])
        for edge in links
    ]


def _known(edge: Document) -> str:
    if edge["kind"] == "alias":
        return f"known as {edge['id']}, which a server told{_event(edge['event'])}, {edge['at']}"
    return f"known by {_of_kind(edge)}{_event(edge['event'])} under {_rule(edge)}, {edge['at']}"


def _joined(edge: Document, identity: Document) -> str:
    by = (merge for merge in identity["merges"] if edge["id"] in merge["merged"] and merge["undone"] is None)
    merge = next(by, None)
    why = _why(edge, edge["event"], edge["actor"]) if merge is None else _reason(merge)
    return f"{edge['id']} joined because {why}, {edge['at']}"


def _parted(merge: Document) -> str:
    between = " and ".join(merge["between"])
    return f"{between} parted by {merge['undone_by']}, {merge['undone']}; joined before because {_reason(merge)}"


def _held(review: Document) -> str:
    other = f" of {review['other']}" if review["other"] else ""
    what = f"held back ({review['why']}): {_why(review['reason'], review['event'], '')}{other}"
    return f"{what}, {review['at']}; {review['state']}" + (f" by {review['actor']}" if review["actor"] else "")


def _reason(merge: Document) -> str:
    return _why(merge["reason"], merge["event"], merge["actor"])


def _why(reason: Document, event: str | None, actor: str) -> str:
    if reason["rule"] == "manual":
        note = f" ({reason['note']})" if reason.get("note") else ""
        return f"{actor} said so{note}"
    return f"{_of_kind(reason)}{_event(event)} under {_rule(reason)}"


def _of_kind(told: Document) -> str:
    if told["kind"] == "pass":
        return "a pass from another site"
    what = next((words for start, words in _WORDS.items() if told["kind"].startswith(start)), f"a {told['kind']}")
    return f"{what} {told['value']}".rstrip()


def _event(event: str | None) -> str:
    return f" in event {event}" if event else ""


def _rule(told: Document) -> str:
    return f"rule {told['rule']} v{told['version']}"


_WORDS = {"email-": "an e-mail", "phone-": "a phone number"}
"""What kinds of id that begin so are called."""
