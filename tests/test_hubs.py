"""WebSub: a hub is asked where a feed names one, verifies, brings signed news, and is not relied on where it fails."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web as aio

from newsloom.config import Settings
from newsloom.engine import LocalPool
from newsloom.fetch import Fetcher
from newsloom.pipeline.desk import Desk
from newsloom.pipeline.hubs import Hubs, is_due
from newsloom.pipeline.linked import with_links
from newsloom.site.app import make_app
from newsloom.site.hub import is_signed
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import list_articles
from newsloom.store.protocol import Polled, Subscription
from newsloom.store.reading import Reading
from newsloom.types import Feed, FeedDocument
from tests.collecting import collecting, pool
from tests.hostile import ok, redirect, serve
from tests.store_kit import NOW, add_source, new_entry, rows

TOPIC = "https://s.example/rss"
NEWS = (
    b"<rss version='2.0'><channel><title>S</title><item><title>A bridge opens</title>"
    b"<link>https://s.example/bridge</link></item></channel></rss>"
)


@dataclass
class AHub:
    """What was posted to it; `status` is what it answers."""

    url: str = ""
    status: int = 202
    forms: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def a_hub(status: int = 202) -> AsyncIterator[AHub]:
    hub = AHub(status=status)

    async def asked(request: aio.Request) -> aio.Response:
        hub.forms.append({name: str(value) for name, value in (await request.post()).items()})
        return aio.Response(status=hub.status)

    app = aio.Application()
    app.router.add_post("/hub", asked)
    runner = aio.AppRunner(app)
    await runner.setup()
    await aio.TCPSite(runner, "127.9.0.1", 0).start()
    hub.url = f"http://127.9.0.1:{runner.addresses[0][1]}/hub"
    try:
        yield hub
    finally:
        await runner.cleanup()


@dataclass
class Desked:
    """Everything between a hub and the store; `now` may be moved."""

    store: SqlStore
    settings: Settings
    workers: LocalPool
    feed: Feed
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    @asynccontextmanager
    async def hubs(self, allow: str = "127.0.0.0/8") -> AsyncIterator[Hubs]:
        desk = Desk("test")
        async with Fetcher(replace(self.settings.fetch, allow=allow), clock=self.clock) as web:
            yield Hubs(self.store, web, self.workers, desk, self.settings, self.clock)
        desk.close()

    def site(self) -> httpx.AsyncClient:
        app = make_app(self.settings, Reading(self.store.reader), None, self.clock, inbox=self.store)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://news.example")

    def named(self, hub: str) -> None:
        """The feed's document names this hub."""
        self.feed = replace(self.feed, hub=hub, topic=TOPIC)
        self.store.save_poll(Polled(feed=self.feed), self.now)

    def known(self) -> Subscription:
        ((_, known),) = self.store.hub_feeds()
        assert known is not None
        return known

    def present(self) -> Feed:
        return self.store.feeds()[0]


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalPool]:
    with pool() as workers:
        yield workers


@pytest.fixture
def desk(tmp_path: Path, workers: LocalPool) -> Iterator[Desked]:
    settings = collecting(tmp_path, **{"site.base_url": "https://news.example/", "fetch.max_bytes": 50_000})
    store = open_store(settings.store)
    yield Desked(store, settings, workers, add_source(store))
    store.close()


