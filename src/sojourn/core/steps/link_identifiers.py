"""Learn by which identifiers the person is known, and join people whom an identifier shows to be one.

`core.linking` holds the rules. What the first look shows to be known from the beginning (whose the events are, which
fields are not to be written) becomes the draft's correction, and the submission is decided again with it.
"""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.changes import TraceNote
from sojourn.core.derived import with_derived_fields
from sojourn.core.draft import Assertion, Correction, Draft, Ended, HeldBack
from sojourn.core.graph import HANDED_ON, MERGE, Edge, Merge, Reason, Review
from sojourn.core.identity import Rule
from sojourn.core.ids import derived_id
from sojourn.core.linking import (
    Asserter,
    Course,
    Hold,
    Verdict,
    counts_as_join,
    elder,
    held_id,
    judge,
    with_one_more_join,
)
from sojourn.core.merging import merged
from sojourn.core.passes import BARE
from sojourn.core.profiles import Profile, with_identifier


def link_identifiers(draft: Draft) -> Ended | None:
    """Judge each assertion: first those of identifiers that are somebody's already, then by what counts most."""
    profile = draft.profile
    if profile is None or not draft.saves_profile:
        return None
    for held in draft.correction.held:
        _tell(draft, held)
    for assertion in sorted(_each_once(draft), key=lambda each: _turn(draft, each)):
        before = draft.correction
        _link(draft, assertion)
        if draft.correction is not before:
            return None
    return None


def _each_once(draft: Draft) -> list[Assertion]:
    return list({(each.identifier.key, each.identifier.kind.id): each for each in draft.graph.assertions}.values())


def _turn(draft: Draft, assertion: Assertion) -> tuple[bool, int]:
    return _link_of(draft, assertion.identifier.key) is None, assertion.identifier.kind.priority


def _link(draft: Draft, assertion: Assertion) -> None:
    profile = draft.profile
    assert profile is not None, "nobody has nothing to learn"
    identifier = assertion.identifier
    link = _link_of(draft, identifier.key)
    other = _person_of(draft, profile, link)
    by = replace(_asserter(draft, profile), only_names=assertion.rule == BARE)
    verdict = judge(identifier, by, link, other, draft.ruleset.identifiers.kinds, draft.limits)
    if verdict.course is Course.TAKE_OVER and draft.correction.names_person:
        verdict = Verdict(Course.HOLD, Hold.UNIQUE)
    _note(draft, assertion, verdict.course)
    match verdict.course:
        case Course.LEARN:
            _learn(draft, assertion, profile)
        case Course.JOIN if link is not None and _is_nobody_yet(draft):
            draft.correction = Correction(person=draft.world.home(link.profile))
        case Course.JOIN if link is not None and other is not None:
            _join(draft, assertion, link, other)
        case Course.TAKE_OVER:
            draft.correction = Correction(
                person=draft.world.home(link.profile) if link else None, is_somebody_new=link is None
            )
        case Course.HOLD if verdict.hold is not None:
            _hold(draft, assertion, verdict.hold, link)
        case Course.KNOWN if link is not None and draft.whose.rule is Rule.IDENTIFIED:
            _count_newcomer(draft, assertion, link)
        case _:
            pass


def _is_nobody_yet(draft: Draft) -> bool:
    """Whether nobody will ask for the person by its new id again, so that there is no need to have made it."""
    return draft.is_new_profile and draft.whose.rule is not Rule.STATIC


def _link_of(draft: Draft, key: str) -> Edge | None:
    """The link of an identifier, as this submission has left it so far."""
    own = (edge for edge in reversed(draft.graph.edges) if edge.id == key)
    return next(own, None) or draft.world.link(key) or _handed_on(draft, key)


def _handed_on(draft: Draft, key: str) -> Edge | None:
    """The link of the submission's pass, where none of its person has mattered before."""
    link = draft.graph.handed_on
    return link if link is not None and link.id == key else None


def _person_of(draft: Draft, profile: Profile, link: Edge | None) -> Profile | None:
    """The person that a link leads to, who may have become the draft's own by now."""
    if link is None:
        return None
    return profile if link.profile in profile.ids else draft.world.profile(link.profile)


def _asserter(draft: Draft, profile: Profile) -> Asserter:
    return Asserter(profile, draft.submission.source, draft.is_new_profile, draft.submission.received_at)


