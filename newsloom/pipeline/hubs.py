"""WebSub: feeds whose hub tells of news are subscribed to; what hubs brought is read like a poll.

The site answers the hubs and leaves rows (`site.hub`); here they are applied. Without `site.base_url` no hub can
reach us, and polling is all there is, as it is wherever a hub refuses, falls silent or lets a lease run out.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from newsloom.config import Settings
from newsloom.engine import LocalPool
from newsloom.fetch import Fetcher
from newsloom.pipeline import schedule
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.polls import read_entries
from newsloom.store.protocol import Polled, Push, Store, Subscription
from newsloom.types import Feed, Page, Rejected

LEASE_S = 10 * 86_400
AT_ONCE = 8

_VERIFY = timedelta(hours=1)
_RENEW = timedelta(days=1)
_AGAIN = timedelta(days=7)


class Hubs:
    """Keeps subscriptions alive and applies deliveries."""

    def __init__(
        self,
        store: Store,
        web: Fetcher,
        pool: LocalPool,
        desk: Desk,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._web, self._pool, self._desk = store, web, pool, desk
        self._settings, self._clock = settings, clock

    async def apply(self) -> int:
        """Read what hubs brought, oldest first; how many new articles that made."""
        new = 0
        while (push := await self._desk(self._store.next_push)) is not None:
            new += await self._applied(push)
            await self._desk(self._store.push_done, push.seq)
        return new

    async def subscribe(self) -> int:
        """Ask the hubs whose turn it is; how many were asked."""
        base = self._settings.site.base_url.rstrip("/")
        if not base.startswith(("http://", "https://")):
            return 0
        now = self._clock()
        wanted = [pair for pair in await self._desk(self._store.hub_feeds) if is_due(*pair, now)]
        free = asyncio.Semaphore(AT_ONCE)

        async def one(feed: Feed, known: Subscription | None) -> None:
            async with free:
                await self._ask(feed, known, base)

        await asyncio.gather(*(one(feed, known) for feed, known in wanted))
        return len(wanted)

    async def _ask(self, feed: Feed, known: Subscription | None, base: str) -> None:
        """One request for a subscription; its row stands before the hub can call back."""
        asked = _asked(feed, known, self._clock())
        await self._desk(self._store.put_subscription, asked)
        form = {
            "hub.callback": f"{base}/hub/{asked.token}",
            "hub.mode": "subscribe",
            "hub.topic": asked.topic,
            "hub.lease_seconds": str(LEASE_S),
            "hub.secret": asked.secret,
        }
        answer = await self._web.post(asked.hub, form)
        if isinstance(answer, Rejected):
            why = f"{answer.reason}: {answer.detail}" if answer.detail else answer.reason
            # A hub that says no to a renewal still owes what it promised: the lease runs on to its end.
            state = asked.state if schedule.is_passing(answer) or asked.state == "active" else "refused"
            failed = replace(asked, state=state, error=why[:300], failures=asked.failures + 1)
            await self._desk(self._store.put_subscription, failed)

    async def _applied(self, push: Push) -> int:
        if push.feed is None:
            return 0
        feed, now = push.feed, self._clock()
        page = Page(
            requested_url=feed.url, url=feed.url, status=200, body=push.body, fetched=push.at,
            headers={"content-type": push.content_type},
        )  # fmt: skip
        read = await read_entries(feed, page, self._web, self._pool, self._settings.collect)
        if isinstance(read, Rejected):
            await self._desk(
                self._store.reject, [replace(read, detail=f"from its hub: {read.detail}")], now, feed.source_id
            )
            return 0

        def decide(new: int) -> Feed:
            return replace(feed, pace=schedule.learned_pace(feed, (), new, now), last_success=now)

        polled = Polled(feed=feed, entries=read.entries, rejected=read.rejected, decide=decide, pushed=True)
        return (await self._desk(self._store.save_poll, polled, now)).new


def is_due(feed: Feed, known: Subscription | None, now: datetime) -> bool:
    """Whether to ask the feed's hub now: at first, before a lease ends, and again later where it did not work."""
    if known is None or (known.hub, known.topic) != (feed.hub, feed.topic or feed.url):
        return not feed.failures
    since = now - known.asked
    if known.state == "active" and known.lease_until is not None and not known.failures:
        return now > known.lease_until - min(_RENEW, (known.lease_until - known.asked) / 4)
    if known.state in ("asked", "active"):
        return since > _retry(known)
    return since > _AGAIN


def _retry(known: Subscription) -> timedelta:
    return min(_VERIFY * float(2 ** min(known.failures, 8)), _AGAIN)


def _asked(feed: Feed, known: Subscription | None, now: datetime) -> Subscription:
    topic = feed.topic or feed.url
    if known is None or (known.hub, known.topic) != (feed.hub, topic):
        known = Subscription(
            feed_id=feed.id, token=secrets.token_urlsafe(24), secret=secrets.token_hex(32), hub=feed.hub, topic=topic,
            asked=now,
        )  # fmt: skip
    # An answer that never came counts as a failure; a lease that runs stays active while it is renewed.
    running = known.state == "active" and known.lease_until is not None and known.lease_until > now
    failures = known.failures + (known.state == "asked" and known.asked < now)
    return replace(known, state="active" if running else "asked", asked=now, failures=failures)
