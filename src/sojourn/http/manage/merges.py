"""Merges of profiles: which ids became one person's and why. People undo them, or make some by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec.structs import replace

from sojourn.core.graph import Merge, Reason
from sojourn.core.linking import Hold
from sojourn.engine.joining import BY_HAND, Word
from sojourn.engine.parting import Parted, Parting
from sojourn.engine.people import AlreadyDecided, Merged, Refused
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, object_of, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, listing, place_of
from sojourn.http.manage.names import text_faults, unknown
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.manage.profile_answers import ProfileAnswer, shown_profile
from sojourn.http.manage.rights import name_of_caller
from sojourn.http.problems import INVALID_BODY, UNKNOWN_ID, WRONG_STATE, Declined, Fault
from sojourn.ports.errors import UnknownId


class MergeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Two people became one."""

    id: str
    at: datetime
    survivor: str
    merged: tuple[str, ...]
    """The ids that led to the survivor from then on."""
    between: tuple[str, str]
    """The profile ids that the reason ties together, each of one of the two people."""
    reason: Reason
    event: str | None
    """The event that told; null for a merge by hand."""
    actor: str
    """`collector` where it followed from an event, else the name of the key by which somebody asked for it."""
    undone: datetime | None
    undone_by: str | None


class MergeFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which people are to be merged."""

    profiles: tuple[str, str]
    """Any id of the one and any id of the other."""
    note: str = ""
    """Why; it is kept with the merge."""
    force: bool = False
    """Whether they are merged even where the rules would hold it back."""


class MergePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge would make."""

    person: ProfileAnswer


class MadeMerge(MergeAnswer, frozen=True, kw_only=True):
    """A merge that was made, or that would be."""

    preview: MergePreview | msgspec.UnsetType = msgspec.UNSET
    """With `dry_run=true` only: the person whom it would make. Nothing was written, and the id leads nowhere."""


class RecordedUnder(msgspec.Struct, frozen=True, kw_only=True):
    """How much goes with a profile id."""

    id: str
    events: int
    sessions: int


class PartedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One of two people after a merge is undone."""

    profile: ProfileAnswer
    recorded: tuple[RecordedUnder, ...]
    """For each of their ids the events and sessions that were recorded under it, and so go with it."""


class UndoPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What undoing a merge would do."""

    people: tuple[PartedPerson, ...]
    """Both people; only one where another merge still joins them."""
    built_on: tuple[MergeAnswer, ...]
    """Later merges of the same people. Each stays with the one whose id it names."""
    partings: tuple[Parting, ...]
    """How it can be undone: `exact` as if it had never been; `from-now` leaves the past with the survivor."""


class UndoneMerge(MergeAnswer, frozen=True, kw_only=True):
    """A merge that was undone, or that would be."""

    preview: UndoPreview | msgspec.UnsetType = msgspec.UNSET
    """With `dry_run=true` only: what undoing would do. Nothing was written."""


DryRun = Annotated[bool, QueryParameter(name="dry_run", description="Only tell what would be; nothing is written.")]


