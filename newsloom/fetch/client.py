"""URL -> Page: every request that Newsloom sends outward goes through this file."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from newsloom.config import FetchSettings
from newsloom.fetch import reserve
from newsloom.fetch.decode import ACCEPT_ENCODING, Body
from newsloom.fetch.guard import Guard, PrivateAddress, parse_allow
from newsloom.fetch.polite import Deadline, Locks, Turns
from newsloom.fetch.refusal import Refusal, explain, status_refusal
from newsloom.fetch.robots import (
    MAX_BYTES,
    MAX_REDIRECTS,
    RobotsInMemory,
    RobotsMemory,
    RobotsRecord,
    Rules,
    RulesCache,
)
from newsloom.fetch.shared import SharedHosts
from newsloom.fetch.target import authority, host_key, parse_target
from newsloom.types import Page, Rejected, Rights

Lookup = Callable[[str, int], list[str]]

_HEADER_BYTES = 16_384
_HEADERS = 200
_POST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_MIN_WAIT_S, _MAX_WAIT_S = 60.0, 7 * 86_400.0
# Reasons that speak of the host, not of its robots.txt: the page would fail in the same way.
_HOST_REASONS = ("bad-url", "scheme", "private-address", "dns", "connect", "tls", "timeout", "waiting")


class Gets(Protocol):
    """Whatever answers like `Fetcher.get`: the seam that stages and the pipeline ask pages through."""

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "*/*",
        max_bytes: int | None = None,
        obey_robots: bool = True,
    ) -> Page | Rejected:
        """The page at this URL, or why there is none."""
        ...

    async def reservation(self, url: str) -> Rights:
        """What the host of this URL says of text and data mining there."""
        ...


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request as its caller wants it. `cut`: a body beyond `max_bytes` is shortened, not refused.

    `keep`: the connection is wanted again at once; `form`: posted, where there is one.
    """

    headers: Mapping[str, str]
    max_bytes: int
    obey_robots: bool = True
    max_redirects: int = 10
    cut: bool = False
    keep: bool = False
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """Fetches pages politely and safely; use as an async context manager.

    `robots` remembers what hosts said (in memory by default); `clock` gives aware UTC times for what is recorded;
    `lookup` turns a name into addresses (blocking; the system's by default); `hosts_file`: by which all processes that
    name it see to it that no host has two requests open. Raises WrongUse for a wrong `allow`.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        robots: RobotsMemory | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lookup: Lookup | None = None,
        hosts_file: Path | None = None,
    ) -> None:
        self._settings = settings
        self._memory: RobotsMemory = RobotsInMemory() if robots is None else robots
        self._clock = clock
        self._guard = parse_allow(settings.allow)
        self._rules = RulesCache(_product(settings.user_agent))
        self._shared = SharedHosts(hosts_file)
        self._turns = Turns(settings.max_hosts, settings.per_address, self._shared)
        self._robots_asked, self._tdm_asked = Locks(), Locks()
        self._resolver = _Resolver(self._guard, lookup or _system_lookup, settings.max_hosts)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        await self._shared.__aenter__()
        self._session = aiohttp.ClientSession(
            connector=_connector(self._guard, self._resolver),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": self._settings.user_agent, "Accept-Encoding": ACCEPT_ENCODING},
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
            max_headers=_HEADERS,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            await self._resolver.close()
            await self._shared.__aexit__(kind, error, trace)
            self._session = None

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "*/*",
        max_bytes: int | None = None,
        obey_robots: bool = True,
    ) -> Page | Rejected:
        """The page at `url`, redirects followed, or why there is none; never raises for what the network does.

        `etag` and `last_modified` are validators of an earlier answer: an unchanged page comes back with status 304
        and no body. `max_bytes` bounds the decoded body (default: the setting). Reasons: bad-url, scheme,
        private-address, dns, connect, tls, timeout, too-large, too-many-redirects, robots, robots-unreachable,
        http-<status>, coding, cut, protocol; waiting: not asked, because the host wants to be left alone (429, 503).
        `retry_after` is set where the server named a time to wait.
        """
        ask = _Ask(
            headers={"Accept": accept, **_validators(etag, last_modified)},
            max_bytes=self._settings.max_bytes if max_bytes is None else max_bytes,
            obey_robots=obey_robots,
            max_redirects=self._settings.max_redirects,
        )
        try:
            return await self._follow(url, ask, Deadline(self._settings.timeout_s))
        except Exception as error:
            return explain(error).rejected(url)

    async def post(self, url: str, form: Mapping[str, str]) -> Page | Rejected:
        """What the server at `url` answers to a form; a redirect is followed only where it keeps the method (307, 308).

        For hubs alone: pages and feeds are never posted to.
        """
        ask = _Ask(headers={"Accept": "*/*"}, max_bytes=100_000, obey_robots=False, cut=True, form=form)
        deadline = Deadline(self._settings.timeout_s)
        try:
            target = parse_target(url)
            for _ in range(_POST_REDIRECTS + 1):
                answer = await self._hop(target, ask, deadline)
                location = answer.headers.get("location", "")
                if answer.status not in (307, 308) or not location:
                    break
                target = parse_target(location, base=target)
            if not 200 <= answer.status < 300:
                raise status_refusal(answer.status, retry_after(answer.headers.get("retry-after", ""), self._clock()))
            return self._page(url, target, replace(answer, status=200), ask, moved=False)
        except Exception as error:
            return explain(error).rejected(url)

    async def reservation(self, url: str) -> Rights:
        """What the host's tdmrep.json says of this address, asked once a day; what can't be had reserves nothing."""
        try:
            return reserve.rights_at(await self._reservations_of(parse_target(url)), url)
        except Exception:
            return Rights()

    async def robots(self, url: str) -> Rules | Rejected:
        """What the host of `url` permits us (rules, crawl-delay, sitemaps), asked once and remembered."""
        try:
            return await self._rules_of(parse_target(url), Deadline(self._settings.timeout_s))
        except Exception as error:
            return explain(error).rejected(url)

    async def _follow(self, requested: str, ask: _Ask, deadline: Deadline) -> Page:
        url, permanent, seen = parse_target(requested), True, set[URL]()
        for _ in range(ask.max_redirects + 1):
            seen.add(url)
            answer = await self._hop(url, ask, deadline)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return self._page(requested, url, answer, ask, moved=permanent and len(seen) > 1)
            permanent = permanent and answer.status in (301, 308)
            url = parse_target(location, base=url)
            if url in seen:
                break
        raise Refusal("too-many-redirects", f"{len(seen)} redirects, the last to {url}")

    def _page(self, requested: str, url: URL, answer: _Answer, ask: _Ask, *, moved: bool) -> Page:
        conditional = "If-None-Match" in ask.headers or "If-Modified-Since" in ask.headers
        if answer.status not in (200, 203) and not (answer.status == 304 and conditional):
            raise status_refusal(answer.status, retry_after(answer.headers.get("retry-after", ""), self._clock()))
        return Page(
            requested_url=requested,
            url=str(url),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            fetched=self._clock(),
            moved_to=str(url) if moved else "",
        )

    async def _hop(self, url: URL, ask: _Ask, deadline: Deadline) -> _Answer:
        self._guard.literal(url.host or "", url.port or 0)
        delay = self._settings.delay_s
        if ask.obey_robots:
            rules = await self._rules_of(url, deadline)
            if rules.record.unreachable:
                raise Refusal("robots-unreachable", f"robots.txt of {rules.record.host}: {rules.record.reason}")
            if not rules.allows(str(url)):
                raise Refusal("robots", f"robots.txt of {rules.record.host} disallows it")
            delay = max(delay, rules.delay_s)
        key = host_key(url)
        self._check_waiting(key)
        async with self._turns.turn(key, delay, lambda: self._address(url, deadline)):
            self._check_waiting(key)  # the request before us may have been told to wait
            async with deadline.running():
                answer = await self._exchange(url, ask, close=not (ask.keep or self._turns.wanted(key)))
            self._note_waiting(key, answer)
            return answer

    async def _address(self, url: URL, deadline: Deadline) -> str:
        """The address that this request goes to: found once, checked, and handed to the connection."""
        async with deadline.running():
            return await self._resolver.pin(url.host or "", url.port or 0)

    def _check_waiting(self, key: str) -> None:
        until = self._memory.wait_until(key)
        left = (until - self._clock()).total_seconds() if until else 0.0
        if left > 0:
            raise Refusal("waiting", f"{key} asked us to wait until {until:%Y-%m-%d %H:%M} UTC", retry_after=left)

    def _note_waiting(self, key: str, answer: _Answer) -> None:
        """A server that is asked too much or overloaded is left alone as a whole, not for one page."""
        if answer.status not in (429, 503):
            return
        said = retry_after(answer.headers.get("retry-after", ""), self._clock())
        seconds = said or (_MIN_WAIT_S if answer.status == 429 else 0.0)
        if seconds:
            self._memory.put_wait(key, self._clock() + timedelta(seconds=seconds))

    async def _exchange(self, url: URL, ask: _Ask, *, close: bool) -> _Answer:
        if self._session is None:
            raise RuntimeError("use the Fetcher with `async with`")
        # Connections nobody waits for are given back at once: thousands of hosts would hold thousands of sockets.
        headers = {**ask.headers, "Connection": "close"} if close else ask.headers
        method = "GET" if ask.form is None else "POST"
        asked = self._session.request(method, url, headers=headers, data=ask.form, allow_redirects=False)
        async with asked as response:
            wanted = response.status in (200, 203)
            body = await _read(response, ask) if wanted else b""
            return _Answer(response.status, _headers(response), body)

    async def _rules_of(self, url: URL, deadline: Deadline) -> Rules:
        key = authority(url)
        async with self._robots_asked.hold(key):
            record = self._memory.get(key)
            if record is None or not record.fresh(self._clock()):
                record = await self._ask_robots(key, url, deadline)
                self._memory.put(record)
            return self._rules.rules(record)

    async def _reservations_of(self, url: URL) -> RobotsRecord:
        key = authority(url)
        async with self._tdm_asked.hold(key):
            record = self._memory.reservation(key)
            if record is None or not reserve.is_fresh(record, self._clock()):
                record = await self._ask_reservations(key, url)
                self._memory.put_reservation(record)
            return record

    async def _ask_reservations(self, key: str, url: URL) -> RobotsRecord:
        ask = _Ask(headers={"Accept": "application/json"}, max_bytes=reserve.MAX_BYTES, obey_robots=False, keep=True)
        target = str(url.origin().with_path(reserve.PATH))
        try:
            page = await self._follow(target, ask, Deadline(self._settings.timeout_s))
        except Exception as error:
            return _failed(key, explain(error), self._clock())
        text = page.body.decode("utf-8-sig", "replace")
        return RobotsRecord(host=key, status=200, body=text, fetched=self._clock())

    async def _ask_robots(self, key: str, url: URL, deadline: Deadline) -> RobotsRecord:
        ask = _Ask(
            headers={"Accept": "text/plain, */*;q=0.5"},
            max_bytes=MAX_BYTES,
            obey_robots=False,
            max_redirects=MAX_REDIRECTS,
            cut=True,
            keep=True,
        )
        whole = deadline.untouched
        try:
            page = await self._follow(str(url.origin().with_path("/robots.txt")), ask, deadline)
        except Exception as error:
            refusal = explain(error)
            if refusal.reason in _HOST_REASONS and not (refusal.reason == "timeout" and whole):
                raise refusal from error
            return _failed(key, refusal, self._clock())
        text = page.body.decode("utf-8-sig", "replace")
        return RobotsRecord(host=key, status=200, body=text, fetched=self._clock())


def _failed(key: str, refusal: Refusal, now: datetime) -> RobotsRecord:
    # RFC 9309, 2.3.1.2: more redirects than five count as a file that is not there.
    status = 404 if refusal.reason == "too-many-redirects" else refusal.status
    known = 400 <= status < 600
    return RobotsRecord(host=key, status=status if known else 0, fetched=now, reason=refusal.reason)


async def _read(response: aiohttp.ClientResponse, ask: _Ask) -> bytes:
    body = Body(", ".join(response.headers.getall("Content-Encoding", [])), ask.max_bytes, cut=ask.cut)
    if not ask.cut and (response.content_length or 0) > ask.max_bytes:
        raise Refusal("too-large", f"{response.content_length} bytes announced, {ask.max_bytes} taken at most")
    async for chunk in response.content.iter_any():
        body.feed(chunk)
        if body.full:
            break
    return body.finish()


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Lower-case names, repeated ones joined; cookies are nobody's business."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        clean = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        low = name.lower()
        headers[low] = f"{headers[low]}, {clean}" if low in headers and low != "location" else clean
    headers.pop("set-cookie", None)
    return headers


def _validators(etag: str, last_modified: str) -> dict[str, str]:
    both = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {
        name: value for name, value in both.items() if value and re.fullmatch(r"[\x20-\x7e\x80-\xff]{1,1000}", value)
    }


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks to wait, between a minute and a week; None where it says nothing."""
    value = value.strip()[:100]
    if not value:
        return None
    try:
        seconds = float(value) if re.fullmatch(r"[+-]?[\d.]+(?:[eE][+-]?\d+)?", value) else _until(value, now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, _MIN_WAIT_S), _MAX_WAIT_S)


