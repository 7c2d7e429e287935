"""Fields of a profile that follow from its other fields; computed anew whenever those change."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.profiles import Profile
from sojourn.core.references import value_at, with_value

_CONTACTS = (("contact", "email"), ("contact", "phone"), ("contact", "app"))


def with_derived_fields(profile: Profile) -> Profile:
    """The profile with what follows from it: anonymity, the share of completed checkouts, the primary id."""
    data = profile.data
    data = with_value(data, ("anonymous",), _is_anonymous(data))
    started = value_at(data, ("metrics", "ltcosc"))
    completed = value_at(data, ("metrics", "ltcocc"))
    if isinstance(started, int | float) and started > 0:
        share = 100 * completed / started if isinstance(completed, int | float) else 0
        data = with_value(data, ("metrics", "ltcop"), share)
    primary_id = value_at(data, ("identifier", "pk"))
    return replace(profile, data=data, primary_id=primary_id if isinstance(primary_id, str) else profile.primary_id)


def _is_anonymous(data: dict[str, object]) -> bool:
    """Whether no e-mail, no phone and no messaging handle is known (tracker.md §5.1)."""
    return not any(value_at(data, path) for path in _CONTACTS)
