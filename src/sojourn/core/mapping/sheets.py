"""A document while rules write on it: what it holds, and who wrote what.

Most rules touch a few parts of a document. So a sheet starts from those, and the rest of the document is made only when
somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sojourn.core.documents import Document
from sojourn.core.mapping.operations import Held, Origin
from sojourn.core.references import found_at, value_at, with_value


class Sheet:
    """One document, whole or in the parts that matter most."""

    __slots__ = ("_origins", "_parts", "_rest", "_written", "is_changed")

    def __init__(
        self, parts: Document, origins: Mapping[str, Origin], rest: Callable[[], Document] | None = None
    ) -> None:
        """Start from `parts` and the origins of their fields, which stay as they are; `rest` makes what is missing."""
        self.is_changed = False
        self._parts = parts
        self._origins = origins
        self._written: dict[str, Origin] = {}
        self._rest = rest

    @property
    def parts(self) -> Document:
        """What the sheet started from, as rules have left it; what was made of the rest since may stand beside it."""
        return self._parts

    @property
    def content(self) -> Document:
        """The whole document."""
        if self._rest is not None:
            self._parts = {**self._rest(), **self._parts}
            self._rest = None
        return self._parts

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Who wrote what, by the full reference of the field."""
        return {**self._origins, **self._written}

    def read(self, path: tuple[str, ...]) -> object:
        """What stands at a place; None where nothing does."""
        return value_at(self._parts if path[0] in self._parts else self.content, path)

    def find(self, path: tuple[str, ...]) -> object:
        """The same, of a place that somebody relies on. Raises Obstructed when something stands in the way of it."""
        return found_at(self._parts if path[0] in self._parts else self.content, path)

    def held(self, path: tuple[str, ...], field: str) -> Held:
        """What stands at a place, and who wrote it."""
        return Held(self.read(path), self._written.get(field) or self._origins.get(field))

    def write(self, path: tuple[str, ...], field: str, held: Held) -> None:
        """Let a place hold something else."""
        self._parts = with_value(self._parts, path, held.value)
        self.is_changed = True
        if held.origin is not None:
            self._written[field] = held.origin

    def fill(self, parts: Mapping[str, object]) -> None:
        """Let parts be others, of whose fields nobody needs to know who wrote them."""
        self._parts = {**self._parts, **parts}
        self.is_changed = True
