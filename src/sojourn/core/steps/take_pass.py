"""Let a pass speak for the person whom it hands on: it is judged like an identifier.

A pass that does not hold is left aside with a warning; it never costs an event (tracker.md §4.8, R-36).
"""

from __future__ import annotations

from sojourn.core.draft import Assertion, Draft, Ended
from sojourn.core.evidence import Evidence
from sojourn.core.facts import use_key
from sojourn.core.graph import HANDED_ON, Edge
from sojourn.core.identifiers.in_force import Identifier
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.linking import may_assert
from sojourn.core.passes import PLACE, Pass, ignored, key_of_pass


def take_pass(draft: Draft) -> Ended | None:
    """Add what the pass asserts, and use it up."""
    handed = draft.submission.handed_on
    if handed is None:
        return None
    fault = _fault(draft, handed)
    if fault is not None:
        draft.warn("pass-ignored", ignored(fault), loc=PLACE)
        return None
    event = draft.kept[0]
    home = draft.world.home(handed.profile)
    draft.graph.used = use_key(handed)
    draft.graph.handed_on = Edge(
        id=key_of_pass(home),
        profile=home,
        kind=HANDED_ON,
        rule=handed.rule,
        event=event.id,
        at=draft.submission.received_at,
        source=draft.submission.source.id,
    )
    draft.graph.assertions.append(
        Assertion(event, Evidence(Identifier(_PASS_KIND, key_of_pass(home), ""), handed.rule))
    )
    return None


def _fault(draft: Draft, handed: Pass) -> str | None:
    """Why a pass does not hold; None where it does."""
    submission = draft.submission
    token, use = handed.token, use_key(handed)
    if token is not None and token.source != submission.source.id:
        return "it is for another source"
    if token is not None and token.has_expired(submission.received_at):
        return "it has expired"
    if use is not None and draft.world.known_event(use) is not None:
        return "it was used before"
    if draft.profile is None or not draft.saves_profile:
        return "the request keeps no profile"
    if not may_assert(submission.source, _PASS_KIND):
        return "this source may not say who somebody is"
    if draft.world.profile(handed.profile) is None:
        return "its profile is not known"
    return None


_PASS_KIND = IdKind(id=HANDED_ON, name="Pass", form="exact", identifies=False, priority=0)
"""As what a pass is judged. What it leads to is the person, so nothing of it is learnt."""
