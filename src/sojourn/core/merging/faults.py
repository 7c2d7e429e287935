"""What keeps merge rules from being saved: paths that lead to no field, strategies that do not fit what it holds."""

from __future__ import annotations

from collections.abc import Iterator

from sojourn.core.faults import RuleFault
from sojourn.core.fields import PROFILE_FIELDS, Kind, Path, kind_of
from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.references import parse_reference


def merge_rule_faults(rules: MergeRules) -> Iterator[RuleFault]:
    """Everything that is wrong with merge rules."""
    for field, strategy in rules.fields.items():
        loc = ("fields", field)
        reference = parse_reference(f"profile@{field}")
        if reference is None or str(reference) != f"profile@{field}":
            yield RuleFault(loc, "Write a path like `data.contact.email.main`, or `traits.score`.")
            continue
        kinds = _kinds_at(reference.path)
        if not kinds:
            yield RuleFault(loc, f"`{field}` is no field of a profile that rules may write, and none is below it.")
        unfit = kinds - _KINDS_OF.get(strategy, frozenset(Kind))
        if unfit:
            held = " or ".join(sorted(unfit))
            yield RuleFault(loc, f"`{strategy}` does not work on a field that holds {held}.")


def _kinds_at(path: Path) -> frozenset[Kind]:
    """What the field at a path holds, or all the fields below it."""
    kind = kind_of("profile", path)
    if kind is not None:
        return frozenset({kind})
    return frozenset(field.kind for field in PROFILE_FIELDS if field.path[: len(path)] == path)


_ORDERED = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.MOMENT, Kind.ANY})

_KINDS_OF = {
    Strategy.SUM: frozenset({Kind.NUMBER, Kind.INTEGER, Kind.ANY}),
    Strategy.UNION: frozenset({Kind.TEXTS, Kind.ANY}),
    Strategy.MIN: _ORDERED,
    Strategy.MAX: _ORDERED,
    Strategy.MOST_RESTRICTIVE: frozenset({Kind.CONSENT}),
}
"""The kinds that a strategy can work with; the others work with all."""
