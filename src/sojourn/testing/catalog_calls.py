"""Random changes of a catalog over few ids, as data, so that the same change can be made on two stores."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import replace

from sojourn.core.contracts import Contract
from sojourn.core.identifiers.kinds import IdKind
from sojourn.core.identifiers.points import IdentificationPoint
from sojourn.core.mapping.event_type import EventType
from sojourn.core.mapping.rules import MappingRule
from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.ports.catalog import Catalog
from sojourn.testing.builders import noon_plus
from sojourn.testing.catalog_strategies import (
    api_keys,
    contracts,
    event_types,
    id_kinds,
    identification_points,
    mapping_rules,
    merge_rules,
    redirects,
    sources,
)

IDS = ("c1", "c2", "c3")
HASHES = ("1" * 64, "2" * 64, "3" * 64)


class CatalogCall(NamedTuple):
    """One method of the catalog that changes something, or asks a disk, and what it is called with."""

    method: str
    arguments: tuple[object, ...]

    async def __call__(self, catalog: Catalog) -> object:
        """Make the change; what the method answers."""
        return await getattr(catalog, self.method)(*self.arguments)


class Configured(NamedTuple):
    """All that a catalog says."""

    sources: tuple[Source, ...]
    secrets: tuple[str | None, ...]
    known_secrets: tuple[bool, ...]
    redirects: tuple[Redirect, ...]
    keys: tuple[ApiKey, ...]
    key_of_hash: tuple[ApiKey | None, ...]
    mappings: tuple[MappingRule, ...]
    mapping_of_id: tuple[MappingRule | None, ...]
    event_types: tuple[EventType, ...]
    event_type_of_id: tuple[EventType | None, ...]
    merge_rules: MergeRules
    contracts: tuple[Contract, ...]
    contract_of_type: tuple[Contract | None, ...]
    id_kinds: tuple[IdKind, ...]
    id_kind_of_id: tuple[IdKind | None, ...]
    points: tuple[IdentificationPoint, ...]
    point_of_id: tuple[IdentificationPoint | None, ...]
    fingerprint: str | None


def catalog_calls() -> SearchStrategy[CatalogCall]:
    """Every kind of change, of things that may or may not exist."""
    ids = st.sampled_from(IDS)
    hashes = st.sampled_from(HASHES)
    source = st.builds(lambda source, id: replace(source, id=id), sources(), ids)
    redirect = st.builds(lambda redirect, id: replace(redirect, id=id), redirects(), ids)
    key = st.builds(lambda key, id: replace(key, id=id), api_keys(), ids)
    rule = st.builds(lambda rule, id: replace(rule, id=id), mapping_rules() | st.just(_A_RULE), ids)
    event_type = st.builds(lambda event_type, id: replace(event_type, id=id), event_types(), ids)
    contract = st.builds(lambda contract, id: replace(contract, id=id), contracts() | st.just(_A_CONTRACT), ids)
    kind = st.builds(lambda kind, id: replace(kind, id=id), id_kinds() | st.just(_A_KIND), ids)
    point = st.builds(lambda point, id: replace(point, id=id), identification_points() | st.just(_A_POINT), ids)
    moments = st.integers(0, 9).map(noon_plus)
    return st.one_of(
        _calls("add_source", source, st.none() | hashes),
        _calls("put_source", source),
        _calls("put_source_secret", ids, hashes),
        _calls("remove_source", ids),
        _calls("add_redirect", redirect),
        _calls("put_redirect", redirect),
        _calls("remove_redirect", ids),
        _calls("add_key", key, hashes),
        _calls("remove_key", ids),
        _calls("add_mapping", rule, moments),
        _calls("put_mapping", rule, moments),
        _calls("remove_mapping", ids, moments),
        _calls("mapping_history", ids),
        _calls("add_event_type", event_type),
        _calls("put_event_type", event_type),
        _calls("remove_event_type", ids),
        _calls("put_merge_rules", merge_rules() | st.just(_MERGE_RULES), moments),
        _calls("merge_rules_history"),
        _calls("put_contract", contract, moments),
        _calls("remove_contract", ids, moments),
        _calls("contract_history", ids),
        _calls("put_id_kind", kind, moments),
        _calls("remove_id_kind", ids, moments),
        _calls("id_kind_history", ids),
        _calls("put_identification_point", point, moments),
        _calls("remove_identification_point", ids, moments),
        _calls("identification_point_history", ids),
        _calls("put_identity_fingerprint", hashes),
    )


def everything_configured(catalog: Catalog) -> Configured:
    """What the catalog says of everything that the calls can have changed."""
    return Configured(
        sources=catalog.sources(),
        secrets=tuple(catalog.source_secret(id) for id in IDS),
        known_secrets=tuple(catalog.has_secret(secret_sha256) for secret_sha256 in HASHES),
        redirects=catalog.redirects(),
        keys=catalog.keys(),
        key_of_hash=tuple(catalog.key_of(token_sha256) for token_sha256 in HASHES),
        mappings=catalog.mappings(),
        mapping_of_id=tuple(catalog.mapping(id) for id in IDS),
        event_types=catalog.event_types(),
        event_type_of_id=tuple(catalog.event_type(id) for id in IDS),
        merge_rules=catalog.merge_rules(),
        contracts=catalog.contracts(),
        contract_of_type=tuple(catalog.contract(id) for id in IDS),
        id_kinds=catalog.id_kinds(),
        id_kind_of_id=tuple(catalog.id_kind(id) for id in IDS),
        points=catalog.identification_points(),
        point_of_id=tuple(catalog.identification_point(id) for id in IDS),
        fingerprint=catalog.identity_fingerprint(),
    )


_MERGE_RULES = MergeRules(fields={"traits.score": Strategy.SUM})
_A_RULE = MappingRule(id="c1", name="The same again", event_type="page-view", operations=())

_A_CONTRACT = Contract(id="c1", mode="refuse", schema={"type": "object"})
_A_KIND = IdKind(id="c1", name="The same again")
_A_POINT = IdentificationPoint(id="c1", name="The same again", event_type="page-view", identifiers=())


def _calls(method: str, *arguments: SearchStrategy[object]) -> SearchStrategy[CatalogCall]:
    return st.builds(CatalogCall, st.just(method), st.tuples(*arguments))
