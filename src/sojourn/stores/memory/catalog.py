"""The model of a catalog: what people configure, in plain dictionaries; gone with the process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from sojourn.core.contracts import Contract, ContractVersion
from sojourn.core.identifiers.kinds import IdKind, KindVersion
from sojourn.core.identifiers.points import IdentificationPoint, PointVersion
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule, RuleVersion
from sojourn.core.merge_rules import NO_MERGE_RULES, MergeRules, MergeRulesVersion
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.ports.catalog import Catalog
from sojourn.ports.errors import AlreadyExists, UnknownId
from sojourn.stores.memory.versions import Versions

Key = TypeVar("Key")
Value = TypeVar("Value")
Item = TypeVar("Item")


class MemoryCatalog:
    """What people configure, in dictionaries by id; gone with the process."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._secrets: dict[str, str] = {}
        self._redirects: dict[str, Redirect] = {}
        self._keys: dict[str, ApiKey] = {}
        self._key_ids: dict[str, str] = {}
        self._mappings = Versions[MappingRule]()
        self._event_types: dict[str, EventType] = {}
        self._merge_rules: list[MergeRulesVersion] = []
        self._contracts = Versions[Contract]()
        self._id_kinds = Versions[IdKind]()
        self._points = Versions[IdentificationPoint]()
        self._fingerprint: str | None = None
        self._revision = 0

    def source(self, source_id: str) -> Source | None:
        return self._sources.get(source_id)

    def sources(self) -> tuple[Source, ...]:
        return _by_id(self._sources)

    def source_secret(self, source_id: str) -> str | None:
        return self._secrets.get(source_id)

    def has_secret(self, secret_sha256: str) -> bool:
        return secret_sha256 in self._secrets.values()

    async def add_source(self, source: Source, secret_sha256: str | None = None) -> None:
        _add(self._sources, source.id, source)
        if secret_sha256 is not None:
            self._secrets[source.id] = secret_sha256

    async def put_source(self, source: Source) -> bool:
        return _put(self._sources, source.id, source)

    async def put_source_secret(self, source_id: str, secret_sha256: str) -> None:
        if source_id not in self._sources:
            raise UnknownId(f"There is no source {source_id!r}.")
        self._secrets[source_id] = secret_sha256

    async def remove_source(self, source_id: str) -> bool:
        self._secrets.pop(source_id, None)
        return self._sources.pop(source_id, None) is not None

    def redirect(self, redirect_id: str) -> Redirect | None:
        return self._redirects.get(redirect_id)

    def redirects(self) -> tuple[Redirect, ...]:
        return _by_id(self._redirects)

    async def add_redirect(self, redirect: Redirect) -> None:
        _add(self._redirects, redirect.id, redirect)

    async def put_redirect(self, redirect: Redirect) -> bool:
        return _put(self._redirects, redirect.id, redirect)

    async def remove_redirect(self, redirect_id: str) -> bool:
        return self._redirects.pop(redirect_id, None) is not None

    def key_of(self, token_sha256: str) -> ApiKey | None:
        key_id = self._key_ids.get(token_sha256)
        return None if key_id is None else self._keys.get(key_id)

    def keys(self) -> tuple[ApiKey, ...]:
        return _by_id(self._keys)

    async def add_key(self, key: ApiKey, token_sha256: str) -> None:
        if self.key_of(token_sha256) is not None:
            raise AlreadyExists("Another key has this token.")
        _add(self._keys, key.id, key)
        self._key_ids[token_sha256] = key.id

    async def remove_key(self, key_id: str) -> bool:
        self._key_ids = {token: id for token, id in self._key_ids.items() if id != key_id}
        return self._keys.pop(key_id, None) is not None

    def rules_revision(self) -> int:
        versions = (self._mappings, self._contracts, self._id_kinds, self._points)
        return self._revision + sum(things.revision for things in versions)

    def mapping(self, mapping_id: str) -> MappingRule | None:
        return self._mappings.get(mapping_id)

    def mappings(self) -> tuple[MappingRule, ...]:
        return self._mappings.all()

    async def add_mapping(self, rule: MappingRule, at: datetime) -> None:
        self._mappings.add(rule, at)

    async def put_mapping(self, rule: MappingRule, at: datetime) -> bool:
        return self._mappings.put(rule, at)

    async def remove_mapping(self, mapping_id: str, at: datetime) -> bool:
        return self._mappings.remove(mapping_id, at)

    async def mapping_history(self, mapping_id: str) -> tuple[RuleVersion, ...]:
        return tuple(
            RuleVersion(rule=rule, since=since, until=until)
            for rule, since, until in self._mappings.history(mapping_id)
        )

    def event_type(self, type_id: str) -> EventType | None:
        return self._event_types.get(type_id)

    def event_types(self) -> tuple[EventType, ...]:
        return _by_id(self._event_types)

    async def add_event_type(self, event_type: EventType) -> None:
        _add(self._event_types, event_type.id, event_type)
        self._revision += 1

    async def put_event_type(self, event_type: EventType) -> bool:
        self._revision += 1
        return _put(self._event_types, event_type.id, event_type)

    async def remove_event_type(self, type_id: str) -> bool:
        self._revision += type_id in self._event_types
        return self._event_types.pop(type_id, None) is not None

    def merge_rules(self) -> MergeRules:
        return self._merge_rules[-1].rules if self._merge_rules else NO_MERGE_RULES

    async def put_merge_rules(self, rules: MergeRules, at: datetime) -> None:
        if rules.fields == self.merge_rules().fields:
            return
        if self._merge_rules:
            self._merge_rules[-1] = replace(self._merge_rules[-1], until=at)
        version = replace(rules, version=len(self._merge_rules) + 1)
        self._merge_rules.append(MergeRulesVersion(rules=version, since=at))
        self._revision += 1

    async def merge_rules_history(self) -> tuple[MergeRulesVersion, ...]:
        return tuple(reversed(self._merge_rules))

    def contract(self, type_id: str) -> Contract | None:
        return self._contracts.get(type_id)

    def contracts(self) -> tuple[Contract, ...]:
        return self._contracts.all()

    async def put_contract(self, contract: Contract, at: datetime) -> bool:
        return self._contracts.put(contract, at)

    async def remove_contract(self, type_id: str, at: datetime) -> bool:
        return self._contracts.remove(type_id, at)

    async def contract_history(self, type_id: str) -> tuple[ContractVersion, ...]:
        eras = self._contracts.history(type_id)
        return tuple(ContractVersion(contract=contract, since=since, until=until) for contract, since, until in eras)

    def id_kind(self, kind_id: str) -> IdKind | None:
        return self._id_kinds.get(kind_id)

    def id_kinds(self) -> tuple[IdKind, ...]:
        return self._id_kinds.all()

    async def put_id_kind(self, kind: IdKind, at: datetime) -> bool:
        return self._id_kinds.put(kind, at)

    async def remove_id_kind(self, kind_id: str, at: datetime) -> bool:
        return self._id_kinds.remove(kind_id, at)

    async def id_kind_history(self, kind_id: str) -> tuple[KindVersion, ...]:
        eras = self._id_kinds.history(kind_id)
        return tuple(KindVersion(kind=kind, since=since, until=until) for kind, since, until in eras)

    def identification_point(self, point_id: str) -> IdentificationPoint | None:
        return self._points.get(point_id)

    def identification_points(self) -> tuple[IdentificationPoint, ...]:
        return self._points.all()

    async def put_identification_point(self, point: IdentificationPoint, at: datetime) -> bool:
        return self._points.put(point, at)

    async def remove_identification_point(self, point_id: str, at: datetime) -> bool:
        return self._points.remove(point_id, at)

    async def identification_point_history(self, point_id: str) -> tuple[PointVersion, ...]:
        eras = self._points.history(point_id)
        return tuple(PointVersion(point=point, since=since, until=until) for point, since, until in eras)

    def identity_fingerprint(self) -> str | None:
        return self._fingerprint

    async def put_identity_fingerprint(self, fingerprint: str) -> None:
        if self._fingerprint not in (None, fingerprint):
            raise AlreadyExists("The keys of ids are made with another secret.")
        self._fingerprint = fingerprint


def _by_id(known: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(known[id] for id in sorted(known))


def _add(known: dict[str, Value], id: str, value: Value) -> None:
    if id in known:
        raise AlreadyExists(f"{id!r} exists.")
    known[id] = value


def _put(known: dict[str, Value], id: str, value: Value) -> bool:
    is_new = id not in known
    known[id] = value
    return is_new


_claims: type[Catalog] = MemoryCatalog