def sign(body: bytes, secret: str, method: str = "sha256") -> dict[str, str]:
    return {"X-Hub-Signature": f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"}


def verify(known: Subscription, **said: str) -> dict[str, str]:
    asked = {"hub.mode": "subscribe", "hub.topic": known.topic, "hub.challenge": "c0ffee", "hub.lease_seconds": "86400"}
    return asked | {name.replace("_", "."): value for name, value in said.items()}


async def active(desk: Desked, hub: AHub) -> Subscription:
    """A subscription that was asked for and verified."""
    desk.named(hub.url)
    async with desk.hubs() as hubs, desk.site() as site:
        assert await hubs.subscribe() == 1
        known = desk.known()
        assert (await site.get(f"/hub/{known.token}", params=verify(known))).text == "c0ffee"
    return desk.known()


async def test_a_subscription_from_the_request_to_the_stored_article(desk: Desked) -> None:
    async with a_hub() as hub:
        known = await active(desk, hub)
        (form,) = hub.forms
        assert form["hub.callback"] == f"https://news.example/hub/{known.token}"
        assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", TOPIC)
        assert len(known.secret) >= 32
        assert form["hub.secret"] == known.secret
        assert (known.state, known.lease_until) == ("active", NOW + timedelta(days=1))
        assert desk.present().push_until == known.lease_until
        async with desk.hubs() as hubs, desk.site() as site:
            assert await hubs.subscribe() == 0, "asked once"
            headers = {"Content-Type": "application/rss+xml", **sign(NEWS, known.secret)}
            assert (await site.post(f"/hub/{known.token}", content=NEWS, headers=headers)).status_code == 202
            assert await hubs.apply() == 1
            assert await hubs.apply() == 0
    assert [row["title"] for row in list_articles(desk.store.reader)] == ["A bridge opens"]
    assert desk.present().url == TOPIC
    assert rows(desk.store, "SELECT count(*) FROM pushes") == [(0,)]


@pytest.mark.parametrize(
    "said", [{"hub_topic": "https://other.example/"}, {"hub_mode": "unsubscribe"}, {"hub_challenge": ""}]
)
async def test_what_we_did_not_ask_for_is_not_confirmed(desk: Desked, said: dict[str, str]) -> None:
    async with a_hub() as hub, desk.hubs() as hubs, desk.site() as site:
        desk.named(hub.url)
        await hubs.subscribe()
        known = desk.known()
        assert (await site.get(f"/hub/{known.token}", params=verify(known, **said))).status_code == 404
        assert (await site.get("/hub/guessed", params=verify(known))).status_code == 404
    assert desk.known().state == "asked"


@pytest.mark.parametrize("headers", [{}, {"X-Hub-Signature": "sha256=00"}, {"X-Hub-Signature": "md5=00"}])
async def test_news_without_the_right_signature_is_taken_and_dropped(desk: Desked, headers: dict[str, str]) -> None:
    async with a_hub() as hub, desk.hubs() as hubs:
        known = await active(desk, hub)
        async with desk.site() as site:
            answer = await site.post(f"/hub/{known.token}", content=NEWS, headers=headers)
        assert answer.status_code == 202
        assert await hubs.apply() == 0
    assert rows(desk.store, "SELECT reason FROM rejected") == [("bad-signature",)]


async def test_unknown_callers_and_floods_end(desk: Desked) -> None:
    async with a_hub() as hub, desk.site() as site:
        known = await active(desk, hub)
        assert (await site.post("/hub/guessed", content=NEWS)).status_code == 410
        big = b"x" * 50_001
        headers = sign(big, known.secret)
        assert (await site.post(f"/hub/{known.token}", content=big, headers=headers)).status_code == 413
        headers = sign(NEWS, known.secret)
        said = [(await site.post(f"/hub/{known.token}", content=NEWS, headers=headers)).status_code for _ in range(25)]
    assert said == [202] * 20 + [503] * 5


async def test_the_hub_of_a_source_that_was_removed_is_told_so(desk: Desked) -> None:
    async with a_hub() as hub, desk.site() as site:
        known = await active(desk, hub)
        headers = sign(NEWS, known.secret)
        assert (await site.post(f"/hub/{known.token}", content=NEWS, headers=headers)).status_code == 202
        desk.store.remove_source("s", NOW)
        assert (await site.post(f"/hub/{known.token}", content=NEWS, headers=headers)).status_code == 410
        assert (await site.get(f"/hub/{known.token}", params=verify(known))).status_code == 404
    assert rows(desk.store, "SELECT count(*) FROM pushes") == [(0,)]


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signatures(method: str) -> None:
    header = sign(NEWS, "secret", method)["X-Hub-Signature"]
    assert is_signed(NEWS, header, "secret")
    assert not is_signed(NEWS + b" ", header, "secret")
    assert not is_signed(NEWS, header, "other")
    assert not is_signed(NEWS, header, "")
    assert not is_signed(NEWS, method + "=é\udcff", "secret")


async def test_damaged_news_is_a_reason_not_the_end(desk: Desked) -> None:
    async with a_hub() as hub, desk.hubs() as hubs, desk.site() as site:
        known = await active(desk, hub)
        body = b"<html>no feed"
        await site.post(f"/hub/{known.token}", content=body, headers=sign(body, known.secret))
        assert await hubs.apply() == 0
    assert desk.present().failures == 0
    assert rows(desk.store, "SELECT reason FROM rejected") == [("not-a-feed",)]


async def test_a_lease_is_renewed_before_it_ends_and_polling_is_what_is_left_where_not(desk: Desked) -> None:
    async with a_hub() as hub, desk.hubs() as hubs:
        known = await active(desk, hub)
        desk.now = NOW + timedelta(hours=12)
        assert await hubs.subscribe() == 0
        desk.now = NOW + timedelta(hours=19)
        hub.status = 500
        assert await hubs.subscribe() == 1
        assert (desk.known().state, desk.known().token) == ("active", known.token)
        assert desk.known().lease_until == known.lease_until, "what it promised still holds"
        assert await hubs.subscribe() == 0, "not again at once"
        hub.status = 202
        desk.now = NOW + timedelta(hours=22)
        assert await hubs.subscribe() == 1
        async with desk.site() as site:
            await site.get(f"/hub/{known.token}", params=verify(known))
    assert desk.known().lease_until == desk.now + timedelta(days=1)
    assert len(hub.forms) == 3


async def test_a_hub_that_says_no_is_asked_again_in_a_week(desk: Desked) -> None:
    async with a_hub(status=403) as hub, desk.hubs() as hubs:
        desk.named(hub.url)
        assert await hubs.subscribe() == 1
        assert (desk.known().state, desk.present().push_until) == ("refused", None)
        assert "403" in desk.known().error
        desk.now = NOW + timedelta(days=6)
        assert await hubs.subscribe() == 0
        desk.now = NOW + timedelta(days=8)
        assert await hubs.subscribe() == 1


async def test_a_hub_may_deny_later(desk: Desked) -> None:
    async with a_hub() as hub, desk.site() as site:
        known = await active(desk, hub)
        said = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "too many"}
        assert (await site.get(f"/hub/{known.token}", params=said)).status_code == 200
    assert (desk.known().state, desk.known().error, desk.present().push_until) == ("refused", "too many", None)


