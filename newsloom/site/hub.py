"""Where WebSub hubs call us: they verify what we asked for, and bring news. Rows are all that is left here."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from newsloom.site.actions import Clock
from newsloom.store.protocol import Subscription
from newsloom.types import Rejected

_METHODS = ("sha1", "sha256", "sha384", "sha512")
_LONGEST_CHALLENGE = 2_000


class Inbox(Protocol):
    """What the store keeps of hubs' calls; the pipeline reads it."""

    def subscription(self, token: str) -> Subscription | None: ...
    def confirm_subscription(self, token: str, topic: str, lease_s: int, now: datetime) -> bool: ...
    def deny_subscription(self, token: str, topic: str, why: str) -> bool: ...
    def put_push(self, token: str, body: bytes, content_type: str, now: datetime) -> bool: ...
    def reject(self, rejected: list[Rejected], now: datetime, source_id: str = "") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The callback. `max_bytes` bounds one delivery."""

    inbox: Inbox
    clock: Clock
    max_bytes: int

    async def verify(self, request: Request) -> Response:
        """`GET /hub/{token}`: a hub asks whether we meant it, or says that it will not."""
        asked = request.query_params
        token, topic, mode = request.path_params["token"], asked.get("hub.topic", ""), asked.get("hub.mode", "")
        if mode == "denied":
            why = asked.get("hub.reason", "") or "the hub denied the subscription"
            denied = await run_in_threadpool(self.inbox.deny_subscription, token, topic, why)
            return _plain("noted" if denied else "unknown", 200 if denied else 404)
        challenge = asked.get("hub.challenge", "")
        if mode != "subscribe" or not 0 < len(challenge) <= _LONGEST_CHALLENGE:
            return _plain("unknown", 404)
        lease_s = _whole(asked.get("hub.lease_seconds", ""))
        meant = await run_in_threadpool(self.inbox.confirm_subscription, token, topic, lease_s, self.clock())
        return _plain(challenge, 200) if meant else _plain("unknown", 404)

    async def deliver(self, request: Request) -> Response:
        """`POST /hub/{token}`: news, kept if it bears the signature of the secret that we gave this hub."""
        token = request.path_params["token"]
        known = await run_in_threadpool(self.inbox.subscription, token)
        if known is None:
            return _plain("no such subscription", 410)
        body = await self._body(request)
        if body is None:
            return _plain("too large", 413)
        if not is_signed(body, request.headers.get("x-hub-signature", ""), known.secret):
            # The protocol wants no hint: what bears no right signature is taken and dropped.
            why = Rejected(stage="fetch", reason="bad-signature", detail="from its hub", url=known.feed_id)
            await run_in_threadpool(self.inbox.reject, [why], self.clock())
            return _plain("accepted", 202)
        kind = request.headers.get("content-type", "")[:200]
        kept = await run_in_threadpool(self.inbox.put_push, token, body, kind, self.clock())
        return _plain("accepted", 202) if kept else _plain("later", 503, {"retry-after": "60"})

    async def _body(self, request: Request) -> bytes | None:
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > self.max_bytes:
                    return None
        except ClientDisconnect:
            return None
        return bytes(body)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether "sha256=<hex>" is the body's HMAC with the secret."""
    method, _, said = signature.strip().partition("=")
    if method.lower() not in _METHODS or not secret:
        return False
    right = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(right.encode(), said.strip().lower().encode("utf-8", "replace"))


def _whole(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else 0


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(text, status, {"cache-control": "no-store", **(headers or {})})
