"""Passes at the door: the one that a payload brings, and those that it asks for (tracker.md §4.8, R-36)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sojourn.core.events import Problem, Submission
from sojourn.core.passes import PLACE, Issued, Pass, ignored
from sojourn.core.pipeline import Decision
from sojourn.core.sources import Source
from sojourn.http.answers import NO_PASSES, Given
from sojourn.http.measure import is_fit_id
from sojourn.http.tracker import Tracker
from sojourn.http.wire import Tracked


class Brought(NamedTuple):
    """The pass that a payload brings, or why it brings none."""

    handed_on: Pass | None = None
    warnings: tuple[Problem, ...] = ()


NOTHING = Brought()


def brought(tracked: Tracked, source: Source, tracker: Tracker) -> Brought:
    """What the payload says of a pass: a token that was made here, or a name that the source believes."""
    told = next(_told(tracked), None)
    if told is None:
        return NOTHING
    if not isinstance(told, dict):
        return _nothing("it is no object")
    if "token" in told:
        token = told["token"]
        handed_on = tracker.passes.read(token) if isinstance(token, str) else None
        return Brought(handed_on) if handed_on is not None else _nothing("its token was not made here, or was changed")
    return _named(told.get("profile"), told.get("source"), source, tracker)


def given(submission: Submission, decision: Decision, tracker: Tracker) -> Given:
    """The passes that the payload asks for, as far as its source allows them."""
    asked = submission.options.hands_on_to
    if not asked:
        return NO_PASSES
    allowed = [target for target in submission.source.passes_to if _is_enabled(target, tracker)]
    targets = allowed if "*" in asked else [target for target in dict.fromkeys(asked) if target in allowed]
    if not decision.home:
        return Given({}, (_not_given("there is nobody to hand on"),))
    passes: dict[str, Issued] = {target: tracker.new_pass(decision.home, target) for target in targets}
    if not passes or ("*" not in asked and len(passes) < len(set(asked))):
        return Given(passes, (_not_given("the source may not hand people on to where it was asked for"),))
    return Given(passes)


def _told(tracked: Tracked) -> Iterator[object]:
    """All that is said of a pass, be it of the whole payload or of single events."""
    for context in (tracked.context, *(event.context for _, event in tracked.events)):
        about = context.get("tracardi") if context else None
        if isinstance(about, dict) and about.get("pass") is not None:
            yield about["pass"]


def _named(profile: object, from_source: object, source: Source, tracker: Tracker) -> Brought:
    """A person who is only named; `from_source` is the site that hands them on."""
    if not source.bare_pass:
        return _nothing("this source takes none without a token")
    if not isinstance(profile, str) or not isinstance(from_source, str):
        return _nothing("it names no profile and source")
    if not profile.strip() or not is_fit_id(profile.strip(), tracker.limits):
        return _nothing("it names no profile and source")
    if not _is_enabled(from_source.strip(), tracker):
        return _nothing("the source that it comes from is not known")
    return Brought(Pass(profile.strip()))


def _is_enabled(source_id: str, tracker: Tracker) -> bool:
    source = tracker.catalog.source(source_id)
    return source is not None and source.enabled


def _nothing(why: str) -> Brought:
    return Brought(None, (Problem(event=None, code="pass-ignored", loc=PLACE, msg=ignored(why)),))


def _not_given(why: str) -> Problem:
    return Problem(event=None, code="pass-not-given", loc=("body", "options", "pass"), msg=f"No pass: {why}.")
