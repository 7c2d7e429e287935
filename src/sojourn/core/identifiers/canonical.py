"""The one form of an id, whatever way it was typed. A value without a form is nobody's id.

It never raises, and the form of a form is itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from sojourn.core.identifiers.kinds import Form, IdKind

VALUE_CHARS_MAX = 512
"""Characters of an id; a longer value is nobody's."""


def canonical(kind: IdKind, value: object, default_region: str | None = None) -> str | None:
    """The one form of a value of this kind; None where it cannot be one.

    A number counts as the text that it is written as. `default_region` is the country (`GB`) of phone numbers without a
    country code, which otherwise cannot be told from each other.
    """
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    text = trimmed(str(value))
    if not text or len(text) > VALUE_CHARS_MAX or any(unicodedata.category(char) in _UNSEEN for char in text):
        return None
    form = _phone(text, default_region) if kind.form == "phone" else _FORMS[kind.form](text)
    return form if form and len(form) <= VALUE_CHARS_MAX else None


def is_region(code: str) -> bool:
    """Whether a text names a country whose phone numbers are known: two capital letters, such as `GB`."""
    return code in phonenumbers.SUPPORTED_REGIONS


def trimmed(text: str) -> str:
    """The text without blanks around it, those among them that cannot be seen."""
    return _BLANKS.sub("", text)


def _email(text: str) -> str | None:
    try:
        # `.test` is allowed, so that one can try things out; who has no such address is not joined by one.
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        return None
    # Letters may be composed once they are lower case, and some become two.
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", found.local_part).lower())
    return f"{local}@{found.ascii_domain}"


def _phone(text: str, default_region: str | None) -> str | None:
    if text.startswith("00") and default_region is None:
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, default_region)
    except phonenumbers.NumberParseException:
        return None
    # Not whether it is in use: numbers are given out faster than anybody's tables are.
    if not phonenumbers.is_possible_number(number):
        return None
    form = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Behind one switchboard many people sit.
    return f"{form};ext={number.extension}" if number.extension else form


def _text(text: str) -> str:
    folded = unicodedata.normalize("NFD", text).casefold()
    return trimmed(unicodedata.normalize("NFC", folded))


def _exact(text: str) -> str:
    return text


_FORMS: dict[Form, Callable[[str], str | None]] = {"email": _email, "text": _text, "exact": _exact}
_UNSEEN = ("Cc", "Cs")
_BLANKS = re.compile("^[\\s\u200b-\u200f\u2060\ufeff]+|[\\s\u200b-\u200f\u2060\ufeff]+$")