async def test_a_hub_that_stays_silent_is_not_waited_for(desk: Desked) -> None:
    async with a_hub() as hub:
        await active(desk, hub)
    for n in range(3):
        assert desk.present().push_until is not None
        desk.store.save_poll(Polled(feed=desk.present(), entries=(new_entry(f"https://s.example/{n}"),)), NOW)
    assert desk.present().push_until is None
    assert desk.known().state == "silent"
    assert not is_due(desk.present(), desk.known(), NOW + timedelta(days=6))
    assert is_due(desk.present(), desk.known(), NOW + timedelta(days=8))


async def test_no_hub_is_asked_that_could_not_reach_us(desk: Desked) -> None:
    desk.settings = replace(desk.settings, site=replace(desk.settings.site, base_url=""))
    async with a_hub() as hub, desk.hubs() as hubs:
        desk.named(hub.url)
        assert await hubs.subscribe() == 0
    assert hub.forms == []


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{port}/", "http://2130706433:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/",
     "ftp://127.0.0.1/", "http://10.0.0.1/"],
)  # fmt: skip
async def test_a_hub_in_a_private_network_is_refused(desk: Desked, address: str) -> None:
    async with serve() as canary, desk.hubs(allow="") as hubs:
        desk.named(address.format(port=canary.port))
        await hubs.subscribe()
    assert canary.connections == 0
    assert desk.known().state == "refused"
    assert desk.known().error.startswith(("private-address", "scheme"))


async def test_a_hub_may_not_redirect_inside_nor_turn_a_post_into_a_get(desk: Desked) -> None:
    async with serve({"*": ok()}) as canary:
        for status, why in ((307, "private-address"), (308, "private-address"), (302, "http-302"), (303, "http-303")):
            routes = {"*": redirect(f"{canary.base}/x", status)}
            async with serve(routes, host="127.9.0.2") as hub, desk.hubs(allow=f"127.9.0.2:{hub.port}") as hubs:
                answer = await hubs._web.post(f"{hub.base}/", {"a": "b"})
            assert getattr(answer, "reason", "") == why
    assert canary.connections == 0


def test_the_link_header_names_the_hub_first() -> None:
    document = FeedDocument(hub="https://in.example/", topic="https://s.example/a")
    said = '<https://hub.example/>; rel="hub", <https://s.example/rss>; rel=self; type="x", <javascript:1>; rel=hub'
    linked = with_links(document, {"link": said})
    assert (linked.hub, linked.topic) == ("https://hub.example/", "https://s.example/rss")
    assert with_links(document, {"link": "<<<>; rel"}) == document
    assert with_links(document, {"link": "<" * 100_000}) == document


def test_asked_again_ever_more_rarely_where_no_verification_comes() -> None:
    feed = Feed(id="f", source_id="s", url=TOPIC, hub="https://hub.example/", topic=TOPIC)
    known = Subscription(
        feed_id="f", token="t", secret="s", hub=feed.hub, topic=TOPIC, asked=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert is_due(feed, None, NOW)
    assert not is_due(replace(feed, failures=1), None, NOW)
    for failures, hours in ((0, 1), (1, 2), (4, 16), (30, 168)):
        waiting = replace(known, failures=failures)
        assert not is_due(feed, waiting, known.asked + timedelta(hours=hours - 0.1))
        assert is_due(feed, waiting, known.asked + timedelta(hours=hours + 0.1))
    assert is_due(replace(feed, hub="https://other.example/"), known, known.asked), "another hub, another subscription"


def test_a_poll_finds_the_hub_of_a_feed(desk: Desked) -> None:
    from newsloom.pipeline.collector import Collector
    from tests.outlets import Outlets

    links = "<atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' href='https://s.example/f'/>"
    feed = (
        f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>x</title>{links}</channel></rss>"
    )

    async def once() -> None:
        async with Collector(desk.store, desk.settings, pool=desk.workers) as collector:
            await collector.once()

    with Outlets(outlets=1) as web:
        desk.store.remove_source("s", NOW)
        desk.store.put_source(web.source(0), (), NOW)
        web.say["/feed.xml"] = lambda: web.answer(200, feed)
        asyncio.run(once())
    assert (desk.present().hub, desk.present().topic) == ("https://hub.example/", "https://s.example/f")
