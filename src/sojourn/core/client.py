"""Who sent a request, as far as the request itself tells: device, system, program, place, languages.

A client is read at the door, from headers and address. Its parts have the shape that they have in the documents
(tracker.md §5.2); what is not known is left out.
"""

from __future__ import annotations

import msgspec


class Languages(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The languages that a client asks for, the most wanted first."""

    codes: list[str] = []
    """ISO 639-1, without a region: `de-AT` is German."""
    names: list[str] = []
    """The same in English."""


class Client(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one request tells of who sent it."""

    device: dict[str, object] = {}
    os: dict[str, object] = {}
    app: dict[str, object] = {}
    geo: dict[str, object] = {}
    """Where the address is: the country, and more where the operator gives a file of cities."""
    languages: Languages = Languages()
    ip: str = ""
    """The address as far as the source keeps it."""
    is_bot: bool = False


UNKNOWN = Client()
