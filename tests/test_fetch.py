"""The fetcher against real and hostile servers on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import subprocess
import sys
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsloom.config import FetchSettings
from newsloom.errors import WrongUse
from newsloom.fetch import FakeFetcher, Fetcher, RobotsInMemory, fake_page, retry_after
from newsloom.fetch.guard import parse_allow
from newsloom.fetch.shared import SharedHosts
from newsloom.types import Page, Rejected
from tests.hostile import bomb, members, ok, raw, redirect, reset, response, serve, silent, slow

OPEN = "127.0.0.0/8"


def fetcher(allow: str = OPEN, **settings: object) -> Fetcher:
    said = {"delay_s": 0.0, "timeout_s": 5.0, "max_bytes": 100_000, **settings}
    return Fetcher(FetchSettings(allow=allow, **said))  # type: ignore[arg-type]


async def get(url: str, **settings: object) -> Page | Rejected:
    async with fetcher(**settings) as it:  # type: ignore[arg-type]
        return await it.get(url)


def reason(answer: Page | Rejected) -> str:
    return answer.reason if isinstance(answer, Rejected) else f"page {answer.status}"


# What a page is


async def test_a_page_comes_with_status_headers_and_body() -> None:
    async with serve({"/a": ok(b"hello", ETag='"1"', Set_Cookie="a=b")}) as web:
        page = await get(f"{web.base}/a#part")
    assert isinstance(page, Page)
    assert (page.status, page.body, page.url, page.moved_to) == (200, b"hello", f"{web.base}/a", "")
    assert page.requested_url == f"{web.base}/a#part"
    assert page.headers["etag"] == '"1"'
    assert "set-cookie" not in page.headers


async def test_one_user_agent_and_no_cookies_or_referrers() -> None:
    async with serve({"*": ok(b"x", Set_Cookie="session=1; Path=/")}) as web, fetcher() as it:
        await it.get(f"{web.base}/1")
        await it.get(f"{web.base}/2")
    assert {asked.headers["user-agent"] for asked in web.asked} == {FetchSettings().user_agent}
    assert not any({"cookie", "referer", "authorization"} & set(asked.headers) for asked in web.asked)


async def test_an_unchanged_page_is_a_304_without_a_body() -> None:
    async with serve({"/a": response(304)}) as web, fetcher() as it:
        kept = await it.get(f"{web.base}/a", etag='"1"', last_modified="Mon, 01 Jan 2029 00:00:00 GMT")
        unasked = await it.get(f"{web.base}/a")
        spoiled = await it.get(f"{web.base}/a", etag='"1"\r\nX-Evil: 1')
    assert isinstance(kept, Page)
    assert (kept.status, kept.body) == (304, b"")
    assert web.asked[1].headers["if-none-match"] == '"1"'
    assert reason(unasked) == reason(spoiled) == "http-304"


@pytest.mark.parametrize("status", [204, 206, 401, 404, 410, 500, 101])
async def test_a_status_without_a_page_is_a_reason(status: int) -> None:
    async with serve({"/a": response(status)}) as web:
        answer = await get(f"{web.base}/a")
    assert reason(answer) == f"http-{status}"
    assert isinstance(answer, Rejected)
    assert answer.status == status


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), ("1", 60.0), ("-5", 60.0), ("1e30", 604_800.0), ("soon", None), ("", None), ("9" * 90, 604_800.0),
     ("Tue, 01 Jan 2030 01:00:00 GMT", 3_600.0), ("Tue, 99 Jan 2030 01:00:00 GMT", None)],
)  # fmt: skip
def test_retry_after_is_clamped(said: str, seconds: float | None) -> None:
    assert retry_after(said, datetime(2030, 1, 1, tzinfo=UTC)) == seconds


async def test_the_time_to_wait_is_handed_on() -> None:
    async with serve({"/a": response(429, Retry_After="300")}) as web:
        answer = await get(f"{web.base}/a")
    assert isinstance(answer, Rejected)
    assert answer.retry_after == 300.0


# Where a request may go


@pytest.mark.parametrize(
    "host",
    (
        "127.0.0.1 2130706433 0x7f000001 0177.0.0.1 127.1 0x7f.1 １２７.０.０.１ 127。0。0。1 127.0.0.1. 0.0.0.0 "
        "localhost [::1] [::ffff:127.0.0.1] [::127.0.0.1] [64:ff9b::127.0.0.1] [2002:7f00:1::]"
    ).split(),
)
async def test_no_way_of_writing_it_reaches_loopback(host: str) -> None:
    async with serve() as web:
        answer = await get(f"http://{host}:{web.port}/", allow="")
    assert (reason(answer), web.connections) == ("private-address", 0)


@pytest.mark.parametrize(
    "address",
    (
        "10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 "
        "198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 :: fe80::1 fec0::1 fc00::1 "
        "ff02::1 2001::1 2001:db8::1 100::1 3fff::1 5f00::1 fd00:ec2::254 64:ff9b:1::1 64:ff9b::808:808 "
        "::ffff:8.8.8.8 2001:0:4136:e378:8000:63bf:f5ff:fffe 2002:808:808::1 2a00:1450::5efe:a00:1 fe80::1%eth0 "
        "2130706433 nonsense"
    ).split(),
)
def test_the_guard_refuses(address: str) -> None:
    assert not parse_allow("").permits(address, 80)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2a00:1450:4001::1", "2606:2800::1"])
def test_the_guard_permits_what_is_public(address: str) -> None:
    assert parse_allow("").permits(address, 443)


def test_an_opened_network_does_not_open_what_it_carries() -> None:
    guard = parse_allow("64:ff9b::/96")
    assert guard.permits("64:ff9b::808:808", 80)
    assert not guard.permits("64:ff9b::7f00:1", 80)


async def test_a_pair_opens_exactly_this_host_and_port() -> None:
    async with serve({"/a": ok()}) as one, serve({"/a": ok()}) as other:
        allow = f"127.0.0.1:{one.port}"
        assert reason(await get(f"{one.base}/a", allow=allow)) == "page 200"
        assert reason(await get(f"{other.base}/a", allow=allow)) == "private-address"
    assert other.connections == 0


async def test_a_named_pair_opens_what_the_name_resolves_to() -> None:
    async with serve({"/a": ok()}) as web:
        settings = FetchSettings(allow=f"intranet.example:{web.port}", delay_s=0)
        async with Fetcher(settings, lookup=lambda host, port: ["127.0.0.1"]) as it:
            named = await it.get(f"http://intranet.example:{web.port}/a")
            other = await it.get(f"http://wiki.example:{web.port}/a")
            bare = await it.get(f"{web.base}/a")
    assert (reason(named), reason(other), reason(bare)) == ("page 200", "private-address", "private-address")


@pytest.mark.parametrize("wrong", ["loopback", "127.0.0.1:99999", "127.0.0.0/99", "a:b"])
def test_a_wrong_allow_setting_says_so(wrong: str) -> None:
    with pytest.raises(WrongUse, match=r"fetch\.allow"):
        fetcher(allow=wrong)


async def test_every_answer_of_a_name_is_checked() -> None:
    async with serve({"/a": ok()}) as web:
        for answers in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::ffff:10.0.0.1"]):
            settings = FetchSettings(allow="127.0.0.0/8")
            async with Fetcher(settings, lookup=lambda host, port, answers=answers: answers) as it:
                assert reason(await it.get(f"http://mixed.example:{web.port}/a")) == "private-address"
    assert web.connections == 0


async def test_a_name_that_changes_its_mind_is_asked_once_a_connection() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    async with serve({"/a": ok()}) as web:
        settings = FetchSettings(allow=OPEN, delay_s=0)
        async with Fetcher(settings, lookup=lambda host, port: next(answers)) as it:
            first = await it.get(f"http://rebind.example:{web.port}/a", obey_robots=False)
            second = await it.get(f"http://rebind.example:{web.port}/a", obey_robots=False)
    assert (reason(first), reason(second), web.connections) == ("page 200", "private-address", 1)
    assert web.asked[0].headers["host"] == f"rebind.example:{web.port}"


async def test_a_name_that_does_not_exist() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async with Fetcher(FetchSettings(), lookup=nowhere) as it:
        assert reason(await it.get("http://missing.example/")) == "dns"


@pytest.mark.parametrize(
    ("url", "why"),
    [("", "bad-url"), ("news", "bad-url"), ("//host/x", "bad-url"), ("http://", "bad-url"), ("http://a b/", "bad-url"),
     ("http://u:p@example.com/", "bad-url"), ("http://u@example.com/", "bad-url"), ("http://999.1.1.1/", "bad-url"),
     ("http://[::1/", "bad-url"), ("http://[fe80::1%25eth0]/", "bad-url"), ("http://example.com:99999/", "bad-url"),
     ("http://" + "a" * 300 + ".com/", "bad-url"), ("http://x/" + "y" * 9_000, "bad-url"),
     ("http://1.2.3.4.5/", "bad-url"),
     ("http://0x" + "f" * 50 + "/", "bad-url"), ("http://ex\x00ample.com/", "bad-url"),
     ("http://\ud800.com/", "bad-url"),
     ("http://%31%32%37.0.0.1/", "bad-url"), ("http://a\\@127.0.0.1/", "bad-url"),
     ("ftp://example.com/", "scheme"), ("file:///etc/passwd", "scheme"), ("javascript:alert(1)", "scheme"),
     ("gopher://x/", "scheme"), ("data:text/html,x", "scheme")],
)  # fmt: skip
async def test_addresses_that_are_not_asked(url: str, why: str) -> None:
    assert reason(await get(url)) == why


# Redirects


async def test_permanent_redirects_alone_move_a_page() -> None:
    routes = {
        "/a": redirect("/b", 301),
        "/b": redirect("/c", 308),
        "/c": ok(),
        "/x": redirect("/y", 301),
        "/y": redirect("c"),
    }
    async with serve(routes) as web, fetcher() as it:
        moved = await it.get(f"{web.base}/a")
        passing = await it.get(f"{web.base}/x")
    assert isinstance(moved, Page)
    assert isinstance(passing, Page)
    assert (moved.url, moved.moved_to) == (f"{web.base}/c", f"{web.base}/c")
    assert (passing.url, passing.moved_to) == (f"{web.base}/c", "")


@pytest.mark.parametrize(
    ("location", "why"),
    [("http://10.0.0.1/", "private-address"), ("http://169.254.169.254/latest", "private-address"),
     ("http://[::1]/", "private-address"), ("ftp://127.0.0.1/", "scheme"), ("file:///etc/passwd", "scheme"),
     ("http://a:b@127.0.0.1/", "bad-url"), ("http://[", "bad-url"), ("/loop", "too-many-redirects")],
)  # fmt: skip
async def test_every_hop_is_checked(location: str, why: str) -> None:
    routes = {"/a": redirect("/b"), "/b": redirect(location), "/loop": redirect("/a")}
    async with serve(routes) as web:
        assert reason(await get(f"{web.base}/a")) == why
    assert len(web.asked) <= 1 + 3


async def test_a_redirect_may_not_leave_what_is_opened() -> None:
    async with serve({"/secret": ok()}) as inside, serve({"/a": redirect(f"{inside.base}/secret")}) as web:
        assert reason(await get(f"{web.base}/a", allow=f"127.0.0.1:{web.port}")) == "private-address"
    assert inside.connections == 0


async def test_redirects_end() -> None:
    routes = {f"/{n}": redirect(f"/{n + 1}") for n in range(50)}
    async with serve(routes) as web:
        assert reason(await get(f"{web.base}/0")) == "too-many-redirects"
    assert len(web.asked) == 1 + 11


async def test_robots_are_asked_at_every_host_of_a_redirect() -> None:
    closed = {"/robots.txt": ok(b"User-agent: *\nDisallow: /"), "/b": ok()}
    async with serve(closed, host="127.0.0.2") as other, serve({"/a": redirect(f"{other.base}/b")}) as web:
        assert reason(await get(f"{web.base}/a")) == "robots"
    assert other.paths() == ["/robots.txt"]


async def test_credentials_in_a_header_are_never_learned_from_a_site() -> None:
    async with serve({"*": ok()}, host="127.0.0.2") as other:
        routes = {"/a": response(302, location=f"{other.base}/b", Set_Cookie="s=1; Domain=127.0.0.2")}
        async with serve(routes) as web:
            await get(f"{web.base}/a")
    assert all("cookie" not in asked.headers for asked in other.asked)


# Bodies


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress),
     ("deflate", lambda body: zlib.compress(body)[2:-4]), ("identity", bytes),
     ("gzip", lambda body: gzip.compress(body[:5]) + gzip.compress(body[5:]) + b"\0" * 40)],
)  # fmt: skip
async def test_bodies_are_decoded(coding: str, pack: object) -> None:
    body = b"several words of news, " * 400
    async with serve({"/a": ok(pack(body), Content_Encoding=coding)}) as web:  # type: ignore[operator]
        answer = await get(f"{web.base}/a")
    assert isinstance(answer, Page)
    assert answer.body == body


async def test_a_body_that_comes_byte_by_byte_is_decoded() -> None:
    packed = zlib.compress(b"news " * 50)
    pieces = [bytes([byte]) for byte in packed]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    async with serve({"/a": raw(head, *pieces)}) as web:
        answer = await get(f"{web.base}/a")
    assert isinstance(answer, Page)
    assert answer.body == b"news " * 50


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "utf-8", "gzip\r\nContent-Encoding: gzip"])
async def test_unknown_and_chained_codings_are_refused(coding: str) -> None:
    async with serve({"/a": ok(gzip.compress(gzip.compress(b"x")), Content_Encoding=coding)}) as web:
        assert reason(await get(f"{web.base}/a")) == "coding"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [ok(b"x" * 100_001), ok(bomb(20), Content_Encoding="gzip"),
     ok(zlib.compress(bytes(20 << 20)), Content_Encoding="deflate"),
     raw(OK + b"\r\n", b"x" * 65_536, forever=True), raw(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n", forever=True),
     raw(OK + b"Content-Length: 99999999999\r\n\r\n")],
)  # fmt: skip
async def test_a_body_beyond_the_cap_is_refused(answer: object) -> None:
    async with serve({"/a": answer}) as web:  # type: ignore[dict-item]
        assert reason(await get(f"{web.base}/a")) == "too-large"


async def test_a_body_of_exactly_the_cap_is_taken() -> None:
    async with serve({"/a": ok(gzip.compress(bytes(100_000)), Content_Encoding="gzip")}) as web:
        assert reason(await get(f"{web.base}/a")) == "page 200"


async def test_a_bomb_takes_little_memory() -> None:
    async with serve({"/a": ok(bomb(100), Content_Encoding="gzip")}) as web:
        tracemalloc.start()
        try:
            assert reason(await get(f"{web.base}/a", max_bytes=10_000_000)) == "too-large"
            assert tracemalloc.get_traced_memory()[1] < 30_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("status", [302, 404])
async def test_a_bomb_is_not_unpacked_where_no_page_is(status: int) -> None:
    routes = {"/a": response(status, bomb(50), Content_Encoding="gzip", location="/b"), "/b": ok()}
    async with serve(routes) as web:
        assert reason(await get(f"{web.base}/a")) in ("page 200", "http-404")


@pytest.mark.parametrize(
    "answer",
    [ok(members(5_000), Content_Encoding="gzip"), ok(b"no gzip at all", Content_Encoding="gzip"),
     ok(gzip.compress(b"x" * 500)[:-12] + bytes(12), Content_Encoding="gzip")],
)  # fmt: skip
async def test_damaged_codings_are_a_reason(answer: bytes) -> None:
    async with serve({"/a": answer}) as web:
        assert reason(await get(f"{web.base}/a")) == "coding"


@pytest.mark.parametrize(
    "answer",
    [raw(OK + b"Content-Length: 100\r\n\r\nshort"), raw(CHUNKED, b"5\r\nabc"), raw(CHUNKED, b"5\r\nabcde\r\n"),
     reset(OK + b"Content-Length: 100\r\n\r\nabc"), reset(), raw(b""),
     ok(gzip.compress(b"news " * 500)[:-20], Content_Encoding="gzip")],
)  # fmt: skip
async def test_what_stops_in_the_middle_is_cut(answer: object) -> None:
    async with serve({"/a": answer}) as web:  # type: ignore[dict-item]
        assert reason(await get(f"{web.base}/a")) == "cut"


@pytest.mark.parametrize(
    "answer",
    [raw(CHUNKED, b"zz\r\nabc\r\n0\r\n\r\n"),
     raw(b"<p>no headers at all"), raw(b"\x00\xff\xfe garbage \r\n\r\n"), raw(b"SSH-2.0-x\r\n"),
     raw(OK + b"X: " + b"a" * 5_000_000 + b"\r\n\r\n"), raw(OK, b"X: y\r\n" * 1_000, forever=True),
     raw(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"), raw(OK + b"Content-Length: -5\r\n\r\nabcdef"),
     raw(b"HTTP/1.1 200 " + b"a" * 1_000_000)],
)  # fmt: skip
async def test_what_is_no_http_is_a_reason(answer: object) -> None:
    async with serve({"/a": answer}) as web:  # type: ignore[dict-item]
        assert reason(await get(f"{web.base}/a")) == "protocol"


async def test_a_server_without_tls_and_one_that_is_gone() -> None:
    async with serve({"/a": ok()}) as web:
        assert reason(await get(f"https://127.0.0.1:{web.port}/a")) == "tls"
    assert reason(await get(f"{web.base}/a")) == "connect"


# Time


@pytest.mark.parametrize(
    "answer",
    [silent(), raw(OK, b"X-Slow: y\r\n", pause=0.1, forever=True),
     raw(OK + b"\r\n", b".", pause=0.05, forever=True),
     raw(b"HTTP/1.1 100 Continue\r\n\r\n", forever=True, pause=0.01),
     raw(CHUNKED, b"1\r\nx\r\n", pause=0.05, forever=True)],
)  # fmt: skip
async def test_one_deadline_over_the_whole_exchange(answer: object) -> None:
    async with serve({"/a": answer}) as web:  # type: ignore[dict-item]
        async with asyncio.timeout(4):
            assert reason(await get(f"{web.base}/a", timeout_s=0.4)) == "timeout"


async def test_redirects_and_robots_share_the_deadline() -> None:
    routes = {f"/{n}": slow(redirect(f"/{n + 1}"), 0.15) for n in range(9)}
    async with serve({**routes, "/robots.txt": slow(response(404), 0.15)}) as web:
        assert reason(await get(f"{web.base}/0", timeout_s=0.5)) == "timeout"
    assert len(web.asked) < 6


async def test_waiting_for_the_hosts_turn_is_not_counted() -> None:
    async with serve({f"/{n}": slow(ok(), 0.2) for n in range(4)}) as web, fetcher(timeout_s=0.7) as it:
        answers = await asyncio.gather(*(it.get(f"{web.base}/{n}") for n in range(4)))
    assert [reason(answer) for answer in answers] == ["page 200"] * 4


# Manners


async def test_one_request_at_a_time_and_a_pause_between_two() -> None:
    async with serve({"*": slow(ok(), 0.02)}) as web, fetcher(delay_s=0.1) as it:
        await asyncio.gather(*(it.get(f"{web.base}/{n}") for n in range(4)))
    assert web.most_open == 1
    gaps = [later.start - earlier.end for earlier, later in zip(web.asked, web.asked[1:], strict=False)]
    # The server's clock starts when the request arrives, so a gap can only look longer, never shorter than it was.
    assert len(gaps) == 4
    assert min(gaps) > 0.08


async def test_different_hosts_do_not_wait_for_each_other() -> None:
    async with serve({"*": silent()}) as stuck, serve({"*": ok()}, host="127.0.0.2") as web, fetcher() as it:
        waiting = asyncio.create_task(it.get(f"{stuck.base}/"))
        assert reason(await it.get(f"{web.base}/")) == "page 200"
        assert not waiting.done()
        waiting.cancel()


async def test_only_so_many_hosts_at_once() -> None:
    open_now = most = 0

    async def counted(writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await slow(ok(), 0.05)(writer)
        open_now -= 1

    hosts = [serve({"*": counted}, host=f"127.0.1.{n}") for n in range(1, 9)]
    webs = [await host.__aenter__() for host in hosts]
    async with fetcher(max_hosts=3) as it:
        answers = await asyncio.gather(*(it.get(web.base + "/") for web in webs))
    for host in hosts:
        await host.__aexit__(None, None, None)
    assert {reason(answer) for answer in answers} == {"page 200"}
    assert most == 3


async def test_hosts_are_forgotten() -> None:
    async def one() -> str:
        return "192.0.2.1"

    it = fetcher()
    for n in range(20_000):
        async with it._turns.turn(f"h{n}:80", 0.0, one):
            pass
        it._turns._hosts[f"h{n}:80"].ended = -1e9
    assert len(it._turns._hosts) < 10_000


async def test_connections_are_kept_only_while_someone_waits() -> None:
    async with serve({"*": ok()}) as web, fetcher() as it:
        await asyncio.gather(*(it.get(f"{web.base}/{n}") for n in range(5)))
    assert web.connections <= 2
    assert web.asked[-1].headers["connection"] == "close"


# robots.txt


ROBOTS = "\r\n".join(
    (
        "\ufeffUser-agent: other",
        "Disallow: /",
        "",
        "User-agent: NewsLoom/2.0",
        "Disallow: /no",
        "Allow: /no/yes",
        "Disallow: /*.pdf$",
        "Crawl-delay: 0.2",
        "Sitemap: https://x.example/news.xml",
        "",
        "User-agent: *",
        "Disallow: /",
        "User-agent: newsloom",
        "Disallow: /caf%c3%a9",
    )
).encode()


async def test_robots_txt_is_obeyed() -> None:
    async with serve({"/robots.txt": ok(ROBOTS), "*": ok()}) as web, fetcher() as it:
        paths = ("/", "/no", "/nothing", "/no/yes", "/a.pdf", "/a.pdf?x", "/café", "/caf%C3%A9/x")
        answers = {path: reason(await it.get(web.base + path)) for path in paths}
        rules = await it.robots(web.base + "/")
        ignored = await it.get(web.base + "/no", obey_robots=False)
    assert [path for path, why in answers.items() if why == "robots"] == [
        "/no",
        "/nothing",
        "/a.pdf",
        "/café",
        "/caf%C3%A9/x",
    ]
    assert not isinstance(rules, Rejected)
    assert (rules.delay_s, rules.sitemaps) == (0.2, ("https://x.example/news.xml",))
    assert reason(ignored) == "page 200"
    gaps = [later.start - earlier.end for earlier, later in zip(web.asked, web.asked[1:-1], strict=False)]
    assert min(gaps) > 0.15


@pytest.mark.parametrize(
    ("answer", "why"),
    [(response(404), "page 200"), (response(403), "page 200"), (response(500), "robots-unreachable"),
     (response(503), "robots-unreachable"), (reset(), "robots-unreachable"),
     (ok(b"", Content_Encoding="br"), "robots-unreachable"),
     (ok(b"User-agent: *\nDisallow: /b"), "page 200"), (ok(b""), "page 200"), (ok(b"<html>Not found"), "page 200"),
     (redirect("/moved"), "robots"), (redirect("/robots.txt"), "page 200"),
     (redirect("http://10.0.0.1/"), "private-address"),
     (ok(b"User-agent: *\nDisallow: /a\n" + b"# x\n" * 300_000 + b"Disallow: /a"), "robots"),
     (ok(b"# x\n" * 200_000 + b"User-agent: *\nDisallow: /"), "page 200"),
     (ok(bomb(30), Content_Encoding="gzip"), "page 200"),
     (ok(b"User-agent: *\nDisallow: /" + b"*a" * 200_000), "page 200"),
     (ok(b"".join(b"User-agent: bot%d\n" % n for n in range(9_000)) + b"Disallow: /z\n" * 9_000), "page 200")],
)  # fmt: skip
async def test_robots_as_the_rfc_says(answer: object, why: str) -> None:
    closed = ok(b"User-agent: *\nDisallow: /")
    async with serve({"/robots.txt": answer, "/moved": closed, "*": ok()}) as web:  # type: ignore[dict-item]
        assert reason(await get(f"{web.base}/aaaaaaaa", max_bytes=1_000)) == why


async def test_rules_beyond_any_sense_are_left_out() -> None:
    long = "/" + "a" * 3_000
    async with serve({"/robots.txt": ok(f"User-agent: *\nDisallow: {long}".encode()), long: ok()}) as web:
        assert reason(await get(web.base + long)) == "page 200"


async def test_a_robots_txt_that_never_ends_its_redirects_counts_as_missing() -> None:
    routes = {f"/r{n}": redirect(f"/r{n + 1}") for n in range(20)}
    async with serve({"/robots.txt": redirect("/r0"), **routes, "/a": ok()}) as web:
        assert reason(await get(f"{web.base}/a")) == "page 200"
    assert len(web.asked) == 1 + 5 + 1


async def test_a_robots_txt_that_drips_closes_the_host_without_asking_again() -> None:
    drip = raw(OK + b"\r\n", b"#", pause=0.05, forever=True)
    async with serve({"/robots.txt": drip, "/a": ok()}) as web, fetcher(timeout_s=0.3) as it:
        first, second = await it.get(f"{web.base}/a"), await it.get(f"{web.base}/a")
    assert reason(first) == reason(second) == "robots-unreachable"
    assert web.paths() == ["/robots.txt"]


async def test_robots_are_asked_once_however_many_pages_are_wanted() -> None:
    memory = RobotsInMemory()
    async with serve({"*": ok(b"")}) as web:
        async with Fetcher(FetchSettings(allow=OPEN, delay_s=0), robots=memory) as it:
            await asyncio.gather(*(it.get(f"{web.base}/{n}") for n in range(8)))
        async with Fetcher(FetchSettings(allow=OPEN, delay_s=0), robots=memory) as it:
            await it.get(f"{web.base}/again")
    assert web.paths().count("/robots.txt") == 1


async def test_robots_are_asked_again_after_a_day_and_after_a_failure_sooner() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    it = Fetcher(FetchSettings(allow=OPEN, delay_s=0), clock=lambda: now)
    async with serve({"/robots.txt": ok(b""), "*": ok()}) as web, it:
        await it.get(web.base + "/1")
        now += timedelta(hours=23, minutes=59)
        await it.get(web.base + "/2")
        now += timedelta(minutes=2)
        web.routes["/robots.txt"] = response(503)
        assert reason(await it.get(web.base + "/3")) == "robots-unreachable"
        rules = await it.robots(web.base)
        assert not isinstance(rules, Rejected)
        assert not rules.allows(web.base + "/3")
        now += timedelta(minutes=11)
        web.routes["/robots.txt"] = ok(b"")
        assert reason(await it.get(web.base + "/4")) == "page 200"
    assert web.paths().count("/robots.txt") == 3


def test_the_memory_of_robots_is_bounded() -> None:
    from newsloom.fetch import RobotsRecord

    memory = RobotsInMemory(max_hosts=3, max_chars=100)
    for n in range(5):
        memory.put(RobotsRecord(host=f"h{n}", status=200, body="x" * 10, fetched=datetime(2030, 1, 1, tzinfo=UTC)))
    memory.put(RobotsRecord(host="big", status=200, body="x" * 90, fetched=datetime(2030, 1, 1, tzinfo=UTC)))
    assert [host for host in ("h0", "h1", "h2", "h3", "h4", "big") if memory.get(host)] == ["h4", "big"]


# The fake


async def test_the_fake_answers_like_the_real_one() -> None:
    page = fake_page("https://a.example/", "hello", headers={"etag": '"1"'})
    refused = Rejected(stage="fetch", reason="timeout", url="https://b.example/")
    async with FakeFetcher({page.url: page, refused.url: refused}) as it:
        assert await it.get(page.url) is page
        assert await it.get(refused.url) is refused
        assert reason(await it.get(page.url, etag='"1"')) == "page 304"
        assert reason(await it.get("https://c.example/")) == "http-404"
    assert len(it.asked) == 4


# Waiting, addresses, reservations


async def test_a_host_that_asks_to_wait_is_left_alone_as_a_whole() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    routes = {"/a": response(503, Retry_After="600"), "*": ok()}
    it = Fetcher(FetchSettings(allow=OPEN, delay_s=0), clock=lambda: now)
    async with serve(routes) as web, serve({"*": ok()}, host="127.0.0.2") as other, it:
        assert reason(await it.get(f"{web.base}/a")) == "http-503"
        refused = await it.get(f"{web.base}/b")
        assert reason(await it.get(f"{other.base}/b")) == "page 200"
        now += timedelta(seconds=601)
        assert reason(await it.get(f"{web.base}/b")) == "page 200"
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.retry_after) == ("waiting", 600.0)
    assert web.paths() == ["/robots.txt", "/a", "/b"]


async def test_those_in_line_behind_a_429_are_not_sent() -> None:
    async with serve({"*": response(429)}) as web, fetcher() as it:
        answers = await asyncio.gather(*(it.get(f"{web.base}/{n}", obey_robots=False) for n in range(5)))
    assert [reason(answer) for answer in answers] == ["http-429"] + ["waiting"] * 4
    assert len(web.asked) == 1


async def test_an_overloaded_server_that_names_no_time_is_not_left_alone() -> None:
    async with serve({"/a": response(503), "*": ok()}) as web, fetcher() as it:
        assert reason(await it.get(f"{web.base}/a")) == "http-503"
        assert reason(await it.get(f"{web.base}/b")) == "page 200"


@pytest.mark.parametrize("shared", [True, False])
async def test_two_who_share_a_file_never_ask_one_host_at_once(tmp_path: Path, shared: bool) -> None:
    async with serve({"*": slow(ok(), 0.1)}) as web:
        settings = FetchSettings(allow=OPEN, delay_s=0)
        files = [tmp_path / "hosts" if shared else None] * 3
        async with contextlib.AsyncExitStack() as stack:
            every = [await stack.enter_async_context(Fetcher(settings, hosts_file=file)) for file in files]
            found = await asyncio.gather(*(it.get(f"{web.base}/{n}") for it in every for n in range(3)))
    assert {page.status for page in found if isinstance(page, Page)} == {200}
    assert len(found) == 9
    assert web.most_open == (1 if shared else 3)


async def test_the_pause_is_kept_between_two_who_share_a_file(tmp_path: Path) -> None:
    async with serve({"*": ok()}) as web:
        settings = FetchSettings(allow=OPEN, delay_s=0.3)
        async with (
            Fetcher(settings, hosts_file=tmp_path / "hosts") as one,
            Fetcher(settings, hosts_file=tmp_path / "hosts") as two,
        ):
            await asyncio.gather(*(it.get(f"{web.base}/{n}") for it in (one, two) for n in range(2)))
    starts = [asked.start for asked in web.asked]
    assert min(b - a for a, b in itertools.pairwise(starts)) >= 0.29
    assert len(starts) >= 6  # robots.txt twice, and four pages


async def test_who_died_holds_no_host(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from newsloom.fetch.shared import SharedHosts\n"
        "async def hold():\n"
        "    async with SharedHosts(Path(sys.argv[1])) as hosts, hosts.hold('a.example', 0):\n"
        "        print('held', flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(hold())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "hosts")]
    holder = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    async with SharedHosts(tmp_path / "hosts") as hosts:
        held = asyncio.create_task(_hold(hosts, "a.example"))
        await _hold(hosts, "b.example")
        await asyncio.sleep(0.2)
        assert not held.done()
        holder.kill()
        await holder.wait()
        await asyncio.wait_for(held, 10)


async def _hold(hosts: SharedHosts, key: str) -> None:
    async with hosts.hold(key, 0):
        pass


async def test_the_hosts_of_one_address_share_its_few_places() -> None:
    async with serve({"*": slow(ok(), 0.03)}) as web:
        settings = FetchSettings(allow="127.0.0.1", delay_s=0, per_address=2)
        async with Fetcher(settings, lookup=lambda host, port: ["127.0.0.1"]) as it:
            answers = await asyncio.gather(*(it.get(f"http://h{n}.example:{web.port}/") for n in range(8)))
    assert {reason(answer) for answer in answers} == {"page 200"}
    assert web.most_open == 2


async def test_http_and_https_of_one_name_are_one_host() -> None:
    from yarl import URL

    from newsloom.fetch.target import authority, host_key

    both = URL("http://a.example/"), URL("https://a.example/")
    assert {host_key(url) for url in both} == {"a.example"}
    assert [authority(url) for url in both] == ["a.example:80", "a.example:443"]
    assert host_key(URL("http://a.example:8080/")) == "a.example:8080"


TDM = (
    b'[{"location": "/open/*", "tdm-reservation": 0}, {"location": "/news/", "tdm-reservation": 1},'
    b' {"location": "/*.pdf$", "tdm-reservation": "1", "tdm-policy": "https://x.example/p"}, 3, {"location": null}]'
)


@pytest.mark.parametrize(
    ("path", "reserved"),
    [("/news/1", True), ("/open/1", False), ("/", False), ("/a/b.pdf", True), ("/a/b.pdf?x=1", False), ("/New", False)],
)
async def test_tdmrep_says_what_is_reserved(path: str, reserved: bool) -> None:
    async with serve({"/.well-known/tdmrep.json": ok(TDM)}) as web, fetcher() as it:
        rights = await it.reservation(web.base + path)
    assert rights.analyse is not reserved
    assert bool(rights.evidence) is reserved
    assert rights.checked is not None


@pytest.mark.parametrize(
    "answer",
    [response(404), response(500), ok(b"<html>"), ok(b"["), ok(b"[" * 100_000), ok(b"null"), ok(b'"x"'), silent(),
     ok(b"x" * 600_000), redirect("http://10.0.0.1/"), redirect("/.well-known/tdmrep.json")],
)  # fmt: skip
async def test_a_host_that_says_nothing_readable_of_mining_reserves_nothing(answer: object) -> None:
    async with serve({"/.well-known/tdmrep.json": answer}) as web, fetcher(timeout_s=0.3) as it:  # type: ignore[dict-item]
        assert (await it.reservation(f"{web.base}/news/1")).analyse


async def test_a_bare_object_of_tdmrep_is_read_too() -> None:
    said = {"/.well-known/tdmrep.json": ok(b'{"location": "/", "tdm-reservation": 1}')}
    async with serve(said) as web, fetcher() as it:
        assert not (await it.reservation(f"{web.base}/news/1")).analyse


async def test_tdmrep_is_asked_once_a_day() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    it = Fetcher(FetchSettings(allow=OPEN, delay_s=0), clock=lambda: now)
    async with serve({"/.well-known/tdmrep.json": ok(TDM)}) as web, it:
        await asyncio.gather(*(it.reservation(f"{web.base}/{n}") for n in range(5)))
        now += timedelta(hours=19)
        await it.reservation(f"{web.base}/x")
        assert len(web.asked) == 1
        now += timedelta(hours=2)
        await it.reservation(f"{web.base}/x")
    assert web.paths() == ["/.well-known/tdmrep.json"] * 2
