"""How much one client may ask: a bucket of requests each, refilled steadily, in memory and bounded."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from newsloom.errors import WrongUse
from newsloom.site.actions import Clock

Networks = tuple[IPv4Network | IPv6Network, ...]

# A client may ask this many seconds' worth at once.
BURST_S = 10
CLIENTS = 20_000


def networks(said: str) -> Networks:
    """Networks or single addresses, comma separated. Raises WrongUse."""
    try:
        return tuple(ip_network(each.strip(), strict=False) for each in said.split(",") if each.strip())
    except ValueError as error:
        raise WrongUse(f"site.proxies holds networks such as 10.0.0.0/8: {error}") from error


class RateLimit:
    """Answers 429 to a client that asks faster than `rate` requests a second over time; loopback asks freely."""

    def __init__(self, app: ASGIApp, *, rate: float, proxies: Networks, clock: Clock) -> None:
        self.app = app
        self._rate, self._proxies, self._clock = rate, proxies, clock
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._wait(Request(scope)) if scope["type"] == "http" and self._rate else 0.0
        if not wait:
            await self.app(scope, receive, send)
            return
        headers = {"retry-after": str(math.ceil(wait)), "cache-control": "no-store"}
        refusal = PlainTextResponse("A moment, please: too many requests from your address.\n", 429, headers)
        await refusal(scope, receive, send)

    def _wait(self, request: Request) -> float:
        """Seconds until this client may ask again; 0 where it may now."""
        client = client_of(request, self._proxies)
        if not client:
            return 0.0
        now = self._clock()
        left, at = self._buckets.pop(client, (self._rate * BURST_S, now))
        left = min(self._rate * BURST_S, left + max(0.0, (now - at).total_seconds()) * self._rate)
        may = left >= 1
        self._buckets[client] = (left - 1 if may else left, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if may else (1 - left) / self._rate


def client_of(request: Request, proxies: Networks) -> str:
    """Who asks: the peer, or whom a trusted proxy names; an IPv6 client is its /64. "" for this machine."""
    said = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    peer = request.client.host if request.client else ""
    while said and _within(peer, proxies):
        named = said.pop().strip()
        if not _is_address(named):
            break
        peer = named
    if not _is_address(peer):
        return peer
    address = ip_address(peer)
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        address, peer = (mapped, str(mapped)) if mapped else (address, str(ip_network(f"{address}/64", strict=False)))
    return "" if address.is_loopback else peer


def _is_address(host: str) -> bool:
    try:
        return ip_address(host) is not None
    except ValueError:
        return False


def _within(host: str, known: Iterable[IPv4Network | IPv6Network]) -> bool:
    return _is_address(host) and any(ip_address(host) in network for network in known)
