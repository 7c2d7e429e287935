"""What every catalog must do with rules and own event types: count the versions of rules, and forget none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation, RuleVersion
from sojourn.core.merge_rules import MergeRules, MergeRulesVersion, Strategy
from sojourn.ports.errors import AlreadyExists
from sojourn.testing.builders import NOON, a_mapping_rule, an_event_type, noon_plus
from sojourn.testing.stores import Store

SUMMED = MergeRules(fields={"traits.score": Strategy.SUM})


class MappingCatalogContract:
    """The part of the contract of `Catalog` about rules. Give it a fixture `store`: an opened, empty store."""

    pytestmark = pytest.mark.asyncio

    async def test_without_rules_there_are_none(self, store: Store) -> None:
        catalog = store.catalog
        assert (catalog.mappings(), catalog.mapping("path"), await catalog.mapping_history("path")) == ((), None, ())
        assert (catalog.event_types(), catalog.event_type("tea-brewed")) == ((), None)

    async def test_an_added_rule_is_known_at_once_as_the_first_version(self, store: Store) -> None:
        await store.catalog.add_mapping(a_mapping_rule(version=7, condition="event.type exists", source="shop"), NOON)
        assert store.catalog.mapping("path") == a_mapping_rule(condition="event.type exists", source="shop")

    async def test_rules_are_listed_by_id(self, store: Store) -> None:
        for order, id in enumerate(("b", "c", "a")):
            await store.catalog.add_mapping(a_mapping_rule(id=id, order=order), NOON)
        assert [rule.id for rule in store.catalog.mappings()] == ["a", "b", "c"]

    async def test_an_id_of_a_rule_is_given_once(self, store: Store) -> None:
        await store.catalog.add_mapping(a_mapping_rule(name="First"), NOON)
        with pytest.raises(AlreadyExists):
            await store.catalog.add_mapping(a_mapping_rule(name="Second"), noon_plus(1))
        assert store.catalog.mapping("path") == a_mapping_rule(name="First")

    async def test_putting_a_rule_tells_whether_there_was_none(self, store: Store) -> None:
        assert await store.catalog.put_mapping(a_mapping_rule(name="First"), NOON)
        assert not await store.catalog.put_mapping(a_mapping_rule(name="Second"), noon_plus(1))

    async def test_a_change_makes_the_next_version_and_keeps_the_one_before(self, store: Store) -> None:
        first, second = a_mapping_rule(name="First"), a_mapping_rule(name="Second", version=2)
        await store.catalog.put_mapping(first, NOON)
        await store.catalog.put_mapping(replace(second, version=1), noon_plus(1))
        assert store.catalog.mapping("path") == second
        assert await store.catalog.mapping_history("path") == (
            RuleVersion(rule=second, since=noon_plus(1)),
            RuleVersion(rule=first, since=NOON, until=noon_plus(1)),
        )

    async def test_putting_the_same_rule_again_is_no_change(self, store: Store) -> None:
        await store.catalog.put_mapping(a_mapping_rule(), NOON)
        revision = store.catalog.rules_revision()
        await store.catalog.put_mapping(a_mapping_rule(version=3), noon_plus(1))
        assert store.catalog.rules_revision() == revision
        assert await store.catalog.mapping_history("path") == (RuleVersion(rule=a_mapping_rule(), since=NOON),)

    async def test_the_constants_one_and_true_are_not_the_same(self, store: Store) -> None:
        for constant in (1, True):
            operation = Operation(op=Op.SET, target="profile@traits.vip", constant=constant)
            await store.catalog.put_mapping(a_mapping_rule(operations=(operation,)), NOON)
        rule = store.catalog.mapping("path")
        assert rule is not None
        assert (rule.version, rule.operations[0].constant is True) == (2, True)

    async def test_removing_a_rule_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.add_mapping(a_mapping_rule(), NOON)
        assert await store.catalog.remove_mapping("path", noon_plus(1))
        assert not await store.catalog.remove_mapping("path", noon_plus(2))
        assert (store.catalog.mapping("path"), store.catalog.mappings()) == (None, ())

    async def test_a_removed_rule_keeps_its_history(self, store: Store) -> None:
        await store.catalog.add_mapping(a_mapping_rule(), NOON)
        await store.catalog.remove_mapping("path", noon_plus(1))
        history = await store.catalog.mapping_history("path")
        assert history == (RuleVersion(rule=a_mapping_rule(), since=NOON, until=noon_plus(1)),)

    async def test_versions_count_on_after_a_rule_was_removed(self, store: Store) -> None:
        await store.catalog.add_mapping(a_mapping_rule(), NOON)
        await store.catalog.remove_mapping("path", noon_plus(1))
        await store.catalog.add_mapping(a_mapping_rule(), noon_plus(2))
        assert store.catalog.mapping("path") == a_mapping_rule(version=2)
        assert [version.rule.version for version in await store.catalog.mapping_history("path")] == [2, 1]

    async def test_each_rule_has_a_history_of_its_own(self, store: Store) -> None:
        for id in ("a", "b"):
            await store.catalog.add_mapping(a_mapping_rule(id=id), NOON)
        await store.catalog.put_mapping(a_mapping_rule(id="a", order=1), noon_plus(1))
        assert [version.rule.version for version in await store.catalog.mapping_history("b")] == [1]

    async def test_an_added_event_type_is_known_at_once(self, store: Store) -> None:
        event_type = an_event_type(copies={"traits.leaf": "leaf"}, profile_takes={"traits.leaf": Op.SET})
        await store.catalog.add_event_type(event_type)
        assert store.catalog.event_type("tea-brewed") == event_type

    async def test_event_types_are_listed_by_id(self, store: Store) -> None:
        for id in ("b", "c", "a"):
            await store.catalog.add_event_type(an_event_type(id=id))
        assert [event_type.id for event_type in store.catalog.event_types()] == ["a", "b", "c"]

    async def test_an_id_of_an_event_type_is_given_once(self, store: Store) -> None:
        await store.catalog.add_event_type(an_event_type(title="First"))
        with pytest.raises(AlreadyExists):
            await store.catalog.add_event_type(an_event_type(title="Second"))
        assert store.catalog.event_type("tea-brewed") == an_event_type(title="First")

    async def test_putting_an_event_type_tells_whether_there_was_none(self, store: Store) -> None:
        assert await store.catalog.put_event_type(an_event_type(title="First"))
        assert not await store.catalog.put_event_type(an_event_type(title="Second"))
        assert store.catalog.event_type("tea-brewed") == an_event_type(title="Second")

    async def test_removing_an_event_type_tells_whether_there_was_one(self, store: Store) -> None:
        await store.catalog.add_event_type(an_event_type())
        assert await store.catalog.remove_event_type("tea-brewed")
        assert not await store.catalog.remove_event_type("tea-brewed")
        assert store.catalog.event_types() == ()

    async def test_without_merge_rules_there_is_an_empty_document(self, store: Store) -> None:
        catalog = store.catalog
        assert (catalog.merge_rules(), await catalog.merge_rules_history()) == (MergeRules(), ())

    async def test_each_change_of_the_merge_rules_is_a_version(self, store: Store) -> None:
        catalog = store.catalog
        first, second = SUMMED, MergeRules(fields={"traits.score": Strategy.MAX})
        for second_of_day, rules in enumerate((first, second, first)):
            await catalog.put_merge_rules(rules, noon_plus(second_of_day))
        assert catalog.merge_rules() == replace(first, version=3)
        assert await catalog.merge_rules_history() == (
            MergeRulesVersion(rules=replace(first, version=3), since=noon_plus(2)),
            MergeRulesVersion(rules=replace(second, version=2), since=noon_plus(1), until=noon_plus(2)),
            MergeRulesVersion(rules=replace(first, version=1), since=NOON, until=noon_plus(1)),
        )

    async def test_putting_the_same_merge_rules_again_is_no_change(self, store: Store) -> None:
        catalog = store.catalog
        await catalog.put_merge_rules(SUMMED, NOON)
        revision = catalog.rules_revision()
        await catalog.put_merge_rules(replace(SUMMED, version=9), noon_plus(1))
        assert (catalog.rules_revision(), catalog.merge_rules().version) == (revision, 1)

    async def test_the_revision_rises_with_every_change(self, store: Store) -> None:
        catalog = store.catalog
        revisions = [catalog.rules_revision()]
        for change in (
            catalog.add_mapping(a_mapping_rule(), NOON),
            catalog.put_mapping(a_mapping_rule(order=1), noon_plus(1)),
            catalog.remove_mapping("path", noon_plus(2)),
            catalog.add_event_type(an_event_type()),
            catalog.put_event_type(an_event_type(title="Another")),
            catalog.remove_event_type("tea-brewed"),
            catalog.put_merge_rules(SUMMED, noon_plus(3)),
        ):
            await change
            revisions.append(catalog.rules_revision())
        assert all(earlier < later for earlier, later in pairwise(revisions))
