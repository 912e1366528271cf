"""Each guard switched off, one at a time: the test that looks after it must fail, or it would notice nothing.

`python -m evals.guards [NAME ...]` writes its table into docs/threats.md (all of them, where no name is given). A guard
is switched off in every Python process of a run, workers too, by a `sitecustomize` that this file is called from.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs/threats.md"
HEADING = "## With each guard off"
LIMIT_S = 150
OFF: dict[str, tuple[Callable[[], None], str, str]] = {}


def guard(name: str, test: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Registers what switches a guard off, and the test that must then fail."""

    def register(off: Callable[[], None]) -> Callable[[], None]:
        OFF[name] = (off, f"tests/{test}", (off.__doc__ or "").strip())
        return off

    return register


def set_(module: str, name: str, value: Any) -> None:
    """Puts a value in place of a module's or a class's own."""
    import importlib

    path, _, inner = module.partition(":")
    holder: Any = importlib.import_module(path)
    setattr(getattr(holder, inner) if inner else holder, name, value)


@guard("private addresses", "test_threats.py::test_every_outbound_path_has_the_one_guard")
def _addresses() -> None:
    """every address may be connected to"""
    set_("newsloom.fetch.guard:Guard", "permits", lambda self, address, port: True)


@guard("embedded addresses", "test_fetch.py::test_an_opened_network_does_not_open_what_it_carries")
def _embedded() -> None:
    """the IPv4 address inside of an IPv6 address is not looked at"""
    set_("newsloom.fetch.guard", "embedded", lambda ip: iter(()))


@guard("spellings of hosts", "test_fetch.py::test_addresses_that_are_not_asked")
def _spellings() -> None:
    """hosts are taken as they are written"""
    set_("newsloom.fetch.target", "_canonical", lambda host: host)


@guard("exact pairs", "test_fetch.py::test_a_pair_opens_exactly_this_host_and_port")
def _pairs() -> None:
    """a host:port pair opens everything"""
    from newsloom.fetch.guard import Guard

    set_("newsloom.fetch.client", "parse_allow", lambda text: Guard((ip_network("0.0.0.0/0"),)))


@guard("all answers of a name", "test_fetch.py::test_every_answer_of_a_name_is_checked")
def _answers() -> None:
    """of a name's addresses only the one that is connected to is checked"""
    set_("newsloom.fetch.guard:Guard", "answers", lambda self, host, port, addresses: addresses)


@guard("one lookup a request", "test_fetch.py::test_a_name_that_changes_its_mind_is_asked_once_a_connection")
def _pin() -> None:
    """the connection looks the name up again"""
    from newsloom.fetch.client import _Resolver

    async def pin(self: _Resolver, host: str, port: int) -> str:
        return str((await self._find(host, port))[0]["host"])

    set_("newsloom.fetch.client:_Resolver", "pin", pin)


@guard("number of redirects", "test_fetch.py::test_redirects_end")
def _redirects() -> None:
    """forty hops"""
    from newsloom.fetch import client

    real = client._Ask
    set_("newsloom.fetch.client", "_Ask", lambda **said: real(**{**said, "max_redirects": 40}))


@guard("schemes and users", "test_fetch.py::test_addresses_that_are_not_asked")
def _schemes() -> None:
    """whatever parses as an address is one"""
    set_("newsloom.fetch.target", "_checked", lambda url: url)


@guard("cookies", "test_fetch.py::test_one_user_agent_and_no_cookies_or_referrers")
def _cookies() -> None:
    """cookies are kept"""
    import aiohttp

    set_("newsloom.fetch.client:aiohttp", "DummyCookieJar", lambda: aiohttp.CookieJar(unsafe=True))


@guard("body cap", "test_fetch.py::test_a_body_beyond_the_cap_is_refused")
def _cap() -> None:
    """nothing is said of a body that is too large"""
    set_("newsloom.fetch.decode:Body", "_overflow", lambda self: None)


@guard("codings", "test_fetch.py::test_unknown_and_chained_codings_are_refused")
def _codings() -> None:
    """an unknown coding is taken for none"""
    set_("newsloom.fetch.decode", "_decoder", lambda coding: None)


@guard("gzip members", "test_fetch.py::test_damaged_codings_are_a_reason")
def _members() -> None:
    """any number of members"""
    set_("newsloom.fetch.decode", "_MAX_MEMBERS", 10**9)


