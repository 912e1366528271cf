"""The guard: which addresses may be connected to, decided on the very address that the socket gets.

The lists are IANA's special-purpose registries written out, because `ipaddress.is_global` differs between Python
releases and calls some reserved ranges global.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from newsloom.errors import WrongUse

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

V4_CLOSED = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's host agent, on an address that looks public
    )
)  # fmt: skip
# Of IPv6 only global unicast is open at all; these are closed inside it.
V6_OPEN = IPv6Network("2000::/3")
V6_CLOSED = tuple(
    IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "3ffe::/16", "2620:4f:8000::/48")
)
V4_MAPPED = IPv6Network("::ffff:0:0/96")
V4_COMPATIBLE = IPv6Network("::/96")
V4_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
SIX_TO_FOUR = IPv6Network("2002::/16")
TEREDO = IPv6Network("2001::/32")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)

_PAIR = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:\[\]/]+)):(?P<port>\d{1,5})")


class PrivateAddress(OSError):
    """Raised towards aiohttp in place of a connection; `address` is what was refused."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} is not a public address")
        self.address = address


@dataclass(slots=True)
class Guard:
    """The decision. `networks` and `pairs` are what the operator opened, `opened` what named pairs resolved to."""

    networks: tuple[Network, ...] = ()
    pairs: frozenset[tuple[str, int]] = frozenset()
    opened: set[tuple[str, int]] = field(default_factory=set)

    def permits(self, address: str, port: int) -> bool:
        """Whether a socket may connect to this address (text, as in a sockaddr) and port."""
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if (str(ip), port) in self.pairs:
            return True
        if getattr(ip, "scope_id", None) or not (self._open(ip) or is_public(ip)):
            return False
        return all(self._open(inner) or is_public(inner) for inner in embedded(ip))

    def _open(self, ip: Address) -> bool:
        return any(ip in net for net in self.networks)

    def literal(self, host: str, port: int) -> None:
        """Checks a host that is written as an address, which no resolver sees. Raises PrivateAddress."""
        if (":" in host or host.replace(".", "").isdigit()) and not self.permits(host, port):
            raise PrivateAddress(host)

    def answers(self, host: str, port: int, addresses: list[str]) -> list[str]:
        """The addresses a name resolved to, once all are permitted. Raises PrivateAddress where one is not.

        `localhost` means this machine whatever a resolver says, so its permitted addresses alone are enough.
        """
        if (host.lower(), port) in self.pairs:
            self.opened.update((address, port) for address in addresses[:8])
            return addresses[:8]
        refused = [address for address in addresses if not self.permits(address, port)]
        if host.lower() == "localhost" and len(refused) < len(addresses):
            return [address for address in addresses if address not in refused]
        if refused:
            raise PrivateAddress(refused[0])
        return addresses

    def socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """aiohttp's socket factory: the last word before `connect`, which literal addresses can't go round either."""
        family, kind, proto, _, address = info
        host, port = str(address[0]), int(str(address[1]))
        if (host, port) not in self.opened and not self.permits(host, port):
            raise PrivateAddress(host)
        return socket.socket(family, kind, proto)


def is_public(ip: Address) -> bool:
    """Whether the address is global unicast outside every special-purpose range."""
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in V4_CLOSED)
    return ip in V6_OPEN and not any(ip in net for net in V6_CLOSED)


def embedded(ip: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP."""
    if isinstance(ip, IPv4Address):
        return
    low = IPv4Address(int(ip) & 0xFFFF_FFFF)
    if any(ip in net for net in (V4_MAPPED, V4_COMPATIBLE, V4_TRANSLATED, *NAT64)):
        yield low
    if ip in SIX_TO_FOUR:
        yield IPv4Address(int(ip) >> 80 & 0xFFFF_FFFF)
    if ip in TEREDO:
        yield IPv4Address(int(low) ^ 0xFFFF_FFFF)
        yield IPv4Address(int(ip) >> 64 & 0xFFFF_FFFF)
    if int(ip) >> 32 & 0xFFFF_FFFF in ISATAP:
        yield low


def parse_allow(text: str) -> Guard:
    """The guard of a `fetch.allow` setting: networks or host:port pairs, comma separated. Raises WrongUse."""
    networks: list[Network] = []
    pairs: set[tuple[str, int]] = set()
    for item in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ip_network(item.strip("[]"), strict=False))
        except ValueError:
            pairs.add(_pair(item))
    return Guard(tuple(networks), frozenset(pairs))


def _pair(item: str) -> tuple[str, int]:
    found = _PAIR.fullmatch(item)
    if not found or not 0 < int(found["port"]) < 65536:
        raise WrongUse(f"fetch.allow takes networks (127.0.0.0/8) or host:port pairs, not {item!r}")
    host = found["six"] or found["host"]
    try:
        return str(ip_address(host)), int(found["port"])
    except ValueError:
        return host.lower(), int(found["port"])
