"""Who asks, and what may they do? Bearer tokens, of which only the SHA-256 is ever kept or compared."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

from sojourn.core.sources import ApiKey
from sojourn.ports.catalog import Catalog
from sojourn.ports.system import Clock

TOKEN_PREFIX = "sjt_"  # noqa: S105  A prefix, so that scanners for leaked secrets can find our tokens.
"""What tokens of the management API begin with."""

SECRET_PREFIX = "sk_"  # noqa: S105  As above, for the secrets of sources.
"""What the secrets of sources begin with."""


ADMINISTRATOR = "administrator"
"""The name of whoever comes with the token of the environment, or of the data folder."""


class Tokens:
    """The tokens that are valid now, and what each of them opens."""

    def __init__(self, catalog: Catalog, clock: Clock, admin_sha256: tuple[str, ...] = ()) -> None:
        """Besides the keys of the catalog, the tokens with these digests have every right."""
        self._catalog = catalog
        self._clock = clock
        self._admin_sha256 = admin_sha256

    def is_valid(self, token_sha256: str) -> bool:
        """Whether this is the digest of a token that has not been revoked and has not expired."""
        return self._is_admin(token_sha256) or self._key(token_sha256) is not None

    def opens(self, token_sha256: str, scope: str) -> bool:
        """Whether the token of this digest opens what `scope` protects, at this moment."""
        if self._is_admin(token_sha256):
            return True
        key = self._key(token_sha256)
        return key is not None and key.allows(scope, self._clock.now())

    def name_of(self, token_sha256: str) -> str:
        """By what name the holder of the token of this digest is told: that of the key, or of the administrator."""
        if self._is_admin(token_sha256):
            return ADMINISTRATOR
        key = self._catalog.key_of(token_sha256)
        return "a key that was just revoked" if key is None else key.name

    def _is_admin(self, token_sha256: str) -> bool:
        # Every digest is compared, so that the time tells nothing about which one came near.
        return sum(is_same(token_sha256, admin) for admin in self._admin_sha256) > 0

    def _key(self, token_sha256: str) -> ApiKey | None:
        key = self._catalog.key_of(token_sha256)
        if key is None or (key.expires_at is not None and self._clock.now() >= key.expires_at):
            return None
        return key


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The token of the first `Authorization: Bearer` header."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            return token.strip() or None if scheme.lower() == b"bearer" else None
    return None


def digest_of(token: bytes) -> str:
    """The SHA-256 of a token, in hexadecimal: the form in which tokens are kept and compared."""
    return sha256(token).hexdigest()


def is_same(digest: str, other: str) -> bool:
    """Whether two digests are equal, in a time that tells nothing about them."""
    return hmac.compare_digest(digest, other)
