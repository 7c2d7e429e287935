"""What people configure: read from memory at once; written to the database, synced, and only then to memory.

Writes take turns in a thread of their own, so that a wait for the disk, or for the materialiser, holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple, TypeVar

import apsw
from msgspec.structs import replace

from sojourn.core import contracts
from sojourn.core.contracts import Contract, ContractVersion
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule, RuleVersion, says_the_same
from sojourn.core.merge_rules import NO_MERGE_RULES, MergeRules, MergeRulesVersion
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.ports.errors import AlreadyExists, UnknownId
from sojourn.stores.embedded.database import transaction, unavailable
from sojourn.stores.embedded.encoding import (
    decode_api_key,
    decode_contract,
    decode_event_type,
    decode_mapping,
    decode_merge_rules,
    decode_redirect,
    decode_source,
    encode_document,
    microseconds,
    moment_of,
)
from sojourn.stores.embedded.statements import statements
from sojourn.stores.embedded.turns import Turns


class Write(NamedTuple):
    """A statement of `sql/catalog.sql`, and what it is given."""

    statement: str
    values: tuple[str | bytes | int, ...]


class Past(NamedTuple):
    """A version of something, and the time in which it was in force."""

    doc: bytes
    since: datetime
    until: datetime | None


Result = TypeVar("Result")


class EmbeddedCatalog:
    """Sources, secrets, redirects, tokens, event types, contracts and rules; the one writer of their tables."""

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
        rules = (decode_mapping(doc) for (doc,) in database.execute(self._sql["mappings"]))
        event_types = (decode_event_type(doc) for (doc,) in database.execute(self._sql["event_types"]))
        self._mappings = {rule.id: rule for rule in rules}
        self._last_versions: dict[str, int] = dict(database.execute(self._sql["last_versions"]))
        self._event_types = {event_type.id: event_type for event_type in event_types}
        merge_rules = (decode_merge_rules(doc) for doc, *_ in database.execute(self._sql["merge_rules_history"]))
        self._merge_rules = next(merge_rules, NO_MERGE_RULES)
        in_force = (decode_contract(doc) for (doc,) in database.execute(self._sql["contracts"]))
        self._contracts = {contract.id: contract for contract in in_force}
        self._last_contracts: dict[str, int] = dict(database.execute(self._sql["last_contracts"]))
        self._revision = 0

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

    def rules_revision(self) -> int:
        return self._revision

    def mapping(self, mapping_id: str) -> MappingRule | None:
        return self._mappings.get(mapping_id)

    def mappings(self) -> tuple[MappingRule, ...]:
        return tuple(self._mappings[id] for id in sorted(self._mappings))

    async def add_mapping(self, rule: MappingRule, at: datetime) -> None:
        async def add() -> None:
            if rule.id in self._mappings:
                raise AlreadyExists(f"{rule.id!r} exists.")
            await self._put_mapping(rule, at)

        await self._turns.take(add)

    async def put_mapping(self, rule: MappingRule, at: datetime) -> bool:
        async def put() -> bool:
            former = self._mappings.get(rule.id)
            if former is None or not says_the_same(rule, former):
                await self._put_mapping(rule, at)
            return former is None

        return await self._turns.take(put)

    async def _put_mapping(self, rule: MappingRule, at: datetime) -> None:
        version = self._last_versions.get(rule.id, 0) + 1
        rule = replace(rule, version=version)
        since = microseconds(at)
        await self._write(
            Write("end_mapping", (rule.id, since)),
            Write("begin_mapping", (rule.id, version, since, encode_document(rule))),
        )
        self._mappings[rule.id] = rule
        self._last_versions[rule.id] = version
        self._revision += 1

    async def remove_mapping(self, mapping_id: str, at: datetime) -> bool:
        async def remove() -> bool:
            if mapping_id not in self._mappings:
                return False
            await self._write(Write("end_mapping", (mapping_id, microseconds(at))))
            del self._mappings[mapping_id]
            self._revision += 1
            return True

        return await self._turns.take(remove)

    async def mapping_history(self, mapping_id: str) -> tuple[RuleVersion, ...]:
        found = await self._history("mapping_history", mapping_id)
        return tuple(RuleVersion(rule=decode_mapping(doc), since=since, until=until) for doc, since, until in found)

    def event_type(self, type_id: str) -> EventType | None:
        return self._event_types.get(type_id)

    def event_types(self) -> tuple[EventType, ...]:
        return tuple(self._event_types[id] for id in sorted(self._event_types))

    async def add_event_type(self, event_type: EventType) -> None:
        async def add() -> None:
            if event_type.id in self._event_types:
                raise AlreadyExists(f"{event_type.id!r} exists.")
            await self._put_event_type(event_type)

        await self._turns.take(add)

    async def put_event_type(self, event_type: EventType) -> bool:
        async def put() -> bool:
            is_new = event_type.id not in self._event_types
            await self._put_event_type(event_type)
            return is_new

        return await self._turns.take(put)

    async def _put_event_type(self, event_type: EventType) -> None:
        await self._write(Write("put_event_type", (event_type.id, encode_document(event_type))))
        self._event_types[event_type.id] = event_type
        self._revision += 1

    async def remove_event_type(self, type_id: str) -> bool:
        async def remove() -> bool:
            if type_id not in self._event_types:
                return False
            await self._write(Write("remove_event_type", (type_id,)))
            del self._event_types[type_id]
            self._revision += 1
            return True

        return await self._turns.take(remove)

    def merge_rules(self) -> MergeRules:
        return self._merge_rules

    async def put_merge_rules(self, rules: MergeRules, at: datetime) -> None:
        async def put() -> None:
            if rules.fields == self._merge_rules.fields:
                return
            version = replace(rules, version=self._merge_rules.version + 1)
            since = microseconds(at)
            await self._write(
                Write("end_merge_rules", (since,)),
                Write("begin_merge_rules", (version.version, since, encode_document(version))),
            )
            self._merge_rules = version
            self._revision += 1

        await self._turns.take(put)

    async def merge_rules_history(self) -> tuple[MergeRulesVersion, ...]:
        found = await self._history("merge_rules_history")
        return tuple(
            MergeRulesVersion(rules=decode_merge_rules(doc), since=since, until=until) for doc, since, until in found
        )

    def contract(self, type_id: str) -> Contract | None:
        return self._contracts.get(type_id)

    def contracts(self) -> tuple[Contract, ...]:
        return tuple(self._contracts[id] for id in sorted(self._contracts))

    async def put_contract(self, contract: Contract, at: datetime) -> bool:
        async def put() -> bool:
            former = self._contracts.get(contract.id)
            if former is None or not contracts.says_the_same(contract, former):
                await self._put_contract(contract, at)
            return former is None

        return await self._turns.take(put)

    async def _put_contract(self, contract: Contract, at: datetime) -> None:
        version = self._last_contracts.get(contract.id, 0) + 1
        contract = replace(contract, version=version)
        since = microseconds(at)
        await self._write(
            Write("end_contract", (contract.id, since)),
            Write("begin_contract", (contract.id, version, since, encode_document(contract))),
        )
        self._contracts[contract.id] = contract
        self._last_contracts[contract.id] = version
        self._revision += 1

    async def remove_contract(self, type_id: str, at: datetime) -> bool:
        async def remove() -> bool:
            if type_id not in self._contracts:
                return False
            await self._write(Write("end_contract", (type_id, microseconds(at))))
            del self._contracts[type_id]
            self._revision += 1
            return True

        return await self._turns.take(remove)

    async def contract_history(self, type_id: str) -> tuple[ContractVersion, ...]:
        found = await self._history("contract_history", type_id)
        return tuple(
            ContractVersion(contract=decode_contract(doc), since=since, until=until) for doc, since, until in found
        )

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
        await self._in_thread(lambda: self._write_in_thread(writes))

    async def _in_thread(self, action: Callable[[], Result]) -> Result:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, action)
        except apsw.Error as error:
            raise unavailable(error) from error

    def _write_in_thread(self, writes: tuple[Write, ...]) -> None:
        with transaction(self._database):
            for write in writes:
                self._database.execute(self._sql[write.statement], write.values)

    async def _history(self, statement: str, *ids: str) -> tuple[Past, ...]:
        async def read() -> tuple[Past, ...]:
            return await self._in_thread(lambda: self._history_in_thread(statement, ids))

        return await self._turns.take(read)

    def _history_in_thread(self, statement: str, ids: tuple[str, ...]) -> tuple[Past, ...]:
        rows = self._database.execute(self._sql[statement], ids)
        return tuple(
            Past(doc, moment_of(since), None if until is None else moment_of(until)) for doc, since, until in rows
        )