def _until(value: str, now: datetime) -> float:
    moment = parsedate_to_datetime(value)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _product(user_agent: str) -> str:
    found = re.match(r"[A-Za-z_-]+", user_agent)
    return found[0] if found else "Newsloom"


def _connector(guard: Guard, resolver: AbstractResolver) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        socket_factory=guard.socket,
        limit=0,
        keepalive_timeout=10.0,
    )


# What a task's next connection goes to: (host, port, addresses).
_PINNED: ContextVar[tuple[str, int, list[ResolveResult]] | None] = ContextVar("pinned", default=None)


class _Resolver(AbstractResolver):
    """Names to addresses, once a connection, every answer checked; in threads of its own, so that slow name servers
    stop nothing else."""

    def __init__(self, guard: Guard, lookup: Lookup, threads: int) -> None:
        self._guard, self._lookup = guard, lookup
        self._pool = ThreadPoolExecutor(max(1, min(threads, 64)), thread_name_prefix="newsloom-dns")

    async def pin(self, host: str, port: int) -> str:
        """Look a name up for the connection that the calling task is about to make; the first of its addresses."""
        if ":" in host or host.replace(".", "").isdigit():
            return host
        try:
            found = await self._find(host, port)
        except PrivateAddress:
            raise
        except OSError as error:
            raise Refusal("dns", str(error)) from error
        _PINNED.set((host, port, found))
        return str(found[0]["host"]) if found else host

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        pinned = _PINNED.get()
        if pinned is not None and pinned[:2] == (host, port):
            _PINNED.set(None)
            return pinned[2]
        return await self._find(host, port)

    async def _find(self, host: str, port: int) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(self._pool, self._lookup, host, port)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in self._guard.answers(host, port, found)
        ]

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _system_lookup(host: str, port: int) -> list[str]:
    if host.lower() == "localhost":
        return ["127.0.0.1", "::1"]
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))
