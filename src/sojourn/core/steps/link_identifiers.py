"""Learn by which identifiers the person is known, and join people whom an identifier shows to be one.

`core.linking` holds the rules. What the first look shows to be known from the beginning (whose the events are, which
fields are not to be written) becomes the draft's correction, and the submission is decided again with it.
"""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.changes import TraceNote
from sojourn.core.draft import Assertion, Correction, Draft, Ended, HeldBack
from sojourn.core.evidence import by_identifier, reason_of
from sojourn.core.graph import HANDED_ON, MERGE, Edge, Merge, Reason, Review, edge_by
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.identity import Rule
from sojourn.core.ids import derived_id
from sojourn.core.linking import (
    LOOKS_MAX,
    Asserter,
    Course,
    Hold,
    Turn,
    Verdict,
    counts_as_join,
    elder,
    held_id,
    judge,
    turn_of,
    with_one_more_join,
)
from sojourn.core.merging import together
from sojourn.core.passes import BARE, PLACE, ignored
from sojourn.core.profiles import Profile, with_identifier


def link_identifiers(draft: Draft) -> Ended | None:
    """Judge each assertion, by its turn."""
    profile = draft.profile
    before = draft.correction
    if profile is None or not draft.saves_profile or not (draft.graph.assertions or before.held or before.barred):
        return None
    for held in before.held:
        _tell(draft, held)
    for event in before.barred:
        draft.warn("identity-barred", "An identifier of this event was rejected, and is not written.", event=event)
    for group in sorted(by_identifier(draft.graph.assertions), key=lambda each: _turn(draft, each[-1])):
        whose = draft.correction.whose
        _link(draft, group)
        if draft.correction.whose != whose:
            return None
    if draft.correction is not before:
        draft.correction = replace(draft.correction, looks=before.looks + 1)
    return None


def _turn(draft: Draft, assertion: Assertion) -> Turn:
    identifier = assertion.evidence.identifier
    return turn_of(identifier, is_linked=_link_of(draft, identifier.key) is not None)


def _link(draft: Draft, group: list[Assertion]) -> None:
    """Judge what was asserted, by the last event that does."""
    profile, assertion = draft.profile, group[-1]
    assert profile is not None, "nobody has nothing to learn"
    identifier = assertion.evidence.identifier
    link = _link_of(draft, identifier.key)
    other = _person_of(draft, profile, link)
    by = replace(_asserter(draft, profile), only_names=assertion.evidence.rule == BARE)
    verdict = judge(identifier, by, link, other, draft.ruleset.identifiers.kinds, draft.limits)
    if verdict.course is Course.TAKE_OVER and draft.correction.names_person:
        verdict = Verdict(Course.HOLD, Hold.UNIQUE)
    _note(draft, assertion, verdict.course)
    if verdict.hold is not None:
        _hold(draft, group, verdict.hold, link)
    elif verdict.course is Course.BARRED:
        _bar(draft, group)
    else:
        _follow(draft, assertion, verdict.course, link, other)


def _follow(draft: Draft, assertion: Assertion, course: Course, link: Edge | None, other: Profile | None) -> None:
    """Do what follows from an assertion that nothing speaks against."""
    profile, identifier = draft.profile, assertion.evidence.identifier
    assert profile is not None, "nobody has nothing to learn"
    match course:
        case Course.LEARN:
            _learn(draft, assertion, profile)
        case Course.JOIN if link is not None and _is_nobody_yet(draft, identifier.kind):
            draft.correction = Correction(person=draft.world.home(link.profile))
        case Course.JOIN if link is not None and other is not None:
            _join(draft, assertion, link, other)
        case Course.TAKE_OVER:
            # Whoever the login is of: somebody new has taken the device over, and is joined like anybody else.
            draft.correction = Correction(is_somebody_new=True)
        case Course.KNOWN if link is not None and draft.correction.person is not None:
            _count_newcomer(draft, assertion, link)
        case _:
            pass


def _is_nobody_yet(draft: Draft, kind: IdKind) -> bool:
    """Whether a server or a pass tells of somebody whom we know, so that there is nobody else to be made.

    Who only claims to be a person is joined: what is recorded of them goes with them, should that be undone.
    """
    is_no_claim = draft.submission.source.trust == "server" or kind.id == HANDED_ON
    return draft.is_new_profile and is_no_claim and draft.whose.rule is not Rule.STATIC


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
    identifier = assertion.evidence.identifier
    draft.profile = with_identifier(profile, identifier.kind.id, identifier.key)
    draft.graph.learnt.append((identifier.kind.id, identifier.key))
    draft.graph.edges.append(_edge(draft, assertion, id=identifier.key, profile=draft.home, kind=identifier.kind.id))


