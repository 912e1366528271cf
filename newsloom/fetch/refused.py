"""What the guard says of an address before anybody is asked, for lists that come with thousands of them."""

from __future__ import annotations

from newsloom.fetch.guard import PrivateAddress, parse_allow
from newsloom.fetch.refusal import Refusal
from newsloom.fetch.target import parse_target


def refused(url: str, allow: str = "") -> str:
    """Why an address would never be fetched ("scheme", "bad-url", "private-address"), "" where nothing is known against
    it. `allow` is the setting `fetch.allow`; what names resolve to is only seen when they are asked for."""
    try:
        target = parse_target(url)
        host, port = target.host or "", target.port or 0
        is_local = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
        guard = parse_allow(allow)
        if (host.lower(), port) not in guard.pairs:
            guard.literal("127.0.0.1" if is_local else host, port)
    except Refusal as refusal:
        return refusal.reason
    except PrivateAddress:
        return "private-address"
    return ""
