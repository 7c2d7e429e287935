"""Changes of fields, and values that were skipped, as traces and dry runs tell them."""

from __future__ import annotations

import msgspec

from sojourn.core.mapping.apply import Skipped
from sojourn.core.mapping.change import Change
from sojourn.core.mapping.operations import Op


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field that a rule changed."""

    rule: str
    """The id of the mapping rule; `type:sign-up` is what the event type does itself."""
    op: Op
    field: str
    before: object
    """Null where nothing was."""
    after: object
    """Null where nothing is any more."""


class FieldSkipped(msgspec.Struct, frozen=True, kw_only=True):
    """A value that did not fit into its field, which stays as it was."""

    rule: str
    field: str
    value: str | None
    """Where the value stands; null for a constant."""
    msg: str


def field_change(change: Change) -> FieldChange:
    """A change as it is answered."""
    return FieldChange(rule=change.rule, op=change.op, field=change.field, before=change.before, after=change.after)


def field_skipped(skipped: Skipped) -> FieldSkipped:
    """A skipped value as it is answered."""
    value = None if skipped.value is None else str(skipped.value)
    return FieldSkipped(rule=skipped.rule, field=skipped.field, value=value, msg=skipped.msg)