@guard("deadline", "test_fetch.py::test_one_deadline_over_the_whole_exchange")
def _deadline() -> None:
    """no clock runs"""

    @contextlib.asynccontextmanager
    async def running(self: Any) -> AsyncIterator[None]:
        yield

    set_("newsloom.fetch.polite:Deadline", "running", running)


@guard("validators after a cut", "test_threats.py::test_what_broke_off_is_asked_for_again_without_validators")
def _validators() -> None:
    """validators are kept of whatever came"""
    said = lambda feed, page, document: (page.headers.get("etag", ""), page.headers.get("last-modified", ""))  # noqa: E731
    set_("newsloom.pipeline.schedule", "_validators", said)


@guard("entries of a poll", "test_threats.py::test_a_giant_feed_is_cut_and_stalls_nobody")
def _entries() -> None:
    """all entries are taken"""
    from newsloom.pipeline import work

    real = work.read_feed

    @functools.wraps(real)
    def read_feed(todo: work.FeedToRead) -> object:
        return real(replace(todo, max_entries=10**9))

    set_("newsloom.pipeline.work", "read_feed", read_feed)


@guard("confirmed moves", "test_threats.py::test_a_permanent_move_is_remembered_and_a_passing_one_is_not")
def _moves() -> None:
    """the first permanent redirect is believed"""
    set_("newsloom.pipeline.schedule", "CONFIRMATIONS", 1)


@guard("answers without a feed", "test_threats.py::test_an_answer_without_a_feed_leaves_what_is_stored_alone")
def _statuses() -> None:
    """any status is taken for an unchanged feed"""
    from newsloom.fetch import client
    from newsloom.types import Page

    def page(self: Any, requested: str, url: Any, answer: Any, ask: Any, *, moved: bool) -> Page:
        status = 200 if answer.status == 200 else 304
        return Page(requested_url=requested, url=str(url), status=status, body=answer.body, fetched=self._clock())

    set_("newsloom.fetch.client:Fetcher", "_page", page)
    assert client


@guard("410", "test_pipeline.py::test_retry_after_is_kept_and_410_is_for_good")
def _gone() -> None:
    """410 is a failure like any other"""
    from newsloom.pipeline import schedule

    real = schedule.feed_failed
    set_("newsloom.pipeline.schedule", "feed_failed", lambda *said: replace(real(*said), gone=False))


@guard("hosts that ask to wait", "test_fetch.py::test_a_host_that_asks_to_wait_is_left_alone_as_a_whole")
def _waits() -> None:
    """429 and 503 hold for one address alone"""
    set_("newsloom.fetch.client:Fetcher", "_note_waiting", lambda self, key, answer: None)


@guard("clamped waits", "test_fetch.py::test_retry_after_is_clamped")
def _clamp() -> None:
    """any time to wait is taken"""
    set_("newsloom.fetch.client", "_MAX_WAIT_S", float("inf"))


@guard("robots.txt", "test_fetch.py::test_robots_txt_is_obeyed")
def _robots() -> None:
    """everything is allowed"""
    set_("newsloom.fetch.robots:Rules", "allows", lambda self, url: True)


@guard("length of rules", "test_fetch.py::test_rules_beyond_any_sense_are_left_out")
def _rules() -> None:
    """rules of any length"""
    set_("newsloom.fetch.robots", "_MAX_LINE", 10**9)


@guard("mining reservations", "test_looks.py::test_a_reservation_made_later_takes_back_what_was_kept")
def _reserved() -> None:
    """tdmrep.json says nothing"""
    from newsloom.types import Rights

    set_("newsloom.fetch.reserve", "rights_at", lambda record, url: Rights())


@guard("withdrawn pages", "test_looks.py::test_a_page_that_was_taken_back_loses_its_passages_within_a_day")
def _withdrawn() -> None:
    """404 and 410 are failures like any other"""
    set_("newsloom.pipeline.pages", "WITHDRAWN", ())


@guard("pages that lead home", "test_looks.py::test_a_page_whose_address_leads_to_the_home_page_was_taken_back")
def _led_home() -> None:
    """an article's address may lead to the home page"""
    set_("newsloom.pipeline.pages", "_leads_home", lambda page: False)


@guard("signatures of hubs", "test_hubs.py::test_news_without_the_right_signature_is_taken_and_dropped")
def _signatures() -> None:
    """every delivery is believed"""
    set_("newsloom.site.hub", "is_signed", lambda body, signature, secret: True)


