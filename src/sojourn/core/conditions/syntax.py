"""From the text of a condition to its tree, by recursive descent.

A text is bounded before it is looked at, and its depth while it is read. Every node knows its place. This is the
grammar; its keywords may be written in any case:

    condition    =  conjunction { "or" conjunction }
    conjunction  =  negation { "and" negation }
    negation     =  "not" negation | "(" condition ")" | test
    test         =  field ( [ "not" ] "exists" | "is" [ "not" ] "null" | [ "is" ] [ "not" ] "empty" )
                 |  field ( "=" | "!=" ) "null"
                 |  operand ( operator operand | "between" operand "and" operand )
    operator     =  "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | [ "not" ] "in"
                 |  "contains" | "starts" "with" | "ends" "with" | "matches"
    operand      =  field | text | number | "true" | "false" | moment | "[" operand { "," operand } "]"
    field        =  root ( "." | "@" ) key { "." key | "." index | "[" index "]" | "[" quoted key "]" }
    moment       =  "datetime" "(" ( text | field ) ")"
                 |  "now" [ "(" ")" ] [ ( "+" | "-" ) duration ] | "now.offset" "(" text ")"
    duration     =  digits ( "s" | "m" | "h" | "d" | "w" )
"""

from __future__ import annotations

from collections.abc import Callable

from sojourn.core.conditions.errors import ConditionError, Place, place_at
from sojourn.core.conditions.limits import LIMITS, ConditionLimits
from sojourn.core.conditions.nodes import (
    And,
    Between,
    Compare,
    Condition,
    Field,
    Has,
    List,
    Not,
    Operand,
    Operator,
    Or,
    Presence,
    Term,
)
from sojourn.core.conditions.operands import operand
from sojourn.core.conditions.tokens import Shape
from sojourn.core.conditions.words import Words


def parse(text: str, limits: ConditionLimits = LIMITS) -> Condition:
    """Read a condition. Raises ConditionError, with the place, when it is none or goes beyond a limit."""
    if len(text) > limits.text_chars_max:
        raise ConditionError(Place(1, 1), f"A condition has at most {limits.text_chars_max} characters.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConditionError(place_at(text, error.start), "Half a character cannot stand here.") from error
    words = Words(text)
    condition = _condition(words, limits.depth_max)
    if words.ahead.shape is not Shape.END:
        raise words.fault("The condition should end here.", "Conditions are joined with `and` or `or`.")
    return condition


def _condition(words: Words, levels: int) -> Condition:
    """Read what may stand in parentheses; `levels` more of them may be opened inside of it."""
    place = words.place
    conditions = _joined("or", _conjunction, words, levels)
    return conditions[0] if len(conditions) == 1 else Or(conditions, place)


def _conjunction(words: Words, levels: int) -> Condition:
    place = words.place
    conditions = _joined("and", _negation, words, levels)
    return conditions[0] if len(conditions) == 1 else And(conditions, place)


def _joined(word: str, read: Callable[[Words, int], Condition], words: Words, levels: int) -> tuple[Condition, ...]:
    conditions = [read(words, levels)]
    while words.takes(word):
        conditions.append(read(words, levels))
    return tuple(conditions)


def _negation(words: Words, levels: int) -> Condition:
    place = words.place
    if not (words.is_at("not") or words.is_at("(")):
        return _test(words)
    if levels == 0:
        raise words.fault("Too many conditions stand inside of each other here.")
    if words.takes("not"):
        return Not(_negation(words, levels - 1), place)
    words.expect("(", "A condition is missing here.")
    condition = _condition(words, levels - 1)
    words.expect(")", f"The parenthesis of {place} should be closed here.")
    return condition


def _test(words: Words) -> Condition:
    place = words.place
    left = operand(words)
    presence = _presence(words)
    if presence is not None:
        return Has(_field(left, place), presence, place)
    if words.takes("between"):
        low = _term(words)
        words.expect("and", "`between` takes two values with `and` between them.")
        return Between(_as_term(left, place), low, _term(words), place)
    operator = _operator(words)
    if words.is_at("null"):
        return _null_test(words, left, operator, place)
    return Compare(left, operator, operand(words), place)


def _presence(words: Words) -> Presence | None:
    for spelling, presence in _PRESENCE.items():
        if words.takes(*spelling):
            return presence
    if words.is_at("is"):
        raise words.fault("After `is` comes `null`, `not null`, `empty` or `not empty`.", "Equality is written `=`.")
    return None


def _operator(words: Words) -> Operator:
    for spelling, operator in _OPERATORS.items():
        if words.takes(*spelling):
            return operator
    instead = _MISSPELT.get(words.ahead.written.lower())
    if instead:
        raise words.fault(f"`{words.ahead.written}` is no operator.", f"Write `{instead}`.")
    raise words.fault("An operator is missing here.", "For example `=`, `<`, `in`, `contains`, `exists` or `is empty`.")


def _null_test(words: Words, left: Operand, operator: Operator, place: Place) -> Has:
    """Read `= null` as the question that it is: whether there is a value."""
    if operator not in _OF_NULL:
        raise words.fault("Nothing compares with null in this way.", "Write `is null` or `is not null`.")
    words.take()
    return Has(_field(left, place), _OF_NULL[operator], place)


def _field(left: Operand, place: Place) -> Field:
    if not isinstance(left, Field):
        raise ConditionError(place, "Only a field may be there or not.", "A value that is written down always is.")
    return left


def _term(words: Words) -> Term:
    place = words.place
    return _as_term(operand(words), place)


def _as_term(value: Operand, place: Place) -> Term:
    if isinstance(value, List):
        raise ConditionError(place, "A list cannot lie between two values.")
    return value


_PRESENCE = {
    ("exists",): Presence.EXISTS,
    ("not", "exists"): Presence.NOT_EXISTS,
    ("is", "null"): Presence.NOT_EXISTS,
    ("is", "not", "null"): Presence.EXISTS,
    ("is", "empty"): Presence.EMPTY,
    ("is", "not", "empty"): Presence.NOT_EMPTY,
    ("empty",): Presence.EMPTY,
    ("not", "empty"): Presence.NOT_EMPTY,
}
_OPERATORS = {
    **{tuple(operator.value.split()): operator for operator in Operator},
    ("==",): Operator.EQUAL,
    ("<>",): Operator.UNEQUAL,
}
_OF_NULL = {Operator.EQUAL: Presence.NOT_EXISTS, Operator.UNEQUAL: Presence.EXISTS}
_MISSPELT = {"=>": ">=", "=<": "<=", "!": "!=", "consist": "contains", "has": "contains", "like": "matches"}