@get("/identity/merges", needs="read")
async def list_merges(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[MergeAnswer]:
    """List the merges, newest first, those that were undone included."""
    page = await parts.records.merges(limit=items_max(limit, parts.limits), after=place_of(cursor))
    return listing(page, shown_merge)


@get("/identity/merges/{merge_id:str}", needs="read")
async def read_merge(merge_id: FromPath[str], parts: Given) -> MergeAnswer:
    """Read a merge."""
    merge = await parts.records.merge(merge_id)
    if merge is None:
        raise unknown("merge")
    return shown_merge(merge)


@post(
    "/identity/merges",
    needs="configure",
    status_code=200,
    also_201=True,
    body=MergeFields,
    problems=(UNKNOWN_ID, WRONG_STATE),
)
async def merge_profiles(request: Asked, parts: Given, *, dry_run: DryRun = False) -> Response[MadeMerge]:
    """Merge two people by hand. The one who was there first survives.

    Where the rules would hold it back, the answer is 409, unless `force` is true. It can be undone like any other.
    """
    asked = _checked(record_of(MergeFields, await object_of(request)), parts)
    await _require_known(asked, parts)
    word = Word(name_of_caller(request), reason=replace(BY_HAND, note=asked.note))
    try:
        merged = await parts.people.merge(*asked.profiles, word=word, force=asked.force, dry_run=dry_run)
    except AlreadyDecided as error:
        raise Declined(WRONG_STATE, str(error)) from error
    except Refused as error:
        raise Declined(WRONG_STATE, f"{WHY_HELD[error.hold]} With `force`, they are merged all the same.") from error
    return Answer(_made(merged, is_preview=dry_run), status_code=200 if dry_run else 201)


@post("/identity/merges/{merge_id:str}/undo", needs="configure", status_code=200, problems=(WRONG_STATE,))
async def undo_merge(
    merge_id: FromPath[str],
    request: Asked,
    parts: Given,
    *,
    dry_run: DryRun = False,
    parting: Annotated[
        Literal["exact", "from-now"],
        QueryParameter(
            description="`exact`: as if it had never been. `from-now`: the past stays with the survivor, and the other "
            "one begins anew."
        ),
    ] = "exact",
) -> UndoneMerge:
    """Undo a merge: each event goes back to the profile that it was recorded under, and both people are folded anew.

    Merges that others build on can be undone in any order. The identifier that brought it about does not join the two
    again.
    """
    actor = name_of_caller(request)
    try:
        parted = await parts.people.undo(merge_id, actor=actor, parting=Parting(parting), dry_run=dry_run)
    except UnknownId as error:
        raise unknown("merge") from error
    except AlreadyDecided as error:
        raise Declined(WRONG_STATE, str(error)) from error
    return _undone(parted, is_preview=dry_run)


HANDLERS = (list_merges, read_merge, merge_profiles, undo_merge)

WHY_HELD = {
    Hold.UNIQUE: "They differ in a kind of id of which one person has one value.",
    Hold.TWO_KNOWN: "Both are known, and the word of a public source is not enough.",
    Hold.VALUES: "The person would have more values of a kind of id than one person may have.",
    Hold.IDS: "The person would have more ids than one person may have.",
    Hold.FAN_IN: "The identifier has joined too many people lately.",
}
"""What holds people apart, in words."""


def shown_merge(merge: Merge) -> MergeAnswer:
    """A merge as it is answered."""
    return MergeAnswer(**_told(merge))


def _told(merge: Merge) -> dict[str, Any]:
    told = {name: getattr(merge, name) for name in MergeAnswer.__struct_fields__ if name != "between"}
    return {**told, "between": (merge.one, merge.two)}


def _made(merged: Merged, *, is_preview: bool) -> MadeMerge:
    preview = MergePreview(person=shown_profile(merged.person)) if is_preview else msgspec.UNSET
    return MadeMerge(**_told(merged.merge), preview=preview)


def _undone(parted: Parted, *, is_preview: bool) -> UndoneMerge:
    return UndoneMerge(**_told(parted.merge), preview=_preview(parted) if is_preview else msgspec.UNSET)


def _preview(parted: Parted) -> UndoPreview:
    people = tuple(
        PartedPerson(
            profile=shown_profile(person),
            recorded=tuple(
                RecordedUnder(id=id, events=parted.recorded[id].events, sessions=parted.recorded[id].sessions)
                for id in person.ids
                if id in parted.recorded
            ),
        )
        for person in parted.people
    )
    return UndoPreview(people=people, built_on=tuple(map(shown_merge, parted.built_on)), partings=tuple(Parting))


def _checked(asked: MergeFields, parts: Parts) -> MergeFields:
    faults = list(text_faults("note", asked.note, parts.limits)) if asked.note else []
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return asked


async def _require_known(asked: MergeFields, parts: Parts) -> None:
    faults = [
        Fault(("body", "profiles", place), "unknown-profile", "There is nobody of this id.")
        for place, id in enumerate(asked.profiles)
        if await parts.records.profile(id) is None
    ]
    if faults:
        raise Declined(UNKNOWN_ID, "There is nobody to merge.", faults)
