"""Joining two people on somebody's word: by hand, by the answer to a review, by rules that are applied to the past.

Nothing of what was recorded moves: a merge is a record of its own, and what was withheld is kept beside it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from sojourn.core.changes import Changes, SubmissionRecord
from sojourn.core.contributions import Contribution, Join
from sojourn.core.facts import Facts
from sojourn.core.graph import MANUAL, MERGE, Edge, Merge, Reason, Review
from sojourn.core.ids import ordered_id
from sojourn.core.linking import elder
from sojourn.core.mapping.operations import Effect
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.merging import together
from sojourn.core.profiles import committed
from sojourn.core.withheld import as_contribution, with_told
from sojourn.engine.parting import home_of, person_of

BY_HAND = Reason(kind=MANUAL, rule=MANUAL)
"""The reason of a merge that somebody asked for."""


class Word(msgspec.Struct, frozen=True):
    """Somebody's word that two people are one."""

    actor: str
    reason: Reason = BY_HAND
    event: str | None = None
    answers: Review | None = None
    """The review that is answered by it."""
    is_found: bool = False
    """Whether rules say so, which were applied to what had been recorded at the wish of the actor."""
    told: tuple[Effect, ...] = ()
    """What was withheld from the first of them, and is not any more."""


def joining(
    facts: Facts, ids: tuple[str, str], word: Word, ruleset: Ruleset, *, now: datetime, entropy: int
) -> Changes:
    """All that changes when the people of two ids become one. Raises UnknownId."""
    one, two = (home_of(facts, id) for id in ids)
    survivor, younger = elder(with_told(person_of(facts, one), word.told, ruleset), person_of(facts, two))
    person = together(survivor, younger, ruleset)
    merge = Merge(
        id=ordered_id(entropy, now, 0),
        at=now,
        survivor=survivor.id,
        merged=younger.ids,
        one=one,
        two=two,
        reason=word.reason,
        event=word.event,
        actor=word.actor,
        is_applied=word.is_found,
    )
    pointer = Edge(
        id=younger.id,
        profile=survivor.id,
        kind=MERGE,
        rule=word.reason.rule,
        event=word.event,
        at=now,
        actor=word.actor,
    )
    joined = Contribution(unsaved=as_contribution(word.told), joins=(Join(merge.id, one, two),))
    return Changes(
        at=now,
        profiles=(committed(person, survivor.version + 1, now),),
        edges=(pointer,),
        merges=(merge,),
        reviews=(word.answers,) if word.answers is not None else (),
        submissions=(SubmissionRecord(id=merge.id, at=now, profile=one, contribution=joined),),
    )