def _join(draft: Draft, assertion: Assertion, link: Edge, other: Profile) -> None:
    assert draft.profile is not None, "somebody is joined"
    survivor, younger = elder(draft.profile, other)
    if draft.is_new_profile and younger.id == draft.home:
        draft.graph.newborn = younger
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
    draft.graph.edges.append(with_one_more_join(link, assertion.evidence.identifier.kind, draft.submission.received_at))
    draft.profile = together(survivor, younger, draft.ruleset)


def _count_newcomer(draft: Draft, assertion: Assertion, link: Edge) -> None:
    """Count a person who has only just come and was taken for the owner of an identifier."""
    newcomer = replace(_asserter(draft, _anybody(draft)), has_just_come=True)
    if link.profile in _anybody(draft).ids and draft.is_new_session and counts_as_join(newcomer):
        draft.graph.edges.append(
            with_one_more_join(link, assertion.evidence.identifier.kind, draft.submission.received_at)
        )
        draft.graph.newcomer_by.append(link.id)


def _anybody(draft: Draft) -> Profile:
    assert draft.profile is not None, "somebody is meant"
    return draft.profile


def _hold(draft: Draft, group: list[Assertion], why: Hold, link: Edge | None) -> None:
    """Hold back what was asserted; no field that tells it is written."""
    assertion = group[-1]
    two = draft.world.home(link.profile) if link else None
    review = Review(
        id=held_id(why, assertion.evidence.identifier.key, draft.home, two),
        at=draft.submission.received_at,
        why=why.value,
        one=draft.home,
        two=two,
        reason=_reason(draft, assertion),
        event=assertion.event.id,
    )
    if link is not None and link is draft.graph.handed_on:
        draft.graph.edges.append(link)  # so that the answer to the review has its place
    told = {each.event for each in draft.correction.held if each.review.id == review.id}
    held = [HeldBack(index, review) for index in dict.fromkeys(each.event.index for each in group) if index not in told]
    fields = _telling(draft, group)
    if fields:
        draft.correction = replace(draft.correction.without(fields), held=(*draft.correction.held, *held))
    else:
        for each in held:
            _tell(draft, each)


def _bar(draft: Draft, group: list[Assertion]) -> None:
    """Let nobody carry what somebody has said not to be theirs: no field that tells it is written."""
    fields = _telling(draft, group)
    if fields:
        told = dict.fromkeys(each.event.index for each in group if each.evidence.field)
        barred = tuple(dict.fromkeys((*draft.correction.barred, *told)))
        draft.correction = replace(draft.correction.without(fields), barred=barred)


def _telling(draft: Draft, group: list[Assertion]) -> list[tuple[str, str]]:
    """The fields that tell what was asserted, each beside the id of the event that is not to write it."""
    told = [(each.event, each.evidence.field) for each in group if each.evidence.field]
    if draft.correction.looks >= LOOKS_MAX:
        told = [(event, field) for _, field in told for event in (*draft.system_events, *draft.kept)]
    return [(event.id, field) for event, field in told if event.id is not None]


def _tell(draft: Draft, held: HeldBack) -> None:
    draft.graph.reviews.append(held.review)
    what = "The pass" if held.review.reason.kind == HANDED_ON else "An identifier of this event"
    msg = f"{what} was held back; the event is kept for the person of the session."
    draft.warn("identity-held", msg, event=held.event)


def _edge(draft: Draft, assertion: Assertion, *, id: str, profile: str, kind: str) -> Edge:
    reason, at = _reason(draft, assertion), draft.submission.received_at
    return edge_by(reason, id=id, profile=profile, kind=kind, event=assertion.event.id, at=at)


def _reason(draft: Draft, assertion: Assertion) -> Reason:
    return reason_of(assertion.evidence, draft.submission.source.id)


def _note(draft: Draft, assertion: Assertion, course: Course) -> None:
    identifier = assertion.evidence.identifier
    assertion.event.notes.append(
        TraceNote("link_identifiers", course.value, f"{identifier.kind.id} {identifier.masked}".rstrip())
    )
    if course is Course.BARRED and identifier.kind.id == HANDED_ON:
        draft.warn("pass-ignored", ignored("somebody has said that these are two people"), loc=PLACE)
