"""Fields of a profile that follow from its other fields; computed anew whenever those change."""

from __future__ import annotations

from msgspec.structs import replace

from sojourn.core.fields import Path
from sojourn.core.knowledge import Knowledge
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.profiles import Profile, with_parts
from sojourn.core.references import obstacle, value_at, with_value

_CONTACTS = (("contact", "email"), ("contact", "phone"), ("contact", "app"))


def with_written(profile: Profile, sheet: Sheet, knowledge: Knowledge) -> Profile:
    """The profile with what rules wrote on its sheet, and with what follows from that."""
    if not sheet.is_changed:
        return profile
    return with_derived_fields(with_parts(profile, sheet.parts, sheet.origins), knowledge)


def with_derived_fields(profile: Profile, knowledge: Knowledge) -> Profile:
    """The profile with what follows from it.

    That is: anonymity, the share of completed checkouts, the primary id; whether the e-mail is free mail, and where the
    languages are spoken.
    """
    data = profile.data
    data = with_value(data, ("anonymous",), _is_anonymous(data))
    started = value_at(data, ("metrics", "ltcosc"))
    completed = value_at(data, ("metrics", "ltcocc"))
    if isinstance(started, int | float) and started > 0:
        share = 100 * completed / started if isinstance(completed, int | float) else 0
        data = with_value(data, ("metrics", "ltcop"), share)
    aux = _holding(profile.aux, ("email", "free"), _is_free_mail(data, knowledge))
    aux = _holding(aux, ("geo", "markets"), _markets(data, knowledge))
    primary_id = value_at(data, ("identifier", "pk"))
    return replace(
        profile, data=data, aux=aux, primary_id=primary_id if isinstance(primary_id, str) else profile.primary_id
    )


def _is_anonymous(data: dict[str, object]) -> bool:
    """Whether no e-mail, no phone and no messaging handle is known (tracker.md §5.1)."""
    return not any(value_at(data, path) for path in _CONTACTS)


def _is_free_mail(data: dict[str, object], knowledge: Knowledge) -> bool | None:
    """Whether anybody gets an address of that domain for nothing; None without an e-mail, or without knowledge."""
    email = value_at(data, ("contact", "email", "main"))
    if not knowledge.free_mail or not isinstance(email, str) or "@" not in email:
        return None
    return email.rpartition("@")[2].strip().lower() in knowledge.free_mail


def _markets(data: dict[str, object], knowledge: Knowledge) -> list[str] | None:
    """The countries where the person's languages are spoken, each once; None where nothing tells."""
    spoken = value_at(data, ("pii", "language", "spoken"))
    if not isinstance(spoken, list):
        return None
    markets = (knowledge.markets.get(str(language).lower(), ()) for language in spoken)
    return list(dict.fromkeys(country for countries in markets for country in countries)) or None


def _holding(document: dict[str, object], path: Path, value: object) -> dict[str, object]:
    """The document with a value at a place; itself where it holds that already, or where something is in the way."""
    if value_at(document, path) == value or obstacle(document, path) is not None:
        return document
    return with_value(document, path, value)
