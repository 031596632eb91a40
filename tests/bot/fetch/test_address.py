"""Only addresses of the public internet, and what the operator adds."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fetch import is_allowed, may_be_allowed

EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::2004", "64:ff9b::101:101"]
)
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize(
    ("host", "may_be"),
    [
        ("10.0.0.1", True),
        ("[::1]", True),
        ("wiki.internal", True),
        ("169.254.169.254", False),
        ("[fd00:ec2::254]", False),
        ("100.100.100.200", False),
        ("[::ffff:169.254.169.254]", False),
        ("metadata.google.internal.", False),
    ],
)
def test_what_holds_credentials_is_told_from_what_the_operator_may_add(host: str, may_be: bool) -> None:
    assert may_be_allowed(host) is may_be


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "0.1.2.3", "::"),  # noqa: S104 — this machine
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"),  # private
        *("100.64.0.1", "100.127.255.254"),  # carrier-grade NAT
        *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"),  # link-local, metadata
        *("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "192.0.0.192", "fd20:ce::254"),  # metadata
        *("224.0.0.1", "239.1.1.1", "ff02::1", "ff0e::1"),  # multicast
        *("255.255.255.255", "240.0.0.1", "192.0.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.5"),  # reserved
        *("2001:db8::1", "3fff::1", "100::1", "192.88.99.1"),
        *("::ffff:127.0.0.1", "::ffff:1.1.1.1", "::127.0.0.1", "::ffff:0:127.0.0.1"),  # IPv4 within IPv6
        *("64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:4136:e378::1"),
        *("", "localhost", "0x7f.1", "2130706433", "127.1", "1.1.1.1/32", "example.com"),  # no addresses
    ],
)
def test_what_is_not_public_is_not(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "fd12::1"])
def test_an_operator_may_allow_a_private_network(address: str) -> None:
    assert is_allowed(address, networks=EVERYTHING)
    assert not is_allowed(address, networks=(ipaddress.ip_network("192.168.0.0/16"),))


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "fe80::1", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "224.0.0.1"),
        *("192.0.0.192", "fd20:ce::254", "169.254.170.2"),
        *("::ffff:169.254.169.254", "::ffff:0:169.254.169.254", "::169.254.169.254", "::ffff:168.63.129.16"),
        *("64:ff9b::a9fe:a9fe", "64:ff9b::6464:64c8", "64:ff9b::c000:c0"),  # NAT64
        *("64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9:fe:a9fe::"),  # of a local prefix
        *("64:ff9b:1:0:a9:fea9:fe00:0", "fd64::a9fe:a9fe", "2a00:64::a9fe:a9fe"),
        *("2002:a9fe:a9fe::", "2002:a9fe:a9fe::1", "2002:a83f:8110:1::2"),  # 6to4
        *("2001:0:a9fe:a9fe::1", "2001::5601:5601"),  # Teredo: its server, its client
    ],
)
def test_what_gives_out_credentials_is_never_allowed(address: str) -> None:
    assert not is_allowed(address, networks=EVERYTHING)


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("::1", "::1/128"),
        ("64:ff9b::a00:1", "10.0.0.0/8"),  # its name leads to 10.0.0.1, which may be read
        ("64:ff9b::a00:1", "64:ff9b::/96"),
        ("64:ff9b:1::101:101", "64:ff9b:1::/48"),
        ("fd12::a00:1", "fd12::/16"),
        ("2002:101:101::1", "2002::/16"),
    ],
)
def test_an_operator_may_allow_a_network_of_any_form(address: str, networks: str) -> None:
    assert not is_allowed(address)
    assert is_allowed(address, networks=(ipaddress.ip_network(networks),))


@given(st.ip_addresses(v=4))
def test_a_host_with_nat64_alone_reads_what_is_public_and_nothing_else(
    address: ipaddress.IPv4Address,
) -> None:
    through = ipaddress.IPv6Address((0x64FF9B << 96) + int(address))
    assert is_allowed(str(through)) == is_allowed(str(address))


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_disguise_makes_a_private_address_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for high in (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96):
        assert not is_allowed(str(ipaddress.IPv6Address(high + number)))
    assert not is_allowed(str(ipaddress.IPv6Address((0x2002 << 112) + (number << 80))))


@given(st.ip_addresses())
def test_whatever_python_holds_for_not_global_is_not_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert not is_allowed(str(address)) or address.is_global
