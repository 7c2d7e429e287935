"""What people configure: read from memory at once; written to the database, synced, and only then to memory."""

from __future__ import annotations

from datetime import datetime

import apsw
from msgspec.structs import replace

from sojourn.core.contracts import Contract, ContractVersion
from sojourn.core.documents import encode_document
from sojourn.core.identifiers.kinds import IdKind, KindVersion
from sojourn.core.identifiers.points import IdentificationPoint, PointVersion
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule, RuleVersion
from sojourn.core.merge_rules import NO_MERGE_RULES, MergeRules, MergeRulesVersion
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.ports.errors import AlreadyExists, UnknownId
from sojourn.stores.embedded.encoding import (
    decode_api_key,
    decode_contract,
    decode_event_type,
    decode_id_kind,
    decode_identification_point,
    decode_mapping,
    decode_merge_rules,
    decode_redirect,
    decode_source,
    end_of,
    microseconds,
    moment_of,
)
from sojourn.stores.embedded.ledger import Ledger, Write
from sojourn.stores.embedded.versions import Versions


class EmbeddedCatalog:
    """Sources, secrets, redirects, tokens, event types, contracts and rules; the one writer of their tables."""

    def __init__(self, database: apsw.Connection) -> None:
        """Read everything. `database` syncs at each commit. Raises apsw.Error."""
        self._ledger = ledger = Ledger(database)
        sources = (decode_source(doc) for (doc,) in ledger.rows("sources"))
        redirects = (decode_redirect(doc) for (doc,) in ledger.rows("redirects"))
        event_types = (decode_event_type(doc) for (doc,) in ledger.rows("event_types"))
        merge_rules = (decode_merge_rules(doc) for doc, *_ in ledger.rows("merge_rules_history"))
        self._sources = {source.id: source for source in sources}
        self._secrets: dict[str, str] = dict(ledger.rows("secrets"))
        self._known_secrets = frozenset(self._secrets.values())
        self._redirects = {redirect.id: redirect for redirect in redirects}
        self._keys = {sha256: decode_api_key(doc) for sha256, doc in ledger.rows("keys")}
        self._event_types = {event_type.id: event_type for event_type in event_types}
        self._merge_rules = next(merge_rules, NO_MERGE_RULES)
        self._mappings = Versions("mapping", decode_mapping, ledger)
        self._contracts = Versions("contract", decode_contract, ledger)
        self._id_kinds = Versions("id_kind", decode_id_kind, ledger)
        self._points = Versions("identification_point", decode_identification_point, ledger)
        self._fingerprint: str | None = next((kept for (kept,) in ledger.rows("identity_fingerprint")), None)
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
            await self._ledger.write(*writes)
            self._sources[source.id] = source
            if secret_sha256 is not None:
                self._remember_secret(source.id, secret_sha256)

        await self._ledger.take_turn(add)

    async def put_source(self, source: Source) -> bool:
        async def put() -> bool:
            await self._ledger.write(Write("put_source", (source.id, encode_document(source))))
            is_new = source.id not in self._sources
            self._sources[source.id] = source
            return is_new

        return await self._ledger.take_turn(put)

    async def put_source_secret(self, source_id: str, secret_sha256: str) -> None:
        async def put() -> None:
            if source_id not in self._sources:
                raise UnknownId(f"There is no source {source_id!r}.")
            await self._ledger.write(Write("put_secret", (source_id, secret_sha256)))
            self._remember_secret(source_id, secret_sha256)

        await self._ledger.take_turn(put)

    async def remove_source(self, source_id: str) -> bool:
        async def remove() -> bool:
            await self._ledger.write(Write("remove_source", (source_id,)), Write("remove_secret", (source_id,)))
            self._forget_secret(source_id)
            return self._sources.pop(source_id, None) is not None

        return await self._ledger.take_turn(remove)

    def redirect(self, redirect_id: str) -> Redirect | None:
        return self._redirects.get(redirect_id)

    def redirects(self) -> tuple[Redirect, ...]:
        return tuple(self._redirects[id] for id in sorted(self._redirects))

    async def add_redirect(self, redirect: Redirect) -> None:
        async def add() -> None:
            if redirect.id in self._redirects:
                raise AlreadyExists(f"{redirect.id!r} exists.")
            await self._ledger.write(Write("put_redirect", (redirect.id, encode_document(redirect))))
            self._redirects[redirect.id] = redirect

        await self._ledger.take_turn(add)

    async def put_redirect(self, redirect: Redirect) -> bool:
        async def put() -> bool:
            await self._ledger.write(Write("put_redirect", (redirect.id, encode_document(redirect))))
            is_new = redirect.id not in self._redirects
            self._redirects[redirect.id] = redirect
            return is_new

        return await self._ledger.take_turn(put)

    async def remove_redirect(self, redirect_id: str) -> bool:
        async def remove() -> bool:
            await self._ledger.write(Write("remove_redirect", (redirect_id,)))
            return self._redirects.pop(redirect_id, None) is not None

        return await self._ledger.take_turn(remove)

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
            await self._ledger.write(Write("put_key", (key.id, token_sha256, encode_document(key))))
            self._keys[token_sha256] = key

        await self._ledger.take_turn(add)

    async def remove_key(self, key_id: str) -> bool:
        async def remove() -> bool:
            await self._ledger.write(Write("remove_key", (key_id,)))
            kept = {sha256: key for sha256, key in self._keys.items() if key.id != key_id}
            was_there = len(kept) < len(self._keys)
            self._keys = kept
            return was_there

        return await self._ledger.take_turn(remove)

    def rules_revision(self) -> int:
        versions = (self._mappings, self._contracts, self._id_kinds, self._points)
        return self._revision + sum(things.revision for things in versions)

    def mapping(self, mapping_id: str) -> MappingRule | None:
        return self._mappings.get(mapping_id)

    def mappings(self) -> tuple[MappingRule, ...]:
        return self._mappings.all()

    async def add_mapping(self, rule: MappingRule, at: datetime) -> None:
        await self._mappings.add(rule, at)

    async def put_mapping(self, rule: MappingRule, at: datetime) -> bool:
        return await self._mappings.put(rule, at)

    async def remove_mapping(self, mapping_id: str, at: datetime) -> bool:
        return await self._mappings.remove(mapping_id, at)

    async def mapping_history(self, mapping_id: str) -> tuple[RuleVersion, ...]:
        eras = await self._mappings.history(mapping_id)
        return tuple(RuleVersion(rule=rule, since=since, until=until) for rule, since, until in eras)

    def event_type(self, type_id: str) -> EventType | None:
        return self._event_types.get(type_id)

    def event_types(self) -> tuple[EventType, ...]:
        return tuple(self._event_types[id] for id in sorted(self._event_types))

    async def add_event_type(self, event_type: EventType) -> None:
        async def add() -> None:
            if event_type.id in self._event_types:
                raise AlreadyExists(f"{event_type.id!r} exists.")
            await self._put_event_type(event_type)

        await self._ledger.take_turn(add)

    async def put_event_type(self, event_type: EventType) -> bool:
        async def put() -> bool:
            is_new = event_type.id not in self._event_types
            await self._put_event_type(event_type)
            return is_new

        return await self._ledger.take_turn(put)

    async def _put_event_type(self, event_type: EventType) -> None:
        await self._ledger.write(Write("put_event_type", (event_type.id, encode_document(event_type))))
        self._event_types[event_type.id] = event_type
        self._revision += 1

    async def remove_event_type(self, type_id: str) -> bool:
        async def remove() -> bool:
            if type_id not in self._event_types:
                return False
            await self._ledger.write(Write("remove_event_type", (type_id,)))
            del self._event_types[type_id]
            self._revision += 1
            return True

        return await self._ledger.take_turn(remove)

    def merge_rules(self) -> MergeRules:
        return self._merge_rules

    async def put_merge_rules(self, rules: MergeRules, at: datetime) -> None:
        async def put() -> None:
            if rules.fields == self._merge_rules.fields:
                return
            version = replace(rules, version=self._merge_rules.version + 1)
            since = microseconds(at)
            await self._ledger.write(
                Write("end_merge_rules", (since,)),
                Write("begin_merge_rules", (version.version, since, encode_document(version))),
            )
            self._merge_rules = version
            self._revision += 1

        await self._ledger.take_turn(put)

    async def merge_rules_history(self) -> tuple[MergeRulesVersion, ...]:
        async def read() -> tuple[MergeRulesVersion, ...]:
            rows = await self._ledger.read("merge_rules_history")
            return tuple(
                MergeRulesVersion(rules=decode_merge_rules(doc), since=moment_of(since), until=end_of(until))
                for doc, since, until in rows
            )

        return await self._ledger.take_turn(read)

    def contract(self, type_id: str) -> Contract | None:
        return self._contracts.get(type_id)

    def contracts(self) -> tuple[Contract, ...]:
        return self._contracts.all()

    async def put_contract(self, contract: Contract, at: datetime) -> bool:
        return await self._contracts.put(contract, at)

    async def remove_contract(self, type_id: str, at: datetime) -> bool:
        return await self._contracts.remove(type_id, at)

    async def contract_history(self, type_id: str) -> tuple[ContractVersion, ...]:
        eras = await self._contracts.history(type_id)
        return tuple(ContractVersion(contract=contract, since=since, until=until) for contract, since, until in eras)

    def id_kind(self, kind_id: str) -> IdKind | None:
        return self._id_kinds.get(kind_id)

    def id_kinds(self) -> tuple[IdKind, ...]:
        return self._id_kinds.all()

    async def put_id_kind(self, kind: IdKind, at: datetime) -> bool:
        return await self._id_kinds.put(kind, at)

    async def remove_id_kind(self, kind_id: str, at: datetime) -> bool:
        return await self._id_kinds.remove(kind_id, at)

    async def id_kind_history(self, kind_id: str) -> tuple[KindVersion, ...]:
        eras = await self._id_kinds.history(kind_id)
        return tuple(KindVersion(kind=kind, since=since, until=until) for kind, since, until in eras)

    def identification_point(self, point_id: str) -> IdentificationPoint | None:
        return self._points.get(point_id)

    def identification_points(self) -> tuple[IdentificationPoint, ...]:
        return self._points.all()

    async def put_identification_point(self, point: IdentificationPoint, at: datetime) -> bool:
        return await self._points.put(point, at)

    async def remove_identification_point(self, point_id: str, at: datetime) -> bool:
        return await self._points.remove(point_id, at)

    async def identification_point_history(self, point_id: str) -> tuple[PointVersion, ...]:
        eras = await self._points.history(point_id)
        return tuple(PointVersion(point=point, since=since, until=until) for point, since, until in eras)

    def identity_fingerprint(self) -> str | None:
        return self._fingerprint

    async def put_identity_fingerprint(self, fingerprint: str) -> None:
        async def put() -> None:
            if self._fingerprint not in (None, fingerprint):
                raise AlreadyExists("The keys of ids are made with another secret.")
            if self._fingerprint is None:
                await self._ledger.write(Write("put_identity_fingerprint", (fingerprint,)))
                self._fingerprint = fingerprint

        await self._ledger.take_turn(put)

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        await self._ledger.close()

    def _remember_secret(self, source_id: str, secret_sha256: str) -> None:
        self._secrets[source_id] = secret_sha256
        self._known_secrets = frozenset(self._secrets.values())

    def _forget_secret(self, source_id: str) -> None:
        self._secrets.pop(source_id, None)
        self._known_secrets = frozenset(self._secrets.values())
