"""What happens to a submission, step by step. This is the table of contents of the product.

A step is a function of the draft, in a file of its own under `core/steps/`. It fills its part of the draft, or ends the
submission with an outcome. It never raises for bad data, never logs, never waits. A new step is written into `STEPS` by
hand, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import asdict

from sojourn.core.changes import Changes, PutAside, Quarantined
from sojourn.core.draft import NO_CORRECTION, Draft, Ended, EventDraft, Status
from sojourn.core.events import BadEvent, EventTexts, Problem, ProfileMode, Replay, Submission
from sojourn.core.facts import Facts
from sojourn.core.ids import ordered_id
from sojourn.core.mapping.masks import masked_body, masked_raw
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.outcomes import KEPT, REFUSED_CONTRACT, Fate, Outcome
from sojourn.core.profiles import Profile
from sojourn.core.steps.check_contract import check_contract
from sojourn.core.steps.emit_system_events import emit_system_events
from sojourn.core.steps.enrich import enrich
from sojourn.core.steps.identify import identify
from sojourn.core.steps.join_session import join_session
from sojourn.core.steps.link_identifiers import link_identifiers
from sojourn.core.steps.map_events import map_events
from sojourn.core.steps.normalise import normalise
from sojourn.core.steps.recognise import recognise
from sojourn.core.steps.record import record
from sojourn.core.steps.stop_bots import stop_bots
from sojourn.core.steps.take_pass import take_pass
from sojourn.core.working_set import WorkingSet


class Step(NamedTuple):
    """A step under its name, as traces and documentation show it."""

    name: str
    run: Callable[[Draft], Ended | None]


STEPS = (
    Step("stop_bots", stop_bots),  # is this traffic wanted?
    Step("normalise", normalise),  # what was sent, in its one form
    Step("recognise", recognise),  # was it accepted before?
    Step("check_contract", check_contract),  # does it say what its type is to say?
    Step("identify", identify),  # whose is it?
    Step("join_session", join_session),  # which session, and does a visit begin?
    Step("emit_system_events", emit_system_events),  # what Sojourn itself has to tell
    Step("enrich", enrich),  # what surrounds it?
    Step("map_events", map_events),  # which fields do they fill?
    Step("take_pass", take_pass),  # whom did another site hand on?
    Step("link_identifiers", link_identifiers),  # who is it, by what it tells?
    Step("record", record),  # what is kept of it
)

STEP_NAMES = tuple(step.name for step in STEPS)


class EventOutcome(msgspec.Struct, frozen=True, gc=False):
    """How one event of a submission ended."""

    event: int
    id: str | None
    type: str | None
    outcome: Outcome


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is to be answered to one submission, once its changes are committed."""

    status: Status
    profile_id: str | None
    session_id: str | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    outcomes: tuple[EventOutcome, ...]
    recorded: tuple[str, ...] = ()
    """Ids of the events that are stored, those of the system among them."""
    profile: Profile | None = None
    home: str = ""
    """The profile id of the person under which the events are recorded; empty where nobody is."""
    is_new_profile: bool = False


class Decided(NamedTuple):
    """The decisions of a batch, in its order, and all that they change."""

    decisions: tuple[Decision, ...]
    changes: Changes
    unasked: frozenset[str] = frozenset()
    """Keys of identifiers that the facts say nothing of, though they matter: with them, it is to be decided again."""


def decide_all(submissions: Iterable[Submission], facts: Facts, ruleset: Ruleset) -> Decided:
    """Decide a batch in the order of arrival; each submission sees what the earlier ones changed."""
    world = WorkingSet(facts)
    batch = tuple(submissions)
    decisions = tuple(decide(submission, world, ruleset) for submission in batch)
    at = max(submission.asked_at for submission in batch)
    return Decided(decisions, world.changes(at), world.unasked)


def decide(submission: Submission, world: WorkingSet, ruleset: Ruleset) -> Decision:
    """Decide one submission and let the world know."""
    correction = NO_CORRECTION
    while True:
        draft = Draft(submission, world, ruleset, correction)
        ended = _take_through(draft)
        if draft.correction is correction:
            return _conclude(draft, ended)
        correction = draft.correction


def _take_through(draft: Draft) -> Ended | None:
    """Take a draft through the steps, until one ends it or shows that it has to be decided again."""
    correction = draft.correction
    for step in STEPS:
        ended = step.run(draft)
        if ended is not None or draft.correction is not correction:
            return ended
    return None


def _conclude(draft: Draft, ended: Ended | None) -> Decision:
    if ended is not None and ended.problem is not None:
        draft.errors.append(ended.problem)
    outcomes = _outcomes(draft, ended)
    if draft.submission.replay is None:
        _account(draft)
    elif ended is None or ended.status is not Status.SETTLED:
        _account_for_replay(draft, draft.submission.replay)
    profile_id, session_id = _resolved_ids(draft)
    return Decision(
        status=_status(ended, outcomes),
        profile_id=profile_id,
        session_id=session_id,
        errors=_by_event(draft.errors),
        warnings=_by_event(draft.warnings),
        outcomes=outcomes,
        recorded=() if ended else tuple(event.id for event in draft.recorded if event.id),
        profile=draft.profile,
        home=draft.home if draft.keeps_profile else "",
        is_new_profile=draft.is_new_profile and draft.saves_profile,
    )


