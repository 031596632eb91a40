"""Addresses that may be connected to: those of the public internet, and what the operator adds; pure.

https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_NEVER: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "100.100.100.200",  # metadata of Alibaba
            "168.63.129.16",  # of Azure: a public address that only its own machines reach
            "192.0.0.192",  # of Oracle
            "224.0.0.0/4",  # multicast
            "255.255.255.255",
            "::",
            "fe80::/10",
            "fec0::/10",
            "fd00:ec2::/32",  # metadata of AWS
            "fd20:ce::254",  # of Google
            "ff00::/8",
        ),
    )
)
"""Not even if a network of the operator holds them: what answers there gives out credentials."""

_EMBEDDING: Final[tuple[Network, ...]] = tuple(
    map(
        ip_network,
        (
            "::ffff:0:0/96",  # IPv4-mapped
            "::ffff:0:0:0/96",  # IPv4-translated
            "::/96",  # IPv4-compatible, ::1 with it
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",
            "2001::/32",  # Teredo
            "2002::/16",  # 6to4
        ),
    )
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
    if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
        return False
    if _is_in_any(parsed, _NEVER):
        return False
    if _is_in_any(parsed, networks):
        return True
    return (
        parsed.is_global and not parsed.is_multicast and not _is_in_any(parsed, (*_EMBEDDING, *_NOT_PUBLIC))
    )


def _is_in_any(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
