"""Passes: a person is handed on from one site to another, by a token that is signed, short-lived and used once.

Whoever holds a token can use it. So it is for one source, lives for minutes, and its first use is its last. It tells
nothing but a profile id, and only who has the secret can make one.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from sojourn.core.ids import derived_id

TTL_S = 120
"""Seconds for which a token is valid, unless told otherwise: enough to follow a link."""
TTL_S_MAX = 600


class Pass(msgspec.Struct, frozen=True, gc=False):
    """Who is handed on: by a token, or only named by the client."""

    profile: str
    """Any id of the person."""
    token: TokenClaims | None = None
    """What the token says beside; None where there is none, and nothing but the client's word."""

    @property
    def rule(self) -> str:
        """Under which rule it says who somebody is."""
        return SIGNED if self.token is not None else BARE


class TokenClaims(msgspec.Struct, frozen=True, gc=False):
    """What a token says beside the profile id."""

    id: str
    """By which its use is known."""
    source: str
    """Where alone it is valid."""
    expires_at: int
    """Seconds since 1970, from which on it is not valid any more."""

    def has_expired(self, now: datetime) -> bool:
        """Whether it is too late to use it."""
        return now.timestamp() >= self.expires_at


PLACE = ("body", "context", "tracardi", "pass")
"""Where a client puts a pass."""

SIGNED = "signed-pass"
BARE = "bare-pass"


class Issued(msgspec.Struct, frozen=True, gc=False):
    """A token that was just made."""

    token: str
    expires_at: datetime


class Passes:
    """Makes tokens and reads them, with a key of its own that derives from the secret."""

    def __init__(self, secret: bytes) -> None:
        """Derive the key: what is signed here is nothing anywhere else."""
        self._key = hmac.digest(secret, b"sojourn pass 1", "sha256")

    def issue(self, profile: str, source: str, *, now: datetime, entropy: int, ttl_s: int = TTL_S) -> Issued:
        """A token that hands on a profile to a source, valid for `ttl_s` seconds; `entropy` are 256 random bits."""
        until = now.replace(microsecond=0) + timedelta(seconds=ttl_s)
        claims = TokenClaims(derived_id(entropy, "pass"), source, int(until.timestamp()))
        return Issued(self.token(profile, claims), until)

    def token(self, profile: str, claims: TokenClaims) -> str:
        """The token that hands on a profile: letters, digits, `-`, `_` and one dot, fit for a URL."""
        said = _encoded(msgspec.json.encode((profile, *msgspec.structs.astuple(claims))))
        return f"{said}.{_encoded(self._signature(said))}"

    def read(self, token: str) -> Pass | None:
        """What a token says; None for what is none of ours, or not as it was made. Time is not looked at."""
        said, _, signature = token.partition(".")
        expected = _encoded(self._signature(said)).encode()
        if not hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass")):
            return None
        profile, id, source, expires_at = msgspec.json.decode(_decoded(said), type=tuple[str, str, str, int])
        return Pass(profile, TokenClaims(id, source, expires_at))

    def _signature(self, said: str) -> bytes:
        return hmac.digest(self._key, said.encode("utf-8", "surrogatepass"), "sha256")


def ignored(why: str) -> str:
    """What a client is told of a pass that does not hold."""
    return f"The pass was ignored: {why}."


def key_of_pass(profile_id: str) -> str:
    """By which the passes of a profile are known in the identity graph; in the form of keys, which nobody can name."""
    return f"pass#{blake2b(profile_id.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
