"""The port to what people configure: sources, redirects, tokens, event types, contracts, and rules of all sorts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sojourn.core.contracts import Contract, ContractVersion
from sojourn.core.identifiers.kinds import IdKind, KindVersion
from sojourn.core.identifiers.points import IdentificationPoint, PointVersion
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule, RuleVersion
from sojourn.core.merge_rules import MergeRules, MergeRulesVersion
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

    def rules_revision(self) -> int:
        """A number that rises when a rule, an own event type or a contract changes: while it stays, so do they."""
        ...

    def mapping(self, mapping_id: str) -> MappingRule | None:
        """The mapping rule of that id, with its version."""
        ...

    def mappings(self) -> tuple[MappingRule, ...]:
        """All mapping rules, by id."""
        ...

    async def add_mapping(self, rule: MappingRule, at: datetime) -> None:
        """Keep a new rule as the version behind the last one of its id, 1 at first. Raises AlreadyExists."""
        ...

    async def put_mapping(self, rule: MappingRule, at: datetime) -> bool:
        """Keep a rule in place of the one of its id; True if there was none.

        What it says of its version does not count: a change makes the next version, and the one before goes into the
        history; where nothing has changed, nothing happens.
        """
        ...

    async def remove_mapping(self, mapping_id: str, at: datetime) -> bool:
        """Forget a rule, but not its history; False if there was none."""
        ...

    async def mapping_history(self, mapping_id: str) -> tuple[RuleVersion, ...]:
        """Every version that a rule had or has, the latest first; empty where there never was one. May ask a disk."""
        ...

    def event_type(self, type_id: str) -> EventType | None:
        """The own event type of that id."""
        ...

    def event_types(self) -> tuple[EventType, ...]:
        """All own event types, by id."""
        ...

    async def add_event_type(self, event_type: EventType) -> None:
        """Keep a new own event type. Raises AlreadyExists."""
        ...

    async def put_event_type(self, event_type: EventType) -> bool:
        """Keep an own event type in place of the one of its id; True if there was none."""
        ...

    async def remove_event_type(self, type_id: str) -> bool:
        """Forget an own event type; False if there was none."""
        ...

    def merge_rules(self) -> MergeRules:
        """The merge rules, with their version; none, as version 0, until some are put."""
        ...

    async def put_merge_rules(self, rules: MergeRules, at: datetime) -> None:
        """Keep these rules in place of all there were, as the next version. Where nothing changes, nothing happens."""
        ...

    async def merge_rules_history(self) -> tuple[MergeRulesVersion, ...]:
        """Every version that was put, the latest first. May ask a disk."""
        ...

    def contract(self, type_id: str) -> Contract | None:
        """The contract of that event type, with its version."""
        ...

    def contracts(self) -> tuple[Contract, ...]:
        """All contracts, by event type."""
        ...

    async def put_contract(self, contract: Contract, at: datetime) -> bool:
        """Keep a contract in place of the one of its type; True if there was none. Versions are counted as of rules."""
        ...

    async def remove_contract(self, type_id: str, at: datetime) -> bool:
        """Forget a contract, but not its history; False if there was none."""
        ...

    async def contract_history(self, type_id: str) -> tuple[ContractVersion, ...]:
        """Every version that a contract had or has, the latest first; empty where there never was one."""
        ...

    def id_kind(self, kind_id: str) -> IdKind | None:
        """The kind of id that people have made, or changed, under that id; built-in ones are no part of this."""
        ...

    def id_kinds(self) -> tuple[IdKind, ...]:
        """All kinds that people have made or changed, by id."""
        ...

    async def put_id_kind(self, kind: IdKind, at: datetime) -> bool:
        """Keep a kind in place of the one of its id; True if there was none. Versions are counted as of rules."""
        ...

    async def remove_id_kind(self, kind_id: str, at: datetime) -> bool:
        """Forget a kind, but not its history; False if there was none."""
        ...

    async def id_kind_history(self, kind_id: str) -> tuple[KindVersion, ...]:
        """Every version that a kind had or has, the latest first; empty where there never was one."""
        ...

    def identification_point(self, point_id: str) -> IdentificationPoint | None:
        """The identification point of that id, with its version."""
        ...

    def identification_points(self) -> tuple[IdentificationPoint, ...]:
        """All identification points, by id."""
        ...

    async def put_identification_point(self, point: IdentificationPoint, at: datetime) -> bool:
        """Keep a point in place of the one of its id; True if there was none. Versions are counted as of rules."""
        ...

    async def remove_identification_point(self, point_id: str, at: datetime) -> bool:
        """Forget a point, but not its history; False if there was none."""
        ...

    async def identification_point_history(self, point_id: str) -> tuple[PointVersion, ...]:
        """Every version that a point had or has, the latest first; empty where there never was one."""
        ...

    def identity_fingerprint(self) -> str | None:
        """By what the secret is known that the keys of ids are made with; None before there was one."""
        ...

    async def put_identity_fingerprint(self, fingerprint: str) -> None:
        """Keep by what the secret is known. Raises AlreadyExists when another one is kept: it never changes."""
        ...
