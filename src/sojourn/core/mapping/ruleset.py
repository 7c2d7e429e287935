"""All that is in force: limits, event types, contracts, rules of mapping and merging, identifiers, knowledge.

Compiled once, asked for each event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sojourn.core.contracts import CompiledContract, Contract
from sojourn.core.documents import Condition
from sojourn.core.identifiers.in_force import NO_IDENTIFIERS, Identifiers
from sojourn.core.knowledge import NO_KNOWLEDGE, Knowledge
from sojourn.core.limits import Limits
from sojourn.core.mapping.apply import CompiledRule, compile_operations, compile_rule
from sojourn.core.mapping.assertions import Assertion, assertions_of
from sojourn.core.mapping.event_type import EventType, Mask, operations_of
from sojourn.core.mapping.rules import MappingRule
from sojourn.core.merge_rules import NO_MERGE_RULES, MergeRules

TYPE_RULE = "type"
"""The name of the rule that a type itself stands for, in traces and origins: `type:sign-up`."""


class TypeRules(NamedTuple):
    """What holds for events of one type."""

    event_type: EventType | None
    rules: tuple[CompiledRule, ...]
    """The type's own rule first, then the mapping rules in their order."""
    assertions: tuple[Assertion, ...] = ()
    """The ids that its events may assert."""
    read_session: bool = False
    """Whether any of the rules, or the condition of an identification point, reads the session."""
    name_person: bool = False
    """Whether any of the rules, or the condition of a point, may read or write anything but the event."""
    tags: tuple[str, ...] = ()
    """The labels of the type, each once."""
    only_copies: CompiledRule | None = None
    """The one rule, where it copies properties of the event, whatever its source, and nothing else happens."""


class Ruleset:
    """Limits, event types, mapping rules and contracts, ready to be asked. Immutable; a change makes another one."""

    def __init__(  # noqa: PLR0913  Each part of what is in force, by its name, and none of them needed.
        self,
        *,
        limits: Limits | None = None,
        event_types: Iterable[EventType] = (),
        mappings: Iterable[MappingRule] = (),
        contracts: Iterable[Contract] = (),
        compile_condition: Callable[[str], Condition] | None = None,
        knowledge: Knowledge = NO_KNOWLEDGE,
        merge_rules: MergeRules = NO_MERGE_RULES,
        identifiers: Identifiers = NO_IDENTIFIERS,
    ) -> None:
        """Compile; what is faulty has been refused before. Without `compile_condition`, no rule has a condition."""
        self.limits = limits or Limits()
        self.knowledge = knowledge
        self.merge_rules = merge_rules
        self.identifiers = identifiers
        self.event_types = {event_type.id: event_type for event_type in event_types}
        self.mappings = tuple(sorted(mappings, key=lambda rule: (rule.order, rule.id)))
        self._contracts = {contract.id: CompiledContract(contract) for contract in contracts}
        self._versions = {rule.id: rule.version for rule in self.mappings}
        self._by_type = self._compiled(compile_condition)

    def version_of(self, rule_id: str) -> int:
        """The version of a mapping rule; 0 for what a type does by itself."""
        return self._versions.get(rule_id, 0)

    def of_type(self, type_id: str) -> TypeRules:
        """What holds for events of this type; nothing for a type that nobody has described."""
        return self._by_type.get(type_id, _NOTHING)

    @property
    def has_contracts(self) -> bool:
        """Whether any type has a contract."""
        return bool(self._contracts)

    def contract_of(self, type_id: str) -> CompiledContract | None:
        """What the properties of events of this type must look like."""
        return self._contracts.get(type_id)

    def assertions_of(self, type_id: str) -> tuple[Assertion, ...]:
        """The ids that events of this type may assert, by where they stand; none for most types."""
        return self.of_type(type_id).assertions

    def masks_of(self, type_id: str) -> tuple[Mask, ...]:
        """What is never kept of events of this type."""
        event_type = self.event_types.get(type_id)
        return event_type.masks if event_type is not None else ()

    def _compiled(self, compile_condition: Callable[[str], Condition] | None) -> dict[str, TypeRules]:
        by_type: dict[str, list[CompiledRule]] = defaultdict(list)
        for event_type in self.event_types.values():
            operations = operations_of(event_type)
            if operations:
                by_type[event_type.id].append(compile_operations(f"{TYPE_RULE}:{event_type.id}", operations))
        for rule in self.mappings:
            if rule.enabled:
                condition = compile_condition(rule.condition) if rule.condition and compile_condition else None
                by_type[rule.event_type].append(compile_rule(rule, condition))
        return {
            type_id: self._type_rules(type_id, by_type[type_id])
            for type_id in {*self.event_types, *by_type, *self.identifiers.pointed_types}
        }

    def _type_rules(self, type_id: str, rules: Sequence[CompiledRule]) -> TypeRules:
        asked = [compiled.point.condition or "" for compiled in self.identifiers.points_of(type_id)]
        assertions = assertions_of(type_id, rules, self.identifiers)
        event_type = self.event_types.get(type_id)
        return TypeRules(
            event_type,
            tuple(rules),
            assertions,
            read_session=any(rule.reads_session for rule in rules) or any("session" in text for text in asked),
            name_person=any(rule.names_person for rule in rules) or any(asked),
            tags=tuple(dict.fromkeys(event_type.tags)) if event_type is not None else (),
            only_copies=rules[0] if len(rules) == 1 and rules[0].only_copies and not assertions else None,
        )


_NOTHING = TypeRules(None, ())
