"""Kinds of id: what tells people apart or together, and how far it is trusted; as data, with those that come along.

A kind never says who somebody is by itself: it says where its values are found, in which form they are compared, and
what may follow when two people have the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sojourn.core.conditions.patterns import pattern_fault
from sojourn.core.faults import RuleFault
from sojourn.core.fields import Kind, kind_of
from sojourn.core.graph import KINDS as KINDS_OF_LINKS
from sojourn.core.identifiers.junk import PATTERN_PROGRAM_MAX, pattern_of
from sojourn.core.references import parse_reference

Form = Literal["email", "phone", "text", "exact"]
"""How values are compared: as e-mail addresses, as phone numbers, as texts whatever their case, or as they are."""
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class PeriodLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many within so many days."""

    count: Count = 20
    days: Annotated[int, Meta(ge=1, le=3_650)] = 1


class IdKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of id. `id` never changes."""

    id: str
    name: str
    form: Form = "text"
    """How its values are compared."""
    fields: tuple[str, ...] = ()
    """Fields of the profile, such as `data.contact.email.main`; an event that writes one asserts an id of this kind."""
    namespace: str | None = None
    """Kinds of one namespace recognise each other's values; a kind without one has its own."""
    unique: bool = False
    """Whether two different values never belong to one person."""
    switches: bool = False
    """Whether another value on the same device means that another person has taken it over."""
    identifies: bool = True
    """Whether somebody who has one is a known person."""
    limit_per_profile: Count = 5
    """How many different values one person may have; further ones are held back."""
    limit_per_period: PeriodLimit = PeriodLimit()
    """How many people one value may join within so many days; further ones are held back."""
    priority: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    """Where kinds disagree, the one with the smaller number counts."""
    trust: Literal["any", "server"] = "any"
    """Which sources may assert it: any, or only those with `trust = "server"`."""
    blocked: tuple[str, ...] = ()
    """Values that are nobody's, beside the ones that never are: a value, in which `*` stands for anything, or a
    pattern of RE2 between slashes."""
    enabled: bool = True
    """Whether anybody is recognised by it."""
    version: int = 0
    """Counts the changes of the kind; a built-in one as it came along has 0."""


class KindVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A kind as it was in force for a while, or is. Versions of one id count on, even after it was removed."""

    kind: IdKind
    since: datetime
    until: datetime | None = None
    """When it was changed or removed; null while it is in force."""


def namespace_of(kind: IdKind) -> str:
    """The namespace in which the values of a kind are recognised."""
    return kind.namespace or kind.id


def written_field(field: str) -> str:
    """The reference of a field of a kind, as rules write it: `profile@data.contact.email.main`."""
    reference = parse_reference(f"profile@{field}")
    assert reference is not None, "faulty kinds are not saved"
    return str(reference)


def kind_faults(kind: IdKind, others: Iterable[IdKind] = ()) -> Iterator[RuleFault]:
    """Everything that keeps a kind from being saved beside the other kinds."""
    if not is_kind_id(kind.id):
        yield RuleFault(("id",), _NAME_FAULT)
    for loc, name in (("id", kind.id), ("namespace", kind.namespace)):
        if name in KINDS_OF_LINKS:
            yield RuleFault((loc,), f"`{name}` is the name of links that are no identifiers. Choose another one.")
    if kind.namespace is not None and not is_kind_id(kind.namespace):
        yield RuleFault(("namespace",), _NAME_FAULT)
    beside = [other for other in others if other.id != kind.id]
    yield from _form_faults(kind, beside)
    yield from _field_faults(kind, beside)
    for index, entry in enumerate(kind.blocked):
        yield from _blocked_faults(index, entry)


def is_kind_id(text: str) -> bool:
    """Whether a text can be the id of a kind, or a namespace."""
    return _ID.fullmatch(text) is not None


def _form_faults(kind: IdKind, others: Iterable[IdKind]) -> Iterator[RuleFault]:
    """Values of one namespace have to be compared in one form, else one person's value is another's by chance."""
    for other in others:
        if namespace_of(other) == namespace_of(kind) and other.form != kind.form:
            msg = f"`{other.id}` has the same namespace and the form `{other.form}`: kinds of one namespace share it."
            yield RuleFault(("form",), msg)
            return


def _field_faults(kind: IdKind, others: Iterable[IdKind]) -> Iterator[RuleFault]:
    taken = {written_field(field): other.id for other in others for field in other.fields}
    for index, field in enumerate(kind.fields):
        reference = parse_reference(f"profile@{field}")
        held = kind_of("profile", reference.path) if reference else None
        if held not in _TELLING_FIELDS:
            yield RuleFault(("fields", index), f"`{field}` is no field of the profile that holds one text or number.")
        elif str(reference) in taken:
            yield RuleFault(("fields", index), f"`{field}` tells ids of the kind `{taken[str(reference)]}` already.")
        else:
            taken[str(reference)] = kind.id


def _blocked_faults(index: int, entry: str) -> Iterator[RuleFault]:
    if not entry.strip() or len(entry) > _BLOCKED_CHARS_MAX:
        yield RuleFault(("blocked", index), f"Write a value or a pattern of at most {_BLOCKED_CHARS_MAX} characters.")
        return
    pattern = pattern_of(entry)
    reason = pattern_fault(pattern, PATTERN_PROGRAM_MAX) if pattern is not None else None
    if reason is not None:
        yield RuleFault(("blocked", index), f"This pattern cannot be used: {reason}.")


_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME_FAULT = "Write lower case letters, digits and `-`, a letter first, at most 40."
_BLOCKED_CHARS_MAX = 500
_TELLING_FIELDS = (Kind.TEXT, Kind.INTEGER, Kind.ANY)


def _reached(id: str, name: str, form: Form, field: str, priority: int) -> IdKind:
    """A kind of address: people share them and have several."""
    return IdKind(id=id, name=name, form=form, fields=(field,), namespace=form, priority=priority)


BUILT_IN_KINDS = (
    IdKind(
        id="primary-key",
        name="Primary key",
        form="exact",
        fields=("data.identifier.pk",),
        unique=True,
        limit_per_profile=1,
        priority=10,
    ),
    IdKind(
        id="external-id",
        name="External id",
        form="exact",
        fields=("data.identifier.id",),
        unique=True,
        limit_per_profile=1,
        priority=20,
    ),
    IdKind(id="login", name="Login name", fields=("data.identifier.token",), switches=True, priority=30),
    _reached("email-main", "Main e-mail", "email", "data.contact.email.main", 40),
    _reached("email-private", "Private e-mail", "email", "data.contact.email.private", 41),
    _reached("email-business", "Work e-mail", "email", "data.contact.email.business", 42),
    _reached("phone-main", "Main phone", "phone", "data.contact.phone.main", 50),
    _reached("phone-mobile", "Mobile phone", "phone", "data.contact.phone.mobile", 51),
    _reached("phone-whatsapp", "WhatsApp number", "phone", "data.contact.phone.whatsapp", 52),
    _reached("phone-business", "Work phone", "phone", "data.contact.phone.business", 53),
    IdKind(
        id="device",
        name="Device",
        form="exact",
        identifies=False,
        limit_per_profile=50,
        priority=90,
    ),
)
"""The kinds that come along. Each can be changed or disabled, none removed; the first ones count most."""
