"""The part of the grammar below a comparison: fields, texts, numbers, moments and lists."""

from __future__ import annotations

from sojourn.core.conditions.errors import ConditionError, Place
from sojourn.core.conditions.limits import OFFSET_S_MAX
from sojourn.core.conditions.moments import UNITS_S, moment_of
from sojourn.core.conditions.nodes import (
    ROOTS,
    Boolean,
    Field,
    List,
    Moment,
    MomentOf,
    Now,
    Number,
    Operand,
    Term,
    Text,
)
from sojourn.core.conditions.tokens import Shape, Token, reference_of, unquoted
from sojourn.core.conditions.words import Words


def operand(words: Words) -> Operand:
    """Read one side of a comparison. Raises ConditionError when something else stands there."""
    place = words.place
    match words.ahead.shape:
        case Shape.NUMBER:
            return Number(_number(words.take()), place)
        case Shape.TEXT:
            return Text(unquoted(words.take().written), place)
        case Shape.REFERENCE:
            return _offset_now(words, place) if words.takes("now.offset", "(") else _field(words)
        case Shape.WORD:
            return _word(words, place)
        case _:
            return _symbol(words, place)


def _word(words: Words, place: Place) -> Term:
    if words.is_at("true") or words.is_at("false"):
        return Boolean(words.take().written.lower() == "true", place)
    if words.takes("datetime", "("):
        return _moment(words, place)
    if words.takes("now") or words.takes("utcnow"):
        return _now(words, place)
    hint = _HINTS.get(words.ahead.written.lower(), f"A text needs quotes; a field begins with {', '.join(ROOTS)}.")
    raise words.fault(_MISSING, hint)


def _symbol(words: Words, place: Place) -> Number | List:
    if words.takes("["):
        return _list(words, place)
    if words.takes("-") and words.ahead.shape is Shape.NUMBER:
        return Number(-_number(words.take()), place)
    raise words.fault(_MISSING)


def _field(words: Words) -> Field:
    place = words.place
    reference = reference_of(words.ahead)
    for root in ROOTS:
        if root == reference.root:
            words.take()
            return Field(root, reference.path, place)
    raise words.fault(f"There is no `{reference.root}`.", f"Fields begin with {', '.join(ROOTS)}; a text needs quotes.")


def _number(token: Token) -> int | float:
    number = float(token.written)
    # What is too large to be worked out stays a float, and is refused by the check.
    return int(token.written) if token.written.isdigit() and len(token.written) <= _DIGITS_MAX else number


def _list(words: Words, place: Place) -> List:
    items: list[Text | Number | Boolean | Moment] = []
    while not items or words.takes(","):
        at = words.place
        item = None if words.is_at("[") else operand(words)
        if not isinstance(item, Text | Number | Boolean | Moment):
            raise ConditionError(at, "A list holds texts, numbers, moments, or true and false; no fields, no lists.")
        items.append(item)
    words.expect("]", f"The list of {place} should go on with `,` or be closed with `]` here.")
    return List(tuple(items), place)


def _moment(words: Words, place: Place) -> Moment | MomentOf:
    if words.ahead.shape is Shape.REFERENCE:
        field = _field(words)
        words.expect(")", "`datetime` takes one field or one text.")
        return MomentOf(field, place)
    at = moment_of(unquoted(words.ahead.written)) if words.ahead.shape is Shape.TEXT else None
    if at is None:
        raise words.fault("A moment is missing here.", 'Write it like "2026-01-31" or "2026-01-31T12:00:00Z".')
    words.take()
    words.expect(")", "`datetime` takes one field or one text.")
    return Moment(at, place)


def _now(words: Words, place: Place) -> Now:
    if words.takes("("):
        words.expect(")", "`now` takes nothing: a moment is the same in every time zone.")
    for sign in ("+", "-"):
        if words.takes(sign):
            return Now(_seconds(words, sign, words.ahead.written), place)
    return Now(0, place)


def _offset_now(words: Words, place: Place) -> Now:
    """Read the rest of `now.offset("-7d")`, which is another way to write `now - 7d`."""
    written = unquoted(words.ahead.written) if words.ahead.shape is Shape.TEXT else ""
    sign = "-" if written.startswith("-") else "+"
    offset_s = _seconds(words, sign, written.removeprefix(sign))
    words.expect(")", "`now.offset` takes one text.")
    return Now(offset_s, place)


def _seconds(words: Words, sign: str, duration: str) -> int:
    """Take a word that holds a duration, and tell its seconds."""
    digits, unit = duration[:-1], duration[-1:]
    if unit not in UNITS_S or not (digits.isascii() and digits.isdigit()):
        raise words.fault("A duration is missing here.", "Write it like `7d`, in s, m, h, d or w.")
    # A hundred years have ten digits in seconds; far more of them are not worked out.
    seconds = int(digits[:_DIGITS_MAX]) * UNITS_S[unit]
    if seconds > OFFSET_S_MAX:
        raise words.fault("A duration is at most a hundred years.")
    words.take()
    return -seconds if sign == "-" else seconds


_MISSING = "A field or a value is missing here."
_DIGITS_MAX = 20
_HINTS: dict[str, str] = {
    "lowercase": "To disregard case write `matches '(?i)...'`.",
    "uppercase": "To disregard case write `matches '(?i)...'`.",
    "null": "Write `is null` or `is not null`.",
    **{root: f"Say which field of it, like `{root}.id`." for root in ROOTS},
}
