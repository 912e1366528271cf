"""Whatever comes in, what reads it raises nothing but our own errors: pieces of documents, mutated documents, bytes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsloom.feeds import (
    FeedSaid,
    feed_record,
    find_feeds,
    parse_date,
    parse_feed,
    read_opml,
    read_section,
    sitemaps_in_robots,
    write_opml,
)
from newsloom.feeds.opml import Opml
from newsloom.fetch import fake_page
from newsloom.fetch.robots import RobotsRecord, Rules
from newsloom.types import Rejected
from tests.test_discovery import index, links, news_sitemap
from tests.test_feeds import ATOM, JSON, RSS, SITEMAP, TORTURE, texts

BASE = "https://harbour.example/feed.xml"
OPML = write_opml("Mine", ()).decode()
PAGE = (
    f"<html><head><link rel=alternate type=application/rss+xml href=/f></head>{links('One headline of six words now')}"
)
ROBOTS = "User-agent: *\nDisallow: /a*b$\nAllow: /a\nCrawl-delay: 2\nSitemap: /s.xml\n"
INDEX = index(("https://a.example/1", 0.1))
DOCUMENTS = (RSS, ATOM, JSON, SITEMAP, news_sitemap("https://a.example"), INDEX, OPML, PAGE)

SPLICES = st.sampled_from(
    [
        "<", ">", "&", "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&#0;",
        "&#x110000;", "&#xd800;", "\x00", "\x1b", "\u202e", "\ud800", "\ufffe", "xmlns='", "xml:base='http://['",
        "<item>", "</item>", "<entry>", "</channel>", "<div xmlns='http://www.w3.org/1999/xhtml'>", "{", "}", "[", '"',
        "9" * 400, "Thu, 32 Foo 99999 99:99:99 +9999", "http://[::1", "https://a.example:99999999/", "é" * 50, "\r\n",
    ]
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good document with pieces cut out, moved, doubled and put in."""
    text = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        end = draw(st.integers(at, min(len(text), at + 80)))
        put = draw(SPLICES | st.just(text[at:end] * 2) | st.just(""))
        text = text[:at] + put + text[end:]
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "latin-1", "utf-8", "utf-8"]))
    body = text.encode(encoding, "surrogatepass" if encoding != "latin-1" else "replace")
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


def look_at(body: bytes) -> None:
    """Everything that reads what strangers send in this room."""
    found = parse_feed(body, url=BASE)
    assert isinstance(found, FeedSaid | Rejected)
    if isinstance(found, FeedSaid):
        said = json.dumps(feed_record(found), ensure_ascii=False)
        said.encode()
        assert not any(ord(c) < 9 or 0xD800 <= ord(c) < 0xE000 for text in texts(feed_record(found)) for c in text)
        for entry in found.entries:
            assert entry.link == "" or entry.link.startswith(("http://", "https://"))
            for moment in (entry.published, entry.updated):
                assert moment is None or moment.tzinfo is UTC
    assert isinstance(read_opml(body), Opml | Rejected)
    assert isinstance(find_feeds(fake_page("https://a.example/", body)), tuple)
    assert isinstance(read_section(body, "https://a.example/"), FeedSaid | Rejected)
    text = body.decode("utf-8", "replace")
    assert isinstance(sitemaps_in_robots(text, BASE), tuple)
    moment = parse_date(text[:200])
    assert moment is None or isinstance(moment, datetime)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_spoiled_documents_give_a_feed_or_a_reason(body: bytes) -> None:
    look_at(body)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss>", b"{", b"\x1f\x8b\x08", b"\xff\xfe", b"<urlset>"]))
def test_any_bytes_give_a_feed_or_a_reason(body: bytes, start: bytes) -> None:
    look_at(start + body)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="User-agnt:Dislow /*$%#\r\n\0é", max_size=300), st.text(max_size=60))
def test_any_robots_txt_gives_rules(text: str, path: str) -> None:
    for body in (text, ROBOTS + text, text + ROBOTS):
        rules = Rules(RobotsRecord(host="a.example:443", status=200, body=body, fetched=datetime.now(UTC)), "Newsloom")
        assert rules.allows("https://a.example/" + path) in (True, False)
        assert 0 <= rules.delay_s <= 30
        assert len(rules.sitemaps) <= 50


