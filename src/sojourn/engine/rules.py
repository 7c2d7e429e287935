"""What is in force now: event types, contracts, rules, identifiers, compiled anew only when the catalog has changed.

Own event types and kinds of id take the place of built-in ones of the same id. What this release finds faulty, since an
earlier one saved it, is left out with a word in the log, rather than costing every event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from sojourn.core.contract_schemas import SchemaFault
from sojourn.core.contracts import Contract, contract_faults
from sojourn.core.faults import RuleFault
from sojourn.core.identifiers.change import IdentityChange
from sojourn.core.identifiers.in_force import NO_IDENTIFIERS, Identifiers
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, IdKind, kind_faults
from sojourn.core.identifiers.points import IdentificationPoint, point_faults
from sojourn.core.knowledge import NO_KNOWLEDGE, Knowledge
from sojourn.core.limits import Limits
from sojourn.core.mapping.apply import CompiledRule, compile_rule
from sojourn.core.mapping.event_type import EventType, event_type_faults
from sojourn.core.mapping.rules import MappingRule, rule_faults
from sojourn.core.mapping.ruleset import Ruleset
from sojourn.core.rule_conditions import compile_condition, condition_faults
from sojourn.ports.catalog import Catalog

log = structlog.get_logger()

_NO_CHANGE = IdentityChange()
BUILT_IN_BY_ID = {kind.id: kind for kind in BUILT_IN_KINDS}


@dataclass(frozen=True)
class Recognition:
    """With what people are recognised: the secret of the keys, and the country of phone numbers that tell none."""

    secret: bytes = field(repr=False)
    default_region: str | None = None


class Rules:
    """The rules of one server."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        limits: Limits,
        built_in: Iterable[EventType] = (),
        knowledge: Knowledge = NO_KNOWLEDGE,
        recognition: Recognition | None = None,
    ) -> None:
        """Compile what the catalog holds, beside the `built_in` types; `knowledge` is what is known of the world.

        Without `recognition`, nobody is recognised by any id but those that Sojourn makes.
        """
        self.built_in = {event_type.id: event_type for event_type in built_in}
        self._catalog = catalog
        self.limits = limits
        self._knowledge = knowledge
        self._recognition = recognition
        self._revision = catalog.rules_revision()
        self._ruleset = self._compiled()

    def in_force(self) -> Ruleset:
        """All that holds for what is decided now."""
        revision = self._catalog.rules_revision()
        if revision != self._revision:
            self._ruleset = self._compiled()
            self._revision = revision
        return self._ruleset

    def with_change(self, change: IdentityChange) -> Ruleset:
        """All that would hold, were this in force, too."""
        return self._compiled(change)

    def _compiled(self, change: IdentityChange = _NO_CHANGE) -> Ruleset:
        own = {event_type.id: event_type for event_type in self._catalog.event_types() if _is_sound_type(event_type)}
        return Ruleset(
            limits=self.limits,
            event_types=(self.built_in | own).values(),
            mappings=[rule for rule in self._catalog.mappings() if _is_sound_rule(rule)],
            contracts=[contract for contract in self._catalog.contracts() if self._is_sound_contract(contract)],
            compile_condition=compile_condition,
            knowledge=self._knowledge,
            merge_rules=self._catalog.merge_rules(),
            identifiers=self._identifiers(change),
        )

    def _identifiers(self, change: IdentityChange) -> Identifiers:
        if self._recognition is None:
            return NO_IDENTIFIERS
        made = {kind.id: kind for kind in (*self._catalog.id_kinds(), *change.kinds)}
        all_kinds = BUILT_IN_BY_ID | made
        own = [kind for kind in made.values() if _is_sound_kind(kind, all_kinds)]
        kinds = BUILT_IN_BY_ID | {kind.id: kind for kind in own}
        points = {point.id: point for point in (*self._catalog.identification_points(), *change.points)}
        return Identifiers(
            kinds=kinds.values(),
            points=[point for point in points.values() if _is_sound_point(point, kinds)],
            secret=self._recognition.secret,
            default_region=self._recognition.default_region,
            compile_condition=compile_condition,
        )

    def _is_sound_contract(self, contract: Contract) -> bool:
        return _has_none(contract_faults(contract, self.limits), "contract left out", contract.id)


def faults_of(rule: MappingRule) -> Iterator[RuleFault]:
    """Everything that keeps a rule from being in force."""
    yield from rule_faults(rule)
    yield from condition_faults(rule.condition)


def kinds_of(catalog: Catalog) -> dict[str, IdKind]:
    """All kinds of id, by their ids: what people made or changed, and the built-in ones that they left."""
    return BUILT_IN_BY_ID | {kind.id: kind for kind in catalog.id_kinds()}


def faults_of_point(point: IdentificationPoint, kinds: Collection[str]) -> Iterator[RuleFault]:
    """Everything that keeps an identification point from being in force, given the ids of all kinds."""
    yield from point_faults(point, kinds)
    yield from condition_faults(point.condition)


def compiled(rule: MappingRule) -> CompiledRule:
    """A rule that has no faults, ready to be applied, whether it is enabled or not."""
    return compile_rule(rule, compile_condition(rule.condition) if rule.condition else None)


def _is_sound_rule(rule: MappingRule) -> bool:
    return _has_none(faults_of(rule), "mapping rule left out", rule.id)


def _is_sound_type(event_type: EventType) -> bool:
    return _has_none(event_type_faults(event_type), "event type left out", event_type.id)


def _is_sound_kind(kind: IdKind, others: Mapping[str, IdKind]) -> bool:
    return _has_none(kind_faults(kind, others.values()), "kind of id left out", kind.id)


def _is_sound_point(point: IdentificationPoint, kinds: Collection[str]) -> bool:
    return _has_none(faults_of_point(point, kinds), "identification point left out", point.id)


def _has_none(faults: Iterator[RuleFault | SchemaFault], event: str, thing_id: str) -> bool:
    fault = next(faults, None)
    if fault is not None:
        log.error(event, id=thing_id, loc=list(fault.loc), reason=fault.msg)
    return fault is None
