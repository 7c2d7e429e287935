"""Addresses: their one form, and how much of one may be kept."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from sojourn.core.sources import KeptAddress

Address = IPv4Address | IPv6Address

IPV4_BITS_KEPT = 24
IPV6_BITS_KEPT = 48


def parse_address(text: str) -> Address | None:
    """The address that a text is; an IPv4 address in the clothes of an IPv6 one is that IPv4 address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def kept(address: Address, how: KeptAddress) -> str:
    """As much of an address as a source keeps: its network, all of it, or nothing."""
    match how:
        case "none":
            return ""
        case "full":
            return str(address)
        case "truncate":
            bits = IPV4_BITS_KEPT if isinstance(address, IPv4Address) else IPV6_BITS_KEPT
            whole = int(address) >> address.max_prefixlen - bits
            return str(type(address)(whole << address.max_prefixlen - bits))
