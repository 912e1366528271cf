"""Headers on everything that leaves, and who may act."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "newsloom_operator"

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


class SecurityHeaders:
    """Puts HEADERS on every response, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


def is_local(request: Request) -> bool:
    """Whether the operator sits at this machine.

    The peer's address alone is no identity: a reverse proxy or a page that rebinds its name to 127.0.0.1 comes from
    loopback too, so the Host must be a loopback name and nothing may say that the request was forwarded.
    """
    if any(name in request.headers for name in _FORWARDING):
        return False
    return _loopback(request.client.host if request.client else "") and _loopback(_host(request), named=True)


def session_of(token: str) -> str:
    """What the cookie holds: proof of knowing the token, not the token."""
    return hmac.new(token.encode(), b"newsloom operator session", hashlib.sha256).hexdigest()


def is_operator(request: Request, token: str) -> bool:
    """At this machine, or signed in with the token."""
    return is_local(request) or is_signed_in(request, token)


def is_signed_in(request: Request, token: str) -> bool:
    """Whether the cookie proves knowledge of the token; never where there is no token."""
    given = request.cookies.get(COOKIE, "")
    return bool(token) and hmac.compare_digest(given.encode(), session_of(token).encode())


def is_token(given: str, token: str) -> bool:
    """Constant-time comparison; an empty token opens nothing."""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def is_own_request(request: Request) -> bool:
    """Whether an unsafe request comes from one of our own pages, or from no browser at all."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    except ValueError:
        return False


def _host(request: Request) -> str:
    try:
        return urlsplit("//" + request.headers.get("host", "")).hostname or ""
    except ValueError:
        return ""


def _loopback(host: str, *, named: bool = False) -> bool:
    if named and host.rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
