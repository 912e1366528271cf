"""Many hostile servers at once, each with a feed: none reaches what is closed, ends the round or spoils another.

Each line says how a server answers and what the round must make of it: the beginning of its error, or the headline.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsloom.config import Settings
from newsloom.engine import LocalPool
from newsloom.pipeline.collector import Collector
from newsloom.store import SqlStore, open_store
from newsloom.store.lookup import list_articles
from newsloom.types import Source
from tests.collecting import collecting, pool
from tests.hostile import Server, response, serve
from tests.store_kit import rows

TITLE = "The ferry left at noon"
FEED = f"<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title>{TITLE}</title></item></channel></rss>"
CLOSED = "127.99.0.1"  # where nobody may come: it listens on the same port as the others


def feed(title: str = TITLE, before: str = "", more: str = "") -> bytes:
    return before.encode() + FEED.replace(TITLE, title).replace("<item>", more + "<item>").encode()


def said(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    return response(200, body, **headers).replace(b"200 X", status.encode())


def head(lines: bytes, body: bytes = feed()) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n" + body


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


LAUGHS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'ha'}'>" for n in range(9))
PACKED = gzip.compress(feed())

# {closed} in an answer is the address of the server that nobody may ask.
ATTACKS: dict[str, tuple[bytes, str]] = {
    # HTTP
    "a chunk beyond any size": (head(b"Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFFFF\r\nabc"), "protocol"),
    "a negative chunk": (head(b"Transfer-Encoding: chunked", b"-5\r\nabc"), "protocol"),
    "a negative length": (head(b"Content-Length: -5"), "protocol"),
    "two lengths": (head(b"Content-Length: 5\r\nContent-Length: 500"), "protocol"),
    "length and chunks": (head(b"Content-Length: 5\r\nTransfer-Encoding: chunked"), "protocol"),
    "a length beyond any": (head(b"Content-Length: 99999999999999999999999"), "protocol"),
    "a header of a megabyte": (head(b"X: " + b"a" * 1_000_000), "protocol"),
    "ten thousand headers": (head(b"\r\n".join(b"X%d: a" % n for n in range(10_000))), "protocol"),
    "NUL in a header": (head(b"X: a\0b"), "protocol"),
    "HTTP/0.9": (feed(), "protocol"),
    "HTTP/9.9": (b"HTTP/9.9 200 OK\r\n\r\n" + feed(), "protocol"),
    "status 2000": (b"HTTP/1.1 2000 OK\r\n\r\n" + feed(), "protocol"),
    "status 101": (b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + feed(), "http-101"),
    "status 206": (said(feed(), "206 Partial Content"), "http-206"),
    "status 226": (said(feed(), "226 IM Used"), "http-226"),
    "status 401": (said(feed(), "401 Unauthorized", WWW_Authenticate="Basic realm=x"), "http-401"),
    "a proxy's question": (said(feed(), "407 Proxy", Proxy_Authenticate="Basic realm=x"), "http-407"),
    "two answers": (said(feed()) + said(feed("Another")), TITLE),
    "a refresh in the header": (said(feed(), Refresh="0; url={closed}"), TITLE),
    # Codings
    "gzip in gzip": (said(gzip.compress(PACKED), Content_Encoding="gzip, gzip"), "coding"),
    "brotli": (said(b"\x8b\x01\x80xx", Content_Encoding="br"), "coding"),
    "zstd": (said(b"\x28\xb5\x2f\xfd\x04\0", Content_Encoding="zstd"), "coding"),
    "a bomb of raw deflate": (said(raw_deflate(bytes(100_000_000)), Content_Encoding="deflate"), "too-large"),
    "gzip that ends early": (said(PACKED[:-9], Content_Encoding="gzip"), "cut"),
    "gzip with a name of megabytes": (
        said(b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 9_000_000, Content_Encoding="gzip"), "cut"
    ),
    "garbage behind gzip": (said(PACKED + b"garbage" * 1_000, Content_Encoding="gzip"), TITLE),
    "a bomb that is no coding": (said(gzip.compress(gzip.compress(bytes(100_000_000)))), "not-a-feed"),
    # Redirects
    **{
        f"to {to}": (said(b"", "302 Found", Location=to), why)
        for to, why in {
            "http://10.0.0.1/": "private", "http://0xa.1/": "private", "http://012.0.0.1/": "private",
            "http://167772161/": "private", "http://[::ffff:10.0.0.1]/": "private", "http://[::1]/": "private",
            "http://169.254.169.254/latest/meta-data": "private", "{closed}": "private", "\t{closed}": "private",
            "http://127.99.0.1.:{port}/": "private", "http://0177.0143.0.1:{port}/": "private",
            "http://2136145921:{port}/": "private", "http://localhost:{port}/": "private",
            "http://x@127.99.0.1:{port}/": "bad-url", "http://127.98.0.1:80@127.99.0.1:{port}/": "bad-url",
            "http://127.99.0.1%2f:{port}/": "bad-url", "http:\\\\127.99.0.1:{port}\\x": "http-404",
            "file:///etc/passwd": "scheme", "gopher://127.99.0.1:{port}/": "scheme", "data:text/xml,<rss/>": "scheme",
        }.items()
    },
    # Encodings
    "NUL": (said(feed("The ferry\0 left at noon")), TITLE),
    "UTF-7": (said(b"+ADw-rss+AD4-" + feed(), Content_Type="text/xml; charset=utf-7"), TITLE),
    "UTF-7 declared": (said(feed("+ADw-b+AD4-", "<?xml version='1.0' encoding='utf-7'?>")), "+ADw-b+AD4-"),
    "UTF-16 without a mark": (said(FEED.encode("utf-16-le")), TITLE),
    "UTF-32": (said(FEED.encode("utf-32")), TITLE),
    "UTF-32 without a mark": (said(FEED.encode("utf-32-be")), TITLE),
    "half a character of UTF-16": (said(FEED.encode("utf-16")[:-1]), TITLE),
    "a codec that is no encoding": (said(feed(), Content_Type="text/xml; charset=zlib_codec"), TITLE),
    "a charset of any length": (said(feed(), Content_Type="text/xml; charset=" + "a" * 8_000), TITLE),
    "marks that turn text": (said(feed("The ferry\u202e left&#xD800;&#0; at&#1; noon")), TITLE),
    # Declarations
    "laughs in UTF-16": (said(feed("x &a8; y", f"<!DOCTYPE rss [{LAUGHS}]>").decode().encode("utf-16")), "x y"),
    "a parameter entity": (said(feed(before="<!DOCTYPE rss [<!ENTITY % x SYSTEM '{closed}'> %x;]>")), TITLE),
    "a DTD elsewhere": (said(feed(before="<!DOCTYPE rss PUBLIC '-//x' '{closed}'>")), TITLE),
    "a file": (said(feed("x &f; y", "<!DOCTYPE rss [<!ENTITY f SYSTEM 'file:///etc/hostname'>]>")), "x y"),
    "an end inside of quotes": (said(feed("x &g; y", "<!DOCTYPE rss [<!ENTITY f ']><x>'><!ENTITY g 'h'>]>")), "x y"),
    "two declarations": (said(feed("x &g; y", "<!DOCTYPE rss><!DOCTYPE rss [<!ENTITY g 'h'>]>")), "x y"),
    "an end inside of a comment": (said(feed("x &g; y", "<!DOCTYPE rss [<!-- ]> --><!ENTITY g 'h'>]>")), "x y"),
    "small letters": (said(feed("x &g; y", "<!doctype rss [<!ENTITY g 'h'>]>")), "x y"),
    # What a feed says
    "XInclude": (
        said(feed("<i:include xmlns:i='http://www.w3.org/2001/XInclude' href='file:///etc/hostname'/>" + TITLE)), TITLE
    ),
    "a hub where nobody may come": (
        said(feed(more="<a:link xmlns:a='http://www.w3.org/2005/Atom' rel='hub' href='{closed}'/>")), TITLE
    ),
    "an index that names itself": (
        said(b"<sitemapindex><sitemap><loc>/feed.xml</loc></sitemap><sitemap><loc>{closed}</loc></sitemap></sitemapindex>"),
        "private",
    ),
    "a number of 5,000 digits": (
        said(b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": %s, "title": "%s"}]}'
             % (b"9" * 5_000, TITLE.encode())), TITLE
    ),
    "times that make no sense": (said(feed(more="<ttl>9999999999999999</ttl>"), Cache_Control="max-age=1e99"), TITLE),
    "validators that are none": (said(feed(), ETag='"x\x7f"', Last_Modified="\x01\x02"), TITLE),
    "Retry-After that is none": (said(b"", "503 Busy", Retry_After="-99"), "http-503"),
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return collecting(tmp_path, **{"fetch.allow": "127.98.0.0/16"})


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    store = open_store(settings.store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalPool]:
    with pool() as workers:
        yield workers


async def _served(stack: contextlib.AsyncExitStack) -> tuple[dict[str, Server], Server]:
    """A server for each attack, and the one that nobody may ask, all on one port."""
    closed = Server(CLOSED, routes={"*": said(b"you should not be here")})
    listening = await asyncio.start_server(closed, CLOSED, 0)
    port = closed.port = listening.sockets[0].getsockname()[1]
    stack.callback(listening.close)
    servers = {}
    for number, (name, (answer, _)) in enumerate(ATTACKS.items()):
        plain = answer.replace(b"{closed}", closed.base.encode() + b"/").replace(b"{port}", str(port).encode())
        if plain != answer and b"content-length" in plain:
            plain = _with_length(plain)
        servers[name] = await stack.enter_async_context(serve({"/feed.xml": plain}, f"127.98.0.{number + 1}"))
    return servers, closed


def _with_length(answer: bytes) -> bytes:
    lines, _, body = answer.partition(b"\r\n\r\n")
    told = [line for line in lines.split(b"\r\n") if not line.startswith(b"content-length")]
    return b"\r\n".join([*told, b"content-length: %d" % len(body)]) + b"\r\n\r\n" + body


async def test_every_attack_ends_as_it_should(store: SqlStore, settings: Settings, workers: LocalPool) -> None:
    async with contextlib.AsyncExitStack() as stack:
        servers, closed = await _served(stack)
        for name, server in servers.items():
            store.put_source(Source(id=name, name=name, feeds=(server.base + "/feed.xml",)), (), datetime.now(UTC))
        async with Collector(store, settings, pool=workers) as collector:
            await collector.once()
    errors = {feed.source_id: feed.error for feed in store.feeds()}
    titles = {row["source_id"]: row["title"] for row in list_articles(store.reader)}
    wrong = {
        name: errors[name] or titles.get(name, "")
        for name, (_, wanted) in ATTACKS.items()
        if not (errors[name] or titles.get(name, "")).startswith(wanted)
    }
    assert wrong == {}
    assert closed.asked == []
    texts = "SELECT headline || lead || url || guid || image FROM articles UNION SELECT title || error FROM feeds"
    assert [text for (text,) in rows(store, texts) if not text.isprintable()] == []
    assert {row["url"].partition(":")[0] for row in list_articles(store.reader)} <= {"http", "https", "urn"}
