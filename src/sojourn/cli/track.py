"""`sojourn track`: send one event, as any client would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sojourn.cli.failures import CommandFailed, UsageFailed
from sojourn.cli.next_steps import typed
from sojourn.cli.options import Data, Json, reach
from sojourn.cli.output import hint, write_json, write_record
from sojourn.cli.properties import properties_of

if TYPE_CHECKING:
    import httpx2

    from sojourn.cli.connection import Api, Document


async def track(  # noqa: PLR0913  What can be said of an event, each by its name.
    type: str,
    /,
    *properties: str,
    source: str | None = None,
    session: str | None = None,
    profile: str | None = None,
    id: str | None = None,
    json_properties: str | None = None,
    secret: str | None = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send an event and print the answer.

    A property is written `key=value`. A value that reads as JSON is that, such as 34.43, true or [1, 2]; any other is
    text. Without a session, the event opens a new one.

    Examples:
        sojourn track page-view page=home
        sojourn track purchase price=34.43 currency=EUR --session s-1
        sojourn track sign-in --source shop --profile 5f1c2d4e
        sojourn track purchase --json-properties '{"price": 34.43}'

    Args:
        type: The type of the event.
        properties: What is to be said of it, as `key=value`.
        source: The id of the source; without it, the only one that is enabled and has the type `rest`.
        session: The id of the session.
        profile: The id of the profile, as an earlier answer told it.
        id: The id of the event, by which it is kept once however often it is sent; without it, a new one.
        json_properties: Properties as a JSON object.
        secret: The secret of a source with the trust `server`.
    """
    event = {"id": id or _new_id(), "type": type, "properties": properties_of(properties, json_properties)}
    payload: Document = {"events": [event]}
    payload |= {name: {"id": told} for name, told in (("session", session), ("profile", profile)) if told is not None}
    async with reach(data) as api:
        payload["source"] = {"id": source or await _only_source(api)}
        rights = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        answer = _answer_of(await api.request("POST", "/track", json=payload, headers=rights))
    if as_json:
        write_json(answer)
    else:
        write_record({"event": event["id"], "profile": answer["profile"]["id"], "session": answer["session"]["id"]})
    for warning in answer["warnings"]:
        hint(f"{warning['code']}: {warning['msg']}")
    if answer["errors"]:
        raise CommandFailed("The event was not kept: " + "; ".join(_said(problem) for problem in answer["errors"]))
    following = typed(f"trace {event['id']}", data)
    hint(f"`{following}` shows what each step did to it.")


def _new_id() -> str:
    from sojourn.core.ids import ordered_id
    from sojourn.system import SystemChance, SystemClock

    return ordered_id(SystemChance().bits(), SystemClock().now(), 0)


async def _only_source(api: Api) -> str:
    found = [source for source in await api.items("sources") if source["enabled"] and "rest" in source["type"]]
    if not found:
        raise CommandFailed("There is no enabled source of type `rest`.", f"`{typed('sources add NAME')}` makes one.")
    if len(found) > 1:
        ids = ", ".join([source["id"] for source in found[:_IDS_SHOWN]] + ["…"] * (len(found) > _IDS_SHOWN))
        seen = f"`{typed('sources list')}` shows them."
        raise UsageFailed("There are several sources that it could come from.", f"Name one with --source: {ids} {seen}")
    return str(found[0]["id"])


_IDS_SHOWN = 3


def _answer_of(response: httpx2.Response) -> Document:
    """What the tracker answered. Raises CommandFailed when it refused the request."""
    answer: Document = response.json()
    if response.is_success:
        return answer
    detail = answer["detail"]
    told = detail if isinstance(detail, str) else "; ".join(_said(problem) for problem in detail)
    raise CommandFailed(f"The event was refused ({response.status_code}): {told}")


def _said(problem: Document) -> str:
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
