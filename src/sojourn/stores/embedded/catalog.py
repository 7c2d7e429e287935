"""What people configure: read from memory at once; written to the database, synced, and only then to memory.

Writes take turns in a thread of their own, so that a wait for the disk, or for the materialiser, holds up nobody else.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import apsw

from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.ports.errors import AlreadyExists, UnknownId
from sojourn.stores.embedded.database import transaction, unavailable
from sojourn.stores.embedded.encoding import decode_api_key, decode_redirect, decode_source, encode_document
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.turns import Turns


class Write(NamedTuple):
    """A statement of `sql/catalog.sql`, and what it is given."""

    statement: str
    values: tuple[str | bytes, ...]


class EmbeddedCatalog:
    """Sources, secrets, redirects and tokens; the one writer of their tables."""

    def __init__(self, database: apsw.Connection) -> None:
        """Read everything. `database` syncs at each commit. Raises apsw.Error."""
        self._database = database
        self._sql = statements("catalog")
        self._thread = ThreadPoolExecutor(1, "sojourn-catalog")
        self._turns = Turns()
        sources = (decode_source(doc) for (doc,) in database.execute(self._sql["sources"]))
        redirects = (decode_redirect(doc) for (doc,) in database.execute(self._sql["redirects"]))
        self._sources = {source.id: source for source in sources}
        self._secrets: dict[str, str] = dict(database.execute(self._sql["secrets"]))
        self._known_secrets = frozenset(self._secrets.values())
        self._redirects = {redirect.id: redirect for redirect in redirects}
        self._keys = {sha256: decode_api_key(doc) for sha256, doc in database.execute(self._sql["keys"])}

    def source(self, source_id: str) -> Source | None:
        return self._sources.get(source_id)

    def sources(self) -> tuple[Source, ...]:
        return tuple(self._sources[id] for id in sorted(self._sources))

    def source_secret(self, source_id: str) -> str | None:
        return self._secrets.get(source_id)

    def has_secret(self, secret_sha256: str) -> bool:
        return secret_sha256 in self._known_secrets

    async def add_source(self, source: Source, secret_sha256: str | None = None) -> None:
        async def add() -> None:
            if source.id in self._sources:
                raise AlreadyExists(f"{source.id!r} exists.")
            writes = [Write("put_source", (source.id, encode_document(source)))]
            if secret_sha256 is not None:
                writes.append(Write("put_secret", (source.id, secret_sha256)))
            await self._write(*writes)
            self._sources[source.id] = source
            if secret_sha256 is not None:
                self._remember_secret(source.id, secret_sha256)

        await self._turns.take(add)

    async def put_source(self, source: Source) -> bool:
        async def put() -> bool:
            await self._write(Write("put_source", (source.id, encode_document(source))))
            is_new = source.id not in self._sources
            self._sources[source.id] = source
            return is_new

        return await self._turns.take(put)

    async def put_source_secret(self, source_id: str, secret_sha256: str) -> None:
        async def put() -> None:
            if source_id not in self._sources:
                raise UnknownId(f"There is no source {source_id!r}.")
            await self._write(Write("put_secret", (source_id, secret_sha256)))
            self._remember_secret(source_id, secret_sha256)

        await self._turns.take(put)

    async def remove_source(self, source_id: str) -> bool:
        async def remove() -> bool:
            await self._write(Write("remove_source", (source_id,)), Write("remove_secret", (source_id,)))
            self._forget_secret(source_id)
            return self._sources.pop(source_id, None) is not None

        return await self._turns.take(remove)

    def redirect(self, redirect_id: str) -> Redirect | None:
        return self._redirects.get(redirect_id)

    def redirects(self) -> tuple[Redirect, ...]:
        return tuple(self._redirects[id] for id in sorted(self._redirects))

    async def add_redirect(self, redirect: Redirect) -> None:
        async def add() -> None:
            if redirect.id in self._redirects:
                raise AlreadyExists(f"{redirect.id!r} exists.")
            await self._write(Write("put_redirect", (redirect.id, encode_document(redirect))))
            self._redirects[redirect.id] = redirect

        await self._turns.take(add)

    async def put_redirect(self, redirect: Redirect) -> bool:
        async def put() -> bool:
            await self._write(Write("put_redirect", (redirect.id, encode_document(redirect))))
            is_new = redirect.id not in self._redirects
            self._redirects[redirect.id] = redirect
            return is_new

        return await self._turns.take(put)

    async def remove_redirect(self, redirect_id: str) -> bool:
        async def remove() -> bool:
            await self._write(Write("remove_redirect", (redirect_id,)))
            return self._redirects.pop(redirect_id, None) is not None

        return await self._turns.take(remove)

    def key_of(self, token_sha256: str) -> ApiKey | None:
        return self._keys.get(token_sha256)

    def keys(self) -> tuple[ApiKey, ...]:
        return tuple(sorted(self._keys.values(), key=lambda key: key.id))

    async def add_key(self, key: ApiKey, token_sha256: str) -> None:
        async def add() -> None:
            if token_sha256 in self._keys:
                raise AlreadyExists("Another key has this token.")
            if any(known.id == key.id for known in self._keys.values()):
                raise AlreadyExists(f"{key.id!r} exists.")
            await self._write(Write("put_key", (key.id, token_sha256, encode_document(key))))
            self._keys[token_sha256] = key

        await self._turns.take(add)

    async def remove_key(self, key_id: str) -> bool:
        async def remove() -> bool:
            await self._write(Write("remove_key", (key_id,)))
            kept = {sha256: key for sha256, key in self._keys.items() if key.id != key_id}
            was_there = len(kept) < len(self._keys)
            self._keys = kept
            return was_there

        return await self._turns.take(remove)

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""

        async def close() -> None:
            self._thread.shutdown()
            self._database.close()

        await self._turns.take(close)

    def _remember_secret(self, source_id: str, secret_sha256: str) -> None:
        self._secrets[source_id] = secret_sha256
        self._known_secrets = frozenset(self._secrets.values())

    def _forget_secret(self, source_id: str) -> None:
        self._secrets.pop(source_id, None)
        self._known_secrets = frozenset(self._secrets.values())

    async def _write(self, *writes: Write) -> None:
        """Write all of it durably, or nothing. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._write_in_thread, writes)
        except apsw.Error as error:
            raise unavailable(error) from error

    def _write_in_thread(self, writes: tuple[Write, ...]) -> None:
        with transaction(self._database):
            for write in writes:
                self._database.execute(self._sql[write.statement], write.values)
