"""What stands for an id where it is looked up, and where people read of it: a keyed hash, and a masked value.

Neither lets anybody know the id who does not know it already.
"""

from __future__ import annotations

import hmac
import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from sojourn.core.identifiers.kinds import IdKind, namespace_of


def key_of(kind: IdKind, canonical: str, secret: bytes) -> str:
    """The key of an id in its canonical form: the same for all kinds of a namespace, another for every secret."""
    namespace = namespace_of(kind)
    message = f"{namespace}\n{canonical}".encode("utf-8", "surrogatepass")
    return f"{namespace}#{hmac.digest(secret, message, 'sha256')[:_KEY_BYTES].hex()}"


def fingerprint_of(secret: bytes) -> str:
    """By what a secret is known; it tells nothing of the secret itself."""
    return hmac.digest(secret, b"fingerprint", "sha256")[:_FINGERPRINT_BYTES].hex()


def is_key(text: str) -> bool:
    """Whether a text has the form of a key. Nobody may name a person by one: who knows a key need not know the id."""
    return _KEY.fullmatch(text) is not None


def masked(kind: IdKind, canonical: str) -> str:
    """So much of an id that its owner knows it again, and nobody else does."""
    match kind.form:
        case "email":
            return _masked_email(canonical)
        case "phone":
            return _masked_phone(canonical)
        case _:
            return _first_letter(canonical)


def _masked_email(canonical: str) -> str:
    local, _, domain = canonical.rpartition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***.{ending}"


def _masked_phone(canonical: str) -> str:
    number, _, extension = canonical.partition(";")
    digits = number.removeprefix("+")
    code = next((digits[:size] for size in (1, 2, 3) if int(digits[:size]) in COUNTRY_CODE_TO_REGION_CODE), "")
    national = digits.removeprefix(code)
    shown = min(_SHOWN_DIGITS, max(len(national) - _HIDDEN_DIGITS, 0))
    hidden = "*" * (len(national) - shown)
    return f"+{code}{hidden}{national[len(national) - shown :]}{';ext=***' if extension else ''}"


def _first_letter(canonical: str) -> str:
    return f"{canonical[:1]}***" if len(canonical) >= _SHOWN_FROM_CHARS else "***"


_KEY_BYTES = 16
_FINGERPRINT_BYTES = 8
_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}#[0-9a-f]{32}")
_SHOWN_DIGITS = 3
_HIDDEN_DIGITS = 4
_SHOWN_FROM_CHARS = 4
