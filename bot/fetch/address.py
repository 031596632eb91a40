"""Addresses that may be connected to: those of the public internet, and what the operator adds; pure.

https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_METADATA: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "100.100.100.200",  # metadata of Alibaba
            "168.63.129.16",  # of Azure: a public address that only its own machines reach
            "192.0.0.192",  # of Oracle
        ),
    )
)
"""What answers there gives out credentials. Refused in every form in which IPv6 carries it, too."""

_METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata.goog", "instance-data"})

_NEVER: Final[tuple[Network, ...]] = (
    *_METADATA,
    *map(
        ip_network,
        (
            "0.0.0.0/8",
            "224.0.0.0/4",  # multicast
            "255.255.255.255",
            "::",
            "fe80::/10",
            "fec0::/10",
            "fd00:ec2::/32",  # metadata of AWS
            "fd20:ce::254",  # of Google
            "ff00::/8",
        ),
    ),
)
"""Not even if a network of the operator holds them."""

_NAT64: Final = ip_network("64:ff9b::/96")
"""The only addresses that a host without IPv4 gets for a site that has nothing else (RFC 6052)."""
_LOCAL_NAT64: Final = ip_network("64:ff9b:1::/48")
_TEREDO: Final = ip_network("2001::/32")
_6TO4: Final = ip_network("2002::/16")

_EMBEDDING: Final[tuple[Network, ...]] = (
    ip_network("::ffff:0:0/96"),  # IPv4-mapped
    ip_network("::ffff:0:0:0/96"),  # IPv4-translated
    ip_network("::/96"),  # IPv4-compatible, ::1 with it
    _NAT64,
    _LOCAL_NAT64,
    _TEREDO,
    _6TO4,
)
"""IPv6 that carries an IPv4 address within, and leads to it."""

_NOT_PUBLIC: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        # Python versions differ in what they call global.
        ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4", "3fff::/20"),
    )
)


def is_allowed(address: str, *, networks: Sequence[Network] = ()) -> bool:
    """True of a public address, and of one within `networks`; false of what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _may_be_reached(parsed, networks)


def may_be_allowed(host: str) -> bool:
    """True unless no network of the operator could ever let this host through: what holds credentials."""
    if host.lower().rstrip(".") in _METADATA_NAMES:
        return False
    try:
        parsed = ip_address(host.strip("[]"))
    except ValueError:
        return True
    return _may_be_reached(parsed, (ip_network("0.0.0.0/0"), ip_network("::/0")))


def _may_be_reached(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    if _is_in_any(address, _NEVER):
        return False
    is_listed = _is_in_any(address, networks)
    if isinstance(address, IPv6Address) and (is_listed or _is_in_any(address, _EMBEDDING)):
        if any(_is_in_any(carried, _METADATA) for carried in _carried_within(address)):
            return False
        if not is_listed and address in _NAT64:
            return _may_be_reached(_ipv4_at(address, 96), networks)
    return is_listed or (
        address.is_global
        and not address.is_multicast
        and not _is_in_any(address, (*_EMBEDDING, *_NOT_PUBLIC))
    )


def _carried_within(address: IPv6Address) -> Iterator[IPv4Address]:
    """Every IPv4 address that it may stand for; most forms end in it, as does NAT64 with another prefix."""
    yield _ipv4_at(address, 96)
    if address in _6TO4:
        yield _ipv4_at(address, 16)
    if address in _TEREDO:
        yield _ipv4_at(address, 32)
        yield IPv4Address(int(_ipv4_at(address, 96)) ^ 0xFFFFFFFF)
    if address in _LOCAL_NAT64:  # a prefix of any length; the octet after bit 64 is left out
        value = int(address)
        without = (value >> 64 << 56 | value & (1 << 56) - 1) << 8
        yield from (_ipv4_at(IPv6Address(without), bit) for bit in (48, 56, 64))


def _ipv4_at(address: IPv6Address, bit: int) -> IPv4Address:
    return IPv4Address(int(address) >> (96 - bit) & 0xFFFFFFFF)


def _is_in_any(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