def _learn(draft: Draft, assertion: Assertion, profile: Profile) -> None:
    identifier = assertion.identifier
    draft.profile = with_identifier(profile, identifier.kind.id, identifier.key)
    draft.graph.learnt.append((identifier.kind.id, identifier.key))
    draft.graph.edges.append(_edge(draft, assertion, id=identifier.key, profile=draft.home, kind=identifier.kind.id))


def _join(draft: Draft, assertion: Assertion, link: Edge, other: Profile) -> None:
    assert draft.profile is not None, "somebody is joined"
    survivor, younger = elder(draft.profile, other)
    merge = Merge(
        id=derived_id(draft.submission.entropy, f"merge {len(draft.graph.merges)}"),
        at=draft.submission.received_at,
        survivor=survivor.id,
        merged=younger.ids,
        one=draft.home,
        two=draft.world.home(link.profile),
        reason=_reason(draft, assertion),
        event=assertion.event.id,
    )
    draft.graph.merges.append(merge)
    draft.graph.edges.append(_edge(draft, assertion, id=younger.id, profile=survivor.id, kind=MERGE))
    draft.graph.edges.append(with_one_more_join(link, assertion.identifier.kind, draft.submission.received_at))
    person = merged(survivor, younger, draft.ruleset.merge_rules)
    draft.profile = with_derived_fields(person, draft.ruleset.knowledge)


def _count_newcomer(draft: Draft, assertion: Assertion, link: Edge) -> None:
    """Count a person who has only just come and was taken for the owner of an identifier."""
    newcomer = replace(_asserter(draft, _anybody(draft)), has_just_come=True)
    if link.profile in _anybody(draft).ids and draft.is_new_session and counts_as_join(newcomer):
        draft.graph.edges.append(with_one_more_join(link, assertion.identifier.kind, draft.submission.received_at))
        draft.graph.newcomer_by.append(link.id)


def _anybody(draft: Draft) -> Profile:
    assert draft.profile is not None, "somebody is meant"
    return draft.profile


def _hold(draft: Draft, assertion: Assertion, why: Hold, link: Edge | None) -> None:
    two = draft.world.home(link.profile) if link else None
    review = Review(
        id=held_id(why, assertion.identifier.key, draft.home, two),
        at=draft.submission.received_at,
        why=why.value,
        one=draft.home,
        two=two,
        reason=_reason(draft, assertion),
        event=assertion.event.id,
    )
    if link is not None and link is draft.graph.handed_on:
        draft.graph.edges.append(link)  # so that the answer to the review has its place
    held = HeldBack(assertion.event.index, review)
    if assertion.field:
        withheld = draft.correction.withheld | {(assertion.event.index, assertion.field)}
        draft.correction = replace(draft.correction, held=(*draft.correction.held, held), withheld=withheld)
    else:
        _tell(draft, held)


def _tell(draft: Draft, held: HeldBack) -> None:
    draft.graph.reviews.append(held.review)
    what = "The pass" if held.review.reason.kind == HANDED_ON else "An identifier of this event"
    msg = f"{what} was held back; the event is kept for the person of the session."
    draft.warn("identity-held", msg, event=held.event)


def _edge(draft: Draft, assertion: Assertion, *, id: str, profile: str, kind: str) -> Edge:
    reason = _reason(draft, assertion)
    return Edge(
        id=id,
        profile=profile,
        kind=kind,
        rule=reason.rule,
        version=reason.version,
        value=reason.value,
        source=reason.source,
        event=assertion.event.id,
        at=draft.submission.received_at,
    )


def _reason(draft: Draft, assertion: Assertion) -> Reason:
    return Reason(
        kind=assertion.identifier.kind.id,
        rule=assertion.rule,
        version=assertion.version,
        key=assertion.identifier.key,
        value=assertion.identifier.masked,
        source=draft.submission.source.id,
    )


def _note(draft: Draft, assertion: Assertion, course: Course) -> None:
    identifier = assertion.identifier
    assertion.event.notes.append(
        TraceNote("link_identifiers", course.value, f"{identifier.kind.id} {identifier.masked}".rstrip())
    )
    if course is Course.BARRED and identifier.kind.id == HANDED_ON:
        draft.warn("pass-ignored", "The pass was ignored: somebody has said that these are two people.")