@guard("one request a host", "test_fetch.py::test_one_request_at_a_time_and_a_pause_between_two")
def _turns() -> None:
    """nobody waits for a turn"""

    @contextlib.asynccontextmanager
    async def turn(self: Any, key: str, delay_s: float, find: Callable[[], Any]) -> AsyncIterator[None]:
        await find()
        yield

    set_("newsloom.fetch.polite:Turns", "turn", turn)


@guard("hosts of other processes", "test_pipeline.py::test_two_processes_on_one_store_never_ask_a_host_twice_at_once")
def _other_processes() -> None:
    """each process sees to its own requests alone"""
    set_("newsloom.fetch.shared", "_locked", lambda file, place, kind: True)


@guard("requests an address", "test_fetch.py::test_the_hosts_of_one_address_share_its_few_places")
def _slots() -> None:
    """any number"""

    @contextlib.asynccontextmanager
    async def slot(self: Any, key: str) -> AsyncIterator[None]:
        yield

    set_("newsloom.fetch.polite:_Slots", "slot", slot)


@guard("one feed a host", "test_store.py::test_a_host_is_given_one_feed_at_a_time")
def _hosts() -> None:
    """feeds are given out whatever their host"""
    import sqlalchemy as sa

    from newsloom.store.tables import feeds

    def every(connection: sa.Connection, waiting: Any, limit: int) -> list[str]:
        return list(connection.execute(sa.select(feeds.c.id).where(waiting).limit(limit)).scalars())

    set_("newsloom.store.polls", "_one_a_host", every)


@guard("document types", "test_feeds.py::test_entities_of_the_document_are_never_expanded")
def _doctypes() -> None:
    """the parser sees the whole document and expands what it declares"""
    from lxml import etree

    from newsloom.feeds import tree

    real = tree._root

    def root(body: bytes, *, recover: bool) -> Any:
        parser = etree.XMLParser(resolve_entities=True, huge_tree=False, recover=recover)
        return etree.fromstring(body, parser) if b"<!DOCTYPE" in body else real(body, recover=recover)

    set_("newsloom.feeds.tree", "_root", root)
    set_("newsloom.feeds.tree", "_doctype_end", lambda text, at: at)


@guard("bounds of pages", "test_extract.py::test_refusals_have_a_reason")
def _pages() -> None:
    """pages of any depth and number of tags"""
    set_("newsloom.extract.read", "hostile_bytes", lambda markup, tags: "")
    set_("newsloom.extract.read", "MAX_TAGS", 10**9)


@guard("workers of their own", "test_engine.py::test_a_lost_job_costs_nobody_else")
def _workers() -> None:
    """jobs run in the process itself"""
    from newsloom.engine.job import run

    set_("newsloom.engine:LocalPool", "_call", lambda self, function, item: run(function, item))


@guard("memory of a job", "test_threats.py::test_one_hostile_page_takes_at_most_fifty_megabytes")
def _memory() -> None:
    """a job may take any amount"""
    set_("newsloom.engine.memory:Allowance", "renew", lambda self: None)


@guard("possible dates", "test_threats.py::test_no_date_pins_an_item_to_the_top")
def _dates() -> None:
    """a time is taken as it was said"""
    set_("newsloom.store.rows", "_published", lambda article, first_seen: article.date_published)
    set_("newsloom.store.rows", "shown_at", lambda published, first_seen: published or first_seen)


@guard("names of items", "test_identity.py::test_three_items_stay_three")
def _names() -> None:
    """addresses are taken as they are written, and words are no name"""
    set_("newsloom.pipeline.minting", "said_key", lambda *said: "")
    set_("newsloom.store.keys", "_normal", lambda url: url)


@guard("canonical links", "test_extract.py::test_canonical_of_another_origin_is_not_trusted")
def _canonical() -> None:
    """any site may be named"""
    set_("newsloom.extract.links", "canonical", lambda said, page_url: said[0] if said else page_url)


@guard("one vote an owner", "test_editions.py::test_one_owner_has_one_vote")
def _votes() -> None:
    """every report is a vote"""
    set_("newsloom.editions", "_owner", lambda report: report.article_id)


@guard("share of a source", "test_editions.py::test_no_source_leads_more_than_its_share")
def _share() -> None:
    """one source may lead everything"""
    from newsloom import editions

    real = editions.rank
    all_of_it = lambda spec, stories, settings, now: real(spec, stories, replace(settings, source_share=1.0), now)  # noqa: E731
    set_("newsloom.editions", "rank", all_of_it)