DATES = st.sampled_from(
    "Thu Jan 2024 01 2024-01-01 T Z +0100 GMT EST 10:00:00 60 99 : - / , . 12 am PM 年 月 日 mars à h 1700000000 0001"
    .split()
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(DATES | st.text(max_size=4), max_size=9), st.sampled_from(["", " ", "T"]))
def test_any_pieces_of_dates_give_a_moment_or_none(pieces: list[str], glue: str) -> None:
    moment = parse_date(glue.join(pieces))
    assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year <= 2100)


MEASURED = """
import sys, time
from newsloom.feeds import FeedSaid, feed_record, parse_feed
parse_feed(open(sys.argv[1], "rb").read())
body = open(sys.argv[2], "rb").read()
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
started = time.process_time()
found = parse_feed(body)
if isinstance(found, FeedSaid): feed_record(found)
print((peak() - before) / 1_000, time.process_time() - started)
"""


def cost(body: bytes, folder: Path) -> tuple[float, float]:
    """Megabytes and seconds that a process takes for a document beyond the document itself; the process must live."""
    (folder / "first").write_bytes(RSS.encode())
    (folder / "body").write_bytes(body)
    command = [sys.executable, "-c", MEASURED, str(folder / "first"), str(folder / "body")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    megabytes, seconds = map(float, done.stdout.split())
    return megabytes, seconds


# What takes most of those in test_feeds, and the same filled up to what a fetch may bring.
HEAVY = {
    "deep": TORTURE["deep"],
    "attributes": TORTURE["attributes"],
    "namespaces": TORTURE["namespaces"],
    "tags": TORTURE["tags"],
    "tags, 10 MB": "<rss><channel>" + "<a/>" * 2_490_000 + "</channel></rss>",
    "a long attribute": TORTURE["a long attribute"],
    "a long text": f"<rss><channel><item><title>{'x' * 9_900_000}</title></item></channel></rss>",
    "items": "<rss><channel>" + "<item><title>x</title><link>/x</link></item>" * 200_000,
    "attributes of items": "<rss><channel>" + ("<item " + " ".join(f'a{n}="x"' for n in range(90)) + "/>") * 10_000,
    "soup": TORTURE["soup"],
    "ampersands": TORTURE["ampersands"],
    "wide": "<rss><channel><item><title>\U0001f600" + "x" * 9_000_000 + "</title></item></channel></rss>",
}


@pytest.mark.parametrize("name", HEAVY)
def test_no_document_takes_more_than_its_share(name: str, tmp_path: Path) -> None:
    megabytes, seconds = cost(HEAVY[name].encode(), tmp_path)
    assert megabytes < 50
    assert seconds < 10


ATHERIS = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import atheris
with atheris.instrument_imports(include=["newsloom.feeds"]):
    import newsloom.feeds
from tests.test_fuzz import look_at
atheris.Setup(sys.argv, look_at)
atheris.Fuzz()
"""


@pytest.mark.long
def test_atheris_finds_nothing(tmp_path: Path) -> None:
    """Coverage-guided, ten minutes; where atheris does not install, the same from random mutations."""
    for n, document in enumerate(DOCUMENTS):
        (tmp_path / str(n)).write_text(document, encoding="utf-8")
    try:
        import atheris  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        mutated(random.Random(4), 60_000)
        pytest.skip("atheris is not installed: 60,000 random mutations instead, none of which raised")
    here = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", ATHERIS, here, str(tmp_path), "-max_total_time=600", "-rss_limit_mb=2048"]
    assert subprocess.run(command, check=False).returncode == 0


def mutated(dice: random.Random, rounds: int) -> None:
    """Documents with bytes changed, cut, doubled and exchanged."""
    bodies = [document.encode() for document in DOCUMENTS]
    for _ in range(rounds):
        body = bytearray(dice.choice(bodies))
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(body) + 1)
            what = dice.randrange(4)
            if what == 0 and body:
                body[at % len(body)] = dice.randrange(256)
            elif what == 1:
                del body[at : at + dice.randint(1, 60)]
            elif what == 2:
                body[at:at] = body[at : at + dice.randint(1, 60)]
            else:
                other = dice.choice(bodies)
                start = dice.randrange(len(other))
                body[at : at + 20] = other[start : start + dice.randint(1, 200)]
        look_at(bytes(body))


def test_mutations_find_nothing() -> None:
    mutated(random.Random(1), 300)