def _status(ended: Ended | None, outcomes: tuple[EventOutcome, ...]) -> Status:
    """How the request is answered: one of which nothing could be accepted is invalid."""
    if ended is None:  # something is kept, then
        return Status.OK
    if outcomes and all(_is_unacceptable(outcome.outcome) for outcome in outcomes):
        return Status.INVALID
    return ended.status


def _is_unacceptable(outcome: Outcome) -> bool:
    return outcome.fate is Fate.QUARANTINED or outcome == REFUSED_CONTRACT


def _by_event(problems: list[Problem]) -> tuple[Problem, ...]:
    """In the order of the payload, what concerns the whole request first."""
    if not problems:
        return ()
    return tuple(sorted(problems, key=lambda problem: -1 if problem.event is None else problem.event))


def _outcomes(draft: Draft, ended: Ended | None) -> tuple[EventOutcome, ...]:
    if ended is not None:
        for event in draft.kept:
            draft.end(event, ended.outcome)
    known = [EventOutcome(event.index, event.id, event.type, event.outcome) for event in draft.events]
    if not draft.bad_events:
        return tuple(known)
    bad = [EventOutcome(event.index, None, None, event.outcome) for event in draft.bad_events]
    return tuple(sorted(known + bad, key=lambda outcome: outcome.event))


def _account(draft: Draft) -> None:
    """Count every event under its one outcome, and put the quarantined ones aside."""
    source = draft.submission.source.id
    is_ephemeral = draft.submission.source.ephemeral
    aside: list[_Aside] = []
    texts = EventTexts(draft.submission.body)
    kept = unsaved = 0
    for event in draft.events:
        if event.outcome is KEPT:
            kept += 1
            unsaved += is_ephemeral or not event.save
            continue
        draft.world.count(source, event.outcome)
        if event.outcome.fate is Fate.QUARANTINED:
            aside.append(_Aside(event.index, event.outcome, event.type, _text(draft, texts, event)))
    if kept:
        draft.world.count(source, KEPT, kept, unsaved=unsaved)
    for bad in draft.bad_events:
        draft.world.count(source, bad.outcome)
        if bad.outcome.fate is Fate.QUARANTINED:
            aside.append(_Aside(bad.index, bad.outcome, bad.type, _masked(draft, bad)))
    if aside and not is_ephemeral:
        _quarantine(draft, aside)


def _account_for_replay(draft: Draft, replay: Replay) -> None:
    """Let an event that is accepted now leave the quarantine; one that is not stays there, as if nobody had tried."""
    for event in draft.events:
        if event.outcome.fate in (Fate.KEPT, Fate.DUPLICATE):
            is_unsaved = event.outcome is KEPT and (draft.submission.source.ephemeral or not event.save)
            draft.world.count(draft.submission.source.id, event.outcome, unsaved=int(is_unsaved))
            draft.world.settle(replay.quarantined)


class _Aside(NamedTuple):
    """An event that is to be quarantined."""

    event: int
    outcome: Outcome
    type: str | None
    raw: str


def _text(draft: Draft, texts: EventTexts, event: EventDraft) -> str:
    """The text that was sent: of a payload that of the event, else the whole body; what its type hides is left out."""
    submission = draft.submission
    if draft.ruleset.masks_of(event.type) and submission.entry != "rest":
        return msgspec.json.encode(event.properties).decode()
    if draft.ruleset.masks_of(event.type):
        told = {field: value for field, value in asdict(event.sent).items() if value is not None}
        return msgspec.json.encode(told).decode()
    return texts.of(event.index) if submission.entry == "rest" else submission.body.decode(errors="replace")


def _masked(draft: Draft, bad: BadEvent) -> str:
    return masked_raw(bad.raw, draft.ruleset) if bad.type is None else masked_body(bad.raw, bad.type, draft.ruleset)


def _quarantine(draft: Draft, aside: list[_Aside]) -> None:
    submission = draft.submission
    _, session_id = _resolved_ids(draft)
    profile_id = draft.home if draft.keeps_profile else draft.whose.new_id
    # The first problem of an event tells where it is bad, hence the reverse order.
    locs = {problem.event: problem.loc for problem in reversed(draft.errors)}
    for event, outcome, event_type, raw in aside:
        quarantined = Quarantined(
            id=ordered_id(submission.entropy, submission.received_at, event),
            at=submission.received_at,
            source=submission.source.id,
            reason=outcome.reason,
            loc=locs.get(event, ()),
            raw=raw,
            entry=submission.entry,
            type=event_type,
            profile_less=submission.profile_mode is ProfileMode.NONE,
        )
        draft.world.quarantine(PutAside(quarantined, profile_id, session_id))


def _resolved_ids(draft: Draft) -> tuple[str | None, str | None]:
    """The ids that the client is to keep: those of the survivor, not those that it sent."""
    profile_id = draft.profile.id if draft.profile else None
    if draft.session is not None:
        return profile_id, draft.session.id
    earlier = draft.earlier.session if draft.earlier else None
    return profile_id, draft.submission.session_id or earlier
