"""The port to what people configure: sources, their secrets, redirects, tokens."""

from __future__ import annotations

from typing import Protocol

from sojourn.core.sources import ApiKey, Redirect, Source


class Catalog(Protocol):
    """What people configure. Reads answer from memory, at once; a write is durable and in force when it returns."""

    def source(self, source_id: str) -> Source | None:
        """The source of that id."""
        ...

    def sources(self) -> tuple[Source, ...]:
        """All sources, by id."""
        ...

    def source_secret(self, source_id: str) -> str | None:
        """The SHA-256 (hex) of the secret of a source that has one."""
        ...

    def has_secret(self, secret_sha256: str) -> bool:
        """Whether any source has the secret of this SHA-256 (hex); as quick with many sources as with one."""
        ...

    async def add_source(self, source: Source, secret_sha256: str | None = None) -> None:
        """Keep a new source. Raises AlreadyExists."""
        ...

    async def put_source(self, source: Source) -> bool:
        """Keep a source in place of the one of its id; True if there was none. Its secret stays as it is."""
        ...

    async def put_source_secret(self, source_id: str, secret_sha256: str) -> None:
        """Give a source a secret in place of the one it had. Raises UnknownId."""
        ...

    async def remove_source(self, source_id: str) -> bool:
        """Forget a source and its secret; False if there was none. Its redirects stay."""
        ...

    def redirect(self, redirect_id: str) -> Redirect | None:
        """The redirect of that id."""
        ...

    def redirects(self) -> tuple[Redirect, ...]:
        """All redirects, by id."""
        ...

    async def add_redirect(self, redirect: Redirect) -> None:
        """Keep a new redirect. Raises AlreadyExists."""
        ...

    async def put_redirect(self, redirect: Redirect) -> bool:
        """Keep a redirect in place of the one of its id; True if there was none."""
        ...

    async def remove_redirect(self, redirect_id: str) -> bool:
        """Forget a redirect; False if there was none."""
        ...

    def key_of(self, token_sha256: str) -> ApiKey | None:
        """The key whose token has this SHA-256 (hex)."""
        ...

    def keys(self) -> tuple[ApiKey, ...]:
        """All keys, by id."""
        ...

    async def add_key(self, key: ApiKey, token_sha256: str) -> None:
        """Keep a new key. Raises AlreadyExists."""
        ...

    async def remove_key(self, key_id: str) -> bool:
        """Revoke a key, for the very next request; False if there was none."""
        ...
