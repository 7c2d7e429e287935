"""Values that are nobody's id: what forms and programs write where nothing was known, and what people make up.

An entry is a value, in which `*` stands for anything, or a pattern of RE2 between slashes. Case does not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sojourn.core.conditions.patterns import searcher

JUNK = {
    "any": (
        "null", "(null)", "<null>", "nil", "none", "undefined", "nan", "n/a", "na", "void", "empty", "unknown",
        "anonymous", "guest", "nobody", "true", "false", "test", "string", "default", "not set", "(not set)",
        "not available", "deleted", "[object object]", "-", "--", "?", "/^x+$/",
        "/^0+$/", "0123456789", "123456789", "1234567890",
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        # What a template or a tag manager leaves where it had nothing to fill in.
        "{{*}}", "${*}", "{%*%}", "<%*%>", "/^%[a-z_]+%$/",
    ),
    "email": (
        "test@test.*", "test@example.*", "test@mail.*", "user@example.*", "email@example.*", "mail@example.*",
        "name@example.*", "me@example.*", "you@example.*", "a@a.*", "a@b.c", "a@b.com", "none@none.*", "null@*",
        "undefined@*",
        "none@*", "unknown@*", "anonymous@*", "guest@*", "nobody@*", "noreply@*", "no-reply@*", "no.reply@*",
        "donotreply@*", "do-not-reply@*", "mailer-daemon@*",
    ),
    "phone": (
        # One digit again and again behind the country code, or all along.
        r"/^\+\d{0,3}(0{6,}|1{6,}|2{6,}|3{6,}|4{6,}|5{6,}|6{6,}|7{6,}|8{6,}|9{6,})$/",
        r"/^\+\d{0,3}0?(123456789|987654321)\d?$/",
    ),
}  # fmt: skip
"""By the form of the values, and for all forms."""

PATTERN_PROGRAM_MAX = 10_000
"""Instructions of the automaton of a pattern."""


class Blocked:
    """What is blocked, ready to be asked."""

    __slots__ = ("_patterns", "_values")

    def __init__(self, entries: Iterable[str], form_of: Callable[[str], str | None]) -> None:
        """`entries` have no faults; `form_of` brings a value into the form that is asked for."""
        self._values: set[str] = set()
        self._patterns: list[Callable[[str], bool]] = []
        for entry in entries:
            pattern = pattern_of(entry)
            if pattern is not None:
                self._patterns.append(searcher(pattern))
            else:
                self._values.add(form_of(entry) or entry.strip())

    def __contains__(self, value: str) -> bool:
        """Whether a value, in its canonical form, is blocked."""
        return value in self._values or any(found(value) for found in self._patterns)


def junk_of(form: str) -> Blocked:
    """What is nobody's id of this form. Ask it for values in lower case."""
    return Blocked((*JUNK["any"], *JUNK.get(form, ())), lambda entry: entry)


def pattern_of(entry: str) -> str | None:
    """The pattern of RE2 that an entry stands for; None for one that is a value."""
    text = entry.strip()
    if len(text) > len("//") and text.startswith("/") and text.endswith("/"):
        return text[1:-1]
    if "*" not in text:
        return None
    return "(?i)^" + ".*".join(re.escape(part) for part in text.split("*")) + "$"
