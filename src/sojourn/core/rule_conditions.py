"""Conditions of mapping rules: judged when a rule is saved, compiled when it comes into force.

They ask the documents that `core.views` shows, and mean by `now` the moment at which the event happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sojourn.core.conditions.closure import Holds, closure
from sojourn.core.conditions.errors import ConditionError
from sojourn.core.conditions.fields import field_types
from sojourn.core.conditions.reading import Subject
from sojourn.core.conditions.syntax import parse
from sojourn.core.conditions.types import check
from sojourn.core.documents import Condition
from sojourn.core.events import Event
from sojourn.core.faults import RuleFault
from sojourn.core.profiles import Profile
from sojourn.core.sessions import Session

FIELDS = field_types(event=Event, profile=Profile, session=Session)
"""What a condition may ask, and what is known of it."""


def compile_condition(text: str) -> Condition:
    """The function that answers a condition which has no faults."""
    holds = _holds(text)
    return lambda documents, now: holds(Subject(now=now, **documents))


def condition_faults(text: str | None) -> Iterator[RuleFault]:
    """What keeps a condition from being saved, with its place; a rule without one is always meant."""
    if text is None:
        return
    try:
        _holds(text)
    except ConditionError as error:
        yield RuleFault(("condition",), str(error))


@lru_cache(maxsize=2048)
def _holds(text: str) -> Holds:
    """The function that answers a condition. Raises ConditionError.

    All rules are compiled again when one of them has changed; reading their conditions would take most of the time.
    """
    return closure(check(parse(text), FIELDS))
