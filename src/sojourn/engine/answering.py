"""Answering a review: what becomes of people, links and fields when somebody accepts or rejects what was held back.

What is accepted counts at once: people are joined or the identifier is learnt, and the field that told it is written.
What is rejected counts never: the identifier is barred, and as long as it is, no field that tells it is written.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from sojourn.core.changes import Changes, SubmissionRecord
from sojourn.core.contributions import Contribution
from sojourn.core.facts import Facts
from sojourn.core.graph import Review, edge_by
from sojourn.core.linking import barred_by
from sojourn.core.mapping.operations import Effect
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import committed, with_identifier
from sojourn.core.refold import Request, effects_of
from sojourn.core.withheld import as_contribution, telling, with_told
from sojourn.engine.joining import Word, joining
from sojourn.engine.parting import home_of, person_of
from sojourn.ports.records import Records


def is_lost(review: Review, facts: Facts) -> bool:
    """Whether what was nobody's has become somebody else's, and cannot be accepted any more. Raises UnknownId."""
    link = facts.links.get(review.reason.key)
    if review.two is not None or link is None:
        return False
    return person_of(facts, link.profile).id != person_of(facts, review.one).id


def rejected(review: Review, facts: Facts, now: datetime) -> Changes:
    """The identifier does not ask for these people again."""
    link, barred = facts.links.get(review.reason.key), barred_by(review)
    edges = (replace(link, barred=(*link.barred, *barred)),) if link is not None and barred else ()
    return Changes(at=now, edges=edges, reviews=(review,))


def accepted(
    review: Review, facts: Facts, told: tuple[Effect, ...], ruleset: Ruleset, *, now: datetime, entropy: int
) -> Changes:
    """People are joined, or the identifier is learnt; `told` is what was withheld. Raises UnknownId."""
    two = review.two
    if two is None or person_of(facts, review.one).id == person_of(facts, two).id:
        return _known(review, facts, told, ruleset, now)
    word = Word(review.actor or "", reason=review.reason, event=review.event, answers=review, told=told)
    return joining(facts, (review.one, two), word, ruleset, now=now, entropy=entropy)


async def withheld(review: Review, facts: Facts, records: Records, ruleset: Ruleset) -> tuple[Effect, ...]:
    """What the event of a review was not let write. Nothing, where it is not kept. Raises NotSettled, UnknownId."""
    stored = await records.event(review.event, source=review.reason.source) if review.event is not None else None
    if stored is None:
        return ()
    record = SubmissionRecord(
        id=stored.event.request.id, at=stored.received_at, profile=review.one, context=stored.payload_context
    )
    session = await records.session(stored.event.session.id) if stored.event.session is not None else None
    effects = effects_of(person_of(facts, review.one), Request(record, (stored.event,)), ruleset, session)
    return telling(effects, review.reason.key, ruleset)


def _known(review: Review, facts: Facts, told: tuple[Effect, ...], ruleset: Ruleset, now: datetime) -> Changes:
    """The person has what was held back; the identifier, where it is nobody's yet, becomes theirs."""
    reason, home = review.reason, home_of(facts, review.one)
    before = person = person_of(facts, review.one)
    is_learnt = reason.key not in facts.links
    if is_learnt:
        person = with_identifier(person, reason.kind, reason.key)
    person = with_told(person, told, ruleset)
    changes = Changes(at=now, reviews=(review,))
    if person is before:
        return changes
    link = edge_by(
        reason, id=reason.key, profile=home, kind=reason.kind, event=review.event, at=now, actor=review.actor or ""
    )
    learnt = ((reason.kind, reason.key),) if is_learnt else ()
    contribution = Contribution(unsaved=as_contribution(told), identifiers=learnt)
    return replace(
        changes,
        profiles=(committed(person, before.version + 1, now),),
        edges=(link,) if is_learnt else (),
        submissions=(SubmissionRecord(id=f"review:{review.id}", at=now, profile=home, contribution=contribution),),
    )
