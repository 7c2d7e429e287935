"""What an event was not let write, since it told what was held back: it is written once somebody accepts that.

The value itself is kept nowhere but in the event. So the event is asked again, by the rules in force, and only for the
fields that tell the identifier; all else of it was written when it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sojourn.core.contributions import Unsaved
from sojourn.core.derived import with_written
from sojourn.core.fields import Unfit
from sojourn.core.mapping.apply import entered
from sojourn.core.mapping.assertions import TELLING
from sojourn.core.mapping.operations import Effect
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.profiles import Profile
from sojourn.core.views import profile_sheet


def telling(effects: Iterable[Effect], key: str, ruleset: Ruleset) -> tuple[Effect, ...]:
    """Those by which a field of the profile would tell the identifier of this key."""
    return tuple(effect for effect in effects if effect.op in TELLING and _key_of(effect, ruleset) == key)


def with_told(person: Profile, told: tuple[Effect, ...], ruleset: Ruleset) -> Profile:
    """The person with what was withheld."""
    if not told:
        return person
    sheet = profile_sheet(person)
    for effect in told:
        with suppress(Unfit):  # What does not fit stays out, as it would have when the event came.
            entered(sheet, effect)
    return with_written(person, sheet, ruleset.knowledge)


def as_contribution(told: tuple[Effect, ...]) -> tuple[Unsaved, ...]:
    """How it is kept, so that it is there when the person is folded anew."""
    return (Unsaved(0, told),) if told else ()


def _key_of(effect: Effect, ruleset: Ruleset) -> str | None:
    kind = ruleset.identifiers.kind_at(effect.field)
    identifier = ruleset.identifiers.key(kind, effect.value) if kind is not None else None
    return identifier.key if identifier is not None else None
