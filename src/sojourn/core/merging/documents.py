"""How two documents become one, field by field. A value that was written whole stays whole.

An object that nobody wrote as a whole is merged name by name. Where somebody wrote one, as the place of the last visit,
it is a value like any other; only fields in it that were written on their own, are merged on their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sojourn.core.fields import Kind, Path, kind_of
from sojourn.core.mapping.operations import Held, Origin, is_older
from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.merging.fields import field_together
from sojourn.core.references import read_back


class Written(NamedTuple):
    """A document, and who wrote which of its fields, by their full references."""

    content: dict[str, object]
    origins: Mapping[str, Origin]


def documents_together(survivor: Written, other: Written, rules: MergeRules) -> Written:
    """The parts of a profile that rules write, as both documents together have them."""
    return _Merge(survivor, other, rules).done()


class _Merge:
    """One merge under way: who wrote what in both documents, and in the one that they become."""

    def __init__(self, survivor: Written, other: Written, rules: MergeRules) -> None:
        self._documents = survivor, other
        self._rules = rules.by_path()
        self._origins: dict[str, Origin] = {}
        self._fields: dict[Path, str] = {}
        # The names that lead on from a place to fields that somebody wrote.
        self._names: dict[Path, dict[str, None]] = defaultdict(dict)
        for field in dict.fromkeys((*survivor.origins, *other.origins)):
            path = read_back(field).path
            self._fields[path] = field
            for depth, name in enumerate(path):
                self._names[path[:depth]][name] = None

    def done(self) -> Written:
        one, other = (document.content for document in self._documents)
        content = self._named((), Held(one, None), Held(other, None), {}, dict.fromkeys((*one, *other)))
        return Written(content, self._origins)

    def _at(self, path: Path, one: Held, other: Held) -> object:
        """What stands at a place; the origins say who wrote that place, or the whole that it is part of."""
        field = self._fields.get(path)
        kind = kind_of("profile", path)
        if field is None and kind is not Kind.CONSENT and isinstance(one.value, dict) and isinstance(other.value, dict):
            names = dict.fromkeys((*one.value, *other.value))
            return self._named(path, one, other, {}, names) or _emptied(one.value and other.value)
        if field is not None:
            one, other = (
                Held(held.value, _newer(held.origin, document.origins.get(field)))
                for held, document in zip((one, other), self._documents, strict=True)
            )
        together = field_together(one, other, kind, self._strategy(path))
        if field is not None:
            self._remember(field, together.origin)
        if path not in self._names or not isinstance(together.value, dict | None):
            return together.value
        return self._named(path, one, other, together.value or {}, {}) or _emptied(together.value)

    def _named(
        self, path: Path, one: Held, other: Held, content: dict[str, object], names: dict[str, None]
    ) -> dict[str, object]:
        """The content with what stands at these names, and at all that lead on to fields that somebody wrote."""
        content = dict(content)
        for name in names | self._names.get(path, {}):
            value = self._at((*path, name), _part(one, name), _part(other, name))
            if value is None:
                content.pop(name, None)
            else:
                content[name] = value
        return content

    def _remember(self, field: str, origin: Origin | None) -> None:
        """Note who wrote a field, unless that was whoever wrote the whole that it is part of."""
        if origin is not None and any(document.origins.get(field) is origin for document in self._documents):
            self._origins[field] = origin

    def _strategy(self, path: Path) -> Strategy | None:
        return next(
            (self._rules[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in self._rules), None
        )


def _emptied(before: dict[str, object] | None) -> dict[str, object] | None:
    """What stays of an object that holds nothing: the object, if it held nothing before."""
    return None if before else before


def _part(whole: Held, name: str) -> Held:
    return Held(whole.value.get(name) if isinstance(whole.value, dict) else None, whole.origin)


def _newer(one: Origin | None, other: Origin | None) -> Origin | None:
    if one is None or other is None:
        return one or other
    return one if is_older(other, one) else other