@guard("allow-list of markup", "test_sanitise.py::test_nothing_that_acts_gets_through")
def _markup() -> None:
    """markup goes through as it came"""
    set_("newsloom.feeds.clean", "_sanitised", lambda markup, base: markup)
    set_("newsloom.feeds.clean", "html_text", lambda markup, base="": markup)


@guard("titles are plain", "test_feeds.py::test_titles_are_plain")
def _titles() -> None:
    """titles go through as they came"""
    set_("newsloom.feeds.clean", "title_text", lambda markup: markup)
    set_("newsloom.feeds.markup", "title_text", lambda markup: markup)


@guard("pictures by their bytes", "test_site.py::test_images_are_known_by_their_bytes")
def _pictures() -> None:
    """what is called a picture is one"""
    set_("newsloom.site.images", "image_type", lambda body: "image/png")


@guard("rows of OPML", "test_feeds.py::test_deep_and_long_opml")
def _opml() -> None:
    """any number of feeds"""
    from newsloom.feeds import opml

    name = next(name for name in vars(opml) if name.upper().lstrip("_").startswith(("MAX_FEEDS", "MOST", "MAX_ROWS")))
    set_("newsloom.feeds.opml", name, 10**9)


@guard("waiting for a lock", "test_store_faults.py::test_a_writer_waits_for_a_locked_database")
def _locks() -> None:
    """nobody waits"""
    from newsloom import store

    real = store.make_engine
    hasty = lambda url, settings, **more: real(url, replace(settings, busy_s=0.0), **more)  # noqa: E731
    set_("newsloom.store", "make_engine", hasty)


@guard("damage is told", "test_migrations.py::test_a_damaged_store_is_told_at_the_start")
def _damage() -> None:
    """a store is opened unseen, and damage found later is an error like any other"""
    set_("newsloom.store.opening", "check", lambda engine, path: None)
    set_("newsloom.store.opening", "prepare", lambda path: None)
    set_("newsloom.store.faults", "_DAMAGE", ())


@guard("newer schemas", "test_migrations.py::test_a_newer_store_is_refused")
def _newer() -> None:
    """any schema is taken for ours"""
    from newsloom.store import migrations

    set_("newsloom.store.migrations", "revision", lambda connection: migrations.HEAD)


@guard("a clean end", "test_threats.py::test_term_ends_a_collector_within_ten_seconds")
def _term() -> None:
    """TERM is not listened to"""
    set_("asyncio:SelectorEventLoop", "add_signal_handler", lambda self, *said: None)


@guard("synchronous", "test_threats.py::test_what_was_committed_survives_a_power_cut")
def _synchronous() -> None:
    """the disk may be late"""
    from newsloom.store import engine

    real = engine._prepare

    def prepare(connection: Any, busy_s: float, readonly: bool) -> None:
        real(connection, busy_s, readonly)
        connection.execute("PRAGMA synchronous=OFF")

    set_("newsloom.store.engine", "_prepare", prepare)


def off(name: str) -> None:
    """Switch one guard off in this process."""
    OFF[name][0]()


def notices(name: str) -> bool:
    """Whether the guard's test fails while the guard is off."""
    with tempfile.TemporaryDirectory() as folder:
        hook = f"from evals import guards\nguards.off({name!r})\n"
        (Path(folder) / "sitecustomize.py").write_text(hook, "utf-8")
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join((folder, str(ROOT)))}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", OFF[name][1]]
        try:
            done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return True
    return done.returncode not in (0, 4, 5)


def main() -> None:
    names = sys.argv[1:] or list(OFF)
    with ThreadPoolExecutor(2) as runs:
        found = dict(zip(names, runs.map(notices, names), strict=True))
    for name in names:
        print(f"{'fails ' if found[name] else 'PASSES'}  {name}: {OFF[name][1]}", flush=True)
    if not sys.argv[1:]:
        _write(found)
    sys.exit(0 if all(found.values()) else 1)


def _write(found: dict[str, bool]) -> None:
    rows = [
        f"| {name} | {OFF[name][2]} | `{OFF[name][1].removeprefix('tests/')}` | {'fails' if fails else 'PASSES'} |"
        for name, fails in found.items()
    ]
    said = DOCUMENT.read_text("utf-8").partition(HEADING)[0].rstrip()
    head = "Made by `python -m evals.guards`: each guard switched off alone, and what its test then does.\n\n"
    table = "| guard | off means | test | then |\n| --- | --- | --- | --- |\n" + "\n".join(rows)
    DOCUMENT.write_text(f"{said}\n\n{HEADING}\n\n{head}{table}\n", "utf-8")


if __name__ == "__main__":
    main()
