"""Find out whose the events are; `core.identity` holds the table."""

from __future__ import annotations

from sojourn.core.changes import TraceNote
from sojourn.core.contributions import Birth
from sojourn.core.draft import Draft, Ended, Status
from sojourn.core.events import Problem, ProfileMode
from sojourn.core.graph import ALIAS, Edge
from sojourn.core.identifiers.keys import is_key
from sojourn.core.identity import NOBODY, Rule, Whose, whose, whose_static
from sojourn.core.ids import derived_id
from sojourn.core.outcomes import DUPLICATE, REFUSED_STATIC
from sojourn.core.profiles import Profile, new_profile, with_ids


def identify(draft: Draft) -> Ended | None:
    """Set the draft's profile. End the submission when it has no new event, or a static source named nobody."""
    submission = draft.submission
    if submission.source.static_profile_id and _needs_profile_id(draft):
        return Ended(REFUSED_STATIC, Status.INVALID, _NO_STATIC_ID)
    draft.whose = _decide(draft)
    draft.profile = draft.whose.profile
    draft.home = _home(draft)
    if not draft.kept:
        return Ended(DUPLICATE, Status.OK)
    if draft.whose.rule in _CREATING and draft.profile is None:
        draft.profile = _create(draft, draft.whose.new_id)
        draft.home = draft.profile.id
        draft.is_new_profile = True
        time = draft.profile.metadata.time
        draft.beside.born = Birth(time.insert, time.create, time.seen)
    if draft.whose.mismatch:
        draft.warn("profile-mismatch", "The session belongs to another profile; its id is in the answer.")
    if draft.profile is not None:
        draft.notes.append(TraceNote("identify", draft.whose.rule.value, draft.profile.id))
        _learn_aliases(draft, draft.profile)
    return None


_CREATING = (Rule.NEW, Rule.STATIC, Rule.IDENTIFIED)


def _needs_profile_id(draft: Draft) -> bool:
    sent_id = draft.submission.profile_id
    is_named = bool(sent_id) and not is_key(sent_id or "")  # Nobody is named by the key of an identifier.
    asks_for_somebody = draft.submission.profile_mode is ProfileMode.FIND_OR_CREATE
    return asks_for_somebody and not is_named and bool(draft.kept)


def _decide(draft: Draft) -> Whose:
    submission = draft.submission
    world = draft.world
    if submission.profile_mode is ProfileMode.NONE:
        return NOBODY
    if draft.correction.names_person:
        return _identified(draft)
    owner = _owner_of_session(draft)
    if submission.profile_mode is ProfileMode.OF_SESSION:
        return Whose(Rule.SESSION, owner) if owner else NOBODY
    sent_id = submission.profile_id
    named = world.profile(sent_id) if sent_id else None
    if submission.source.static_profile_id and sent_id:
        return whose_static(sent_id, named)
    earlier = draft.earlier.profile if draft.earlier else None
    return whose(sent_id, named, owner, world.profile(earlier) if earlier else None)


def _identified(draft: Draft) -> Whose:
    """The person whom the identifiers of the events name, rather than session or payload."""
    person = draft.correction.person
    return Whose(Rule.IDENTIFIED, draft.world.profile(person) if person else None)


def _home(draft: Draft) -> str:
    """The id by which the person was found: what is recorded under it stays with it, should a merge be undone."""
    if draft.profile is None:
        return ""
    return draft.world.home(_found_by(draft) or draft.profile.id)


def _found_by(draft: Draft) -> str | None:
    submission = draft.submission
    match draft.whose.rule:
        case Rule.SESSION:
            session = draft.world.session(submission.session_id) if submission.session_id else None
            return session.profile.id if session is not None and session.profile is not None else None
        case Rule.IDENTIFIED:
            return draft.correction.person
        case Rule.REPEATED:
            return draft.earlier.profile if draft.earlier else None
        case _:
            return submission.profile_id


def _owner_of_session(draft: Draft) -> Profile | None:
    session_id = draft.submission.session_id
    session = draft.world.session(session_id) if session_id else None
    if session is None or session.profile is None:
        return None
    return draft.world.profile(session.profile.id)


def _create(draft: Draft, chosen_id: str | None) -> Profile:
    submission = draft.submission
    told = draft.believed(submission.profile_beginning)
    first_event = min(event.moment for event in draft.kept)
    first_seen = min(told.insert or first_event, first_event)
    created = told.create or submission.received_at
    # Whoever was there first gives a person its id, so that must not hang on the word of just any client.
    seen = min(first_seen, created) if submission.source.trust == "server" else submission.received_at
    return new_profile(
        chosen_id or derived_id(submission.entropy, "profile"),
        first_seen=first_seen,
        created=created,
        seen=None if seen == created else seen,
    )


def _learn_aliases(draft: Draft, profile: Profile) -> None:
    """Let the further ids that a server source names lead to the person, unless they lead to somebody already."""
    if not draft.submission.aliases:
        return
    unknown = tuple(
        alias
        for alias in dict.fromkeys(draft.submission.aliases)
        if alias not in profile.ids and not is_key(alias) and draft.world.profile(alias) is None
    )
    room = max(draft.limits.person_ids_max - len(profile.ids), 0)
    if len(unknown) > room:
        unknown = unknown[:room]
        draft.warn("too-many-ids", "The person has as many ids as one may have; further ones were left out.")
    draft.profile = with_ids(profile, unknown)
    draft.graph.edges = [
        Edge(
            id=alias,
            profile=draft.home,
            kind=ALIAS,
            rule="told-by-server",
            event=None,  # it has no id yet; `record` gives it one
            at=draft.submission.received_at,
        )
        for alias in unknown
    ]


_NO_STATIC_ID = Problem(
    event=None, code="missing", loc=("body", "profile", "id"), msg="This source needs a profile id in every request."
)
