"""Limits: every bound of this server with its value, its unit and its meaning."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from litestar import get

from sojourn.core.limits import unit_of
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rights import PUBLIC
from sojourn.http.schemas import field_docs


class LimitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One bound."""

    value: float | bool
    unit: str
    description: str


@get("/limits", needs=PUBLIC)
async def read_limits(parts: Given) -> dict[str, LimitAnswer]:
    """Read every limit of this server, by the name that it has in the settings."""
    return dict(_told(parts.limits))


HANDLERS = (read_limits,)


def _told(limits: msgspec.Struct, prefix: str = "") -> Iterator[tuple[str, LimitAnswer]]:
    docs = field_docs(type(limits))
    for name in limits.__struct_fields__:
        value = getattr(limits, name)
        if isinstance(value, msgspec.Struct):
            yield from _told(value, f"{prefix}{name}.")
        else:
            yield prefix + name, LimitAnswer(value=value, unit=unit_of(name, value), description=docs.get(name, ""))
