"""From a checked condition to a Python function. Whatever can be decided before the first event is decided then.

Functions are composed, never generated: no text is run as Python. How values are reached is in `reading`, how they
stand to each other in `values`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from sojourn.core.conditions.fields import FieldTypes
from sojourn.core.conditions.nodes import (
    And,
    Between,
    Boolean,
    Compare,
    Condition,
    Has,
    List,
    Moment,
    MomentOf,
    Not,
    Now,
    Number,
    Operator,
    Or,
    Presence,
    Term,
    Text,
)
from sojourn.core.conditions.patterns import searcher
from sojourn.core.conditions.reading import Read, Subject, reader
from sojourn.core.conditions.types import Checked
from sojourn.core.conditions.values import (
    PLAIN,
    SEEN_FROM_THE_RIGHT,
    Relation,
    holds_item,
    is_list,
    is_number,
    is_scalar,
    relation,
)

Holds: TypeAlias = Callable[[Subject], bool]
"""Whether a condition is true of a subject. It raises nothing, whatever the documents hold."""


def closure(checked: Checked) -> Holds:
    """The function that answers a condition."""
    return _condition(checked.condition, checked.fields)


def _condition(condition: Condition, fields: FieldTypes) -> Holds:
    match condition:
        case And(conditions):
            return _all(tuple(_condition(part, fields) for part in conditions))
        case Or(conditions):
            return _any(tuple(_condition(part, fields) for part in conditions))
        case Not(inner):
            return _not(_condition(inner, fields))
        case Has(field, presence):
            return _presence(reader(field, fields), presence)
        case Between(value, low, high):
            least, most = Compare(value, Operator.AT_LEAST, low), Compare(value, Operator.AT_MOST, high)
            return _all((_comparison(least, fields), _comparison(most, fields)))
        case Compare():
            return _comparison(condition, fields)
        case _:
            assert_never(condition)


def _all(parts: tuple[Holds, ...]) -> Holds:
    def holds(subject: Subject) -> bool:
        for part in parts:  # noqa: SIM110  # all() over a generator takes twice as long
            if not part(subject):
                return False
        return True

    return holds


def _any(parts: tuple[Holds, ...]) -> Holds:
    def holds(subject: Subject) -> bool:
        for part in parts:  # noqa: SIM110  # any() over a generator takes twice as long
            if part(subject):
                return True
        return False

    return holds


def _not(part: Holds) -> Holds:
    return lambda subject: not part(subject)


def _presence(read: Read, presence: Presence) -> Holds:
    match presence:
        case Presence.EXISTS:
            return lambda subject: read(subject) is not None
        case Presence.NOT_EXISTS:
            return lambda subject: read(subject) is None
        case Presence.EMPTY:
            return lambda subject: _is_empty(read(subject))
        case Presence.NOT_EMPTY:
            return lambda subject: not _is_empty(read(subject))
        case _:
            assert_never(presence)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)


def _comparison(compare: Compare, fields: FieldTypes) -> Holds:
    left, operator, right = compare.left, compare.operator, compare.right
    assert not isinstance(left, List), "the check refuses it"
    read = reader(left, fields)
    if isinstance(right, List):
        return _choice(read, operator, right)
    match operator:
        case Operator.MATCHES:
            assert isinstance(right, Text), "the check asks for a pattern"
            return _match(read, searcher(right.value))
        case Operator.CONTAINS if isinstance(right, Text):
            return _contains_text(read, right.value)
        case Operator.IN | Operator.NOT_IN | Operator.CONTAINS:
            return _both(read, reader(right, fields), _OF_ITEMS[operator])
        case Operator.STARTS_WITH | Operator.ENDS_WITH:
            return _texts(read, reader(right, fields), _OF_TEXTS[operator])
        case _:
            return _relation(left, operator, right, fields)


def _relation(left: Term, operator: Operator, right: Term, fields: FieldTypes) -> Holds:
    if isinstance(left, Moment | MomentOf | Now):
        return _moments(reader(left, fields), operator, reader(right, fields))
    if isinstance(right, Text | Number | Boolean):
        return _constant(reader(left, fields), operator, right)
    if isinstance(left, Text | Number | Boolean):
        return _constant(reader(right, fields), SEEN_FROM_THE_RIGHT[operator], left)
    return _both(reader(left, fields), reader(right, fields), relation(operator))


def _constant(read: Read, operator: Operator, known: Text | Number | Boolean) -> Holds:
    """A comparison with a value that is written down: by far the most frequent one, so its kind is asked in advance."""
    compare, value = PLAIN[operator], known.value
    if isinstance(known, Number):
        return lambda subject: is_number(found := read(subject)) and compare(found, value)
    if isinstance(known, Text) and operator is Operator.EQUAL:
        # Nothing but a text equals a text.
        return lambda subject: read(subject) == value
    kind = value.__class__
    return lambda subject: (found := read(subject)).__class__ is kind and compare(found, value)


def _moments(left: Read, operator: Operator, right: Read) -> Holds:
    compare = PLAIN[operator]

    def holds(subject: Subject) -> bool:
        one, other = left(subject), right(subject)
        return one is not None and other is not None and compare(one, other)

    return holds


def _choice(read: Read, operator: Operator, choices: List) -> Holds:
    values = frozenset(item.at if isinstance(item, Moment) else item.value for item in choices.items)
    kinds = {value.__class__ for value in values}
    if int in kinds or float in kinds:
        kinds = {int, float}
    if operator is Operator.IN:
        return lambda subject: (found := read(subject)).__class__ in kinds and found in values
    return lambda subject: (found := read(subject)).__class__ in kinds and found not in values


def _both(left: Read, right: Read, related: Relation) -> Holds:
    return lambda subject: related(left(subject), right(subject))


def _is_in(value: object, items: object) -> bool:
    return holds_item(items, value)


def _is_missing_from(value: object, items: object) -> bool:
    return is_scalar(value) and is_list(items) and not holds_item(items, value)


def _contains_text(read: Read, text: str) -> Holds:
    # Nothing but a text equals a text, so a list may be asked as Python asks it.
    return lambda subject: isinstance(whole := read(subject), str | list | tuple) and text in whole


def _contains(whole: object, part: object) -> bool:
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    return holds_item(whole, part)


def _texts(left: Read, right: Read, related: Callable[[str, str], bool]) -> Holds:
    def holds(subject: Subject) -> bool:
        whole, part = left(subject), right(subject)
        return isinstance(whole, str) and isinstance(part, str) and related(whole, part)

    return holds


def _match(read: Read, found_in: Callable[[str], bool]) -> Holds:
    return lambda subject: isinstance(text := read(subject), str) and found_in(text)


_OF_ITEMS: dict[Operator, Relation] = {
    Operator.IN: _is_in,
    Operator.NOT_IN: _is_missing_from,
    Operator.CONTAINS: _contains,
}
_OF_TEXTS = {Operator.STARTS_WITH: str.startswith, Operator.ENDS_WITH: str.endswith}
