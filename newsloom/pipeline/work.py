"""What workers do: bytes of strangers in, plain records out. Pure functions of picklable arguments.

Imports nothing of the store: a worker starts in the time that its imports take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from newsloom.annotate import Counted, count
from newsloom.config import AnnotateSettings
from newsloom.extract import entry_article, extract
from newsloom.feeds import PAGE_MARK, Opml, find_feeds, parse_feed, read_opml, read_section
from newsloom.pipeline import sitemaps
from newsloom.pipeline.payload import decoded
from newsloom.rights import RESERVED, bare_entry, headline_only
from newsloom.types import Article, Entry, FeedDocument, FeedLink, Page, Rejected, Rights

CITING_BYTES = 500_000
MOST_CITED = 30
_PARAGRAPH_OR_LINK = re.compile(rb"</?p[\s>]|<a\s[^<>]{0,200}?href=[\"']https?://([a-z0-9.-]{4,100})", re.IGNORECASE)

WARM = ("newsloom.pipeline.work",)
DEADLINE_S = 15.0
# Of 2,324 real feeds and pages none takes more than 13 MB beyond the body, which is 10 MB at most.
JOB_BYTES = 34 << 20
MOST_TEXT = 4_000_000  # characters of all entries of a poll; the most in a real feed is a million


def warm_pages(annotate: AnnotateSettings) -> tuple[str, ...]:
    """What those who read articles load before the first."""
    return (*WARM, "newsloom.extract:warm_up", f"newsloom.annotate:warm_up:{annotate.languages}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedToRead:
    """A feed as it came, and how many of its entries are wanted; `url` is the address by which we know it."""

    page: Page
    max_entries: int
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRead:
    """What came out: the document without its entries, and each entry with its own text as an article."""

    document: FeedDocument
    entries: tuple[tuple[Entry, Article], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToRead:
    """An article's page as it came, or why it did not; `known` is what the feed said, `least` characters are a text.

    `answer` may be the Article that the same page was read to for another source.
    """

    known: Article
    entry: Entry
    answer: Page | Article | Rejected
    annotate: AnnotateSettings
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """The article with its counted words; `rejected` where the entry's text had to serve.

    `cited`: the hosts of other sites that its paragraphs link to.
    """

    article: Article
    counted: Counted
    rejected: Rejected | None = None
    cited: tuple[str, ...] = ()


def read_feed(todo: FeedToRead) -> FeedRead | Rejected:
    """Parse a feed, a sitemap or a section page, and make each entry an article of its own text."""
    page = todo.page
    reads = read_section if todo.url.endswith(PAGE_MARK) else parse_feed
    document = reads(page.body, url=page.url, headers=page.headers)
    if isinstance(document, Rejected):
        return document
    entries: Sequence[Entry] = document.entries
    if document.format == sitemaps.SITEMAP:
        entries = sitemaps.newest([entry for entry in entries if sitemaps.is_news(entry, page.fetched)])
    wanted = list(_within([_plain(entry) for entry in entries[: todo.max_entries]]))
    return FeedRead(
        document=replace(document, entries=()),
        entries=tuple((entry, entry_article(entry, "page not read yet")) for entry in wanted),
    )


def _within(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, those beyond what one poll may bring of text without theirs."""
    room = MOST_TEXT
    for entry in entries:
        room -= len(entry.summary) + len(entry.content)
        yield entry if room >= 0 else bare_entry(entry)


def _plain(entry: Entry) -> Entry:
    """The entry without what only the parser's own output says of it."""
    return Entry(**{f.name: getattr(entry, f.name) for f in fields(Entry)})


def read_page(todo: PageToRead) -> PageRead:
    """Extract and count; where the page is not to be had or says nothing, the entry's own text serves.

    Where mining is reserved, the feed's headline is all that is counted and kept.
    """
    read = _extracted(todo.answer, todo) if isinstance(todo.answer, Page) else todo.answer
    article, rejected = _kept(read, todo.entry)
    known = todo.known
    article = replace(article, id=known.id, source_id=known.source_id, url=known.url or article.url)
    cited = cited_hosts(todo.answer) if isinstance(todo.answer, Page) and rejected is None else ()
    return PageRead(article=article, counted=count(article, todo.annotate), rejected=rejected, cited=cited)


def _kept(read: Article | Rejected, entry: Entry) -> tuple[Article, Rejected | None]:
    if isinstance(read, Rejected):
        article = entry_article(entry, read.reason)
        if read.reason == RESERVED:
            article = headline_only(article, Rights(evidence=(read.detail,), checked=now()))
        return article, read
    if read.rights.analyse:
        return read, None
    said = "; ".join(read.rights.evidence)
    why = Rejected(stage="extract", reason=RESERVED, detail=said, url=read.url)
    return headline_only(entry_article(entry), read.rights), why


def cited_hosts(page: Page) -> tuple[str, ...]:
    """The hosts that links inside of paragraphs lead to, each once, without those of the page's own domain."""
    own = urlsplit(page.url).hostname or ""
    own_domain = ".".join(own.split(".")[-2:])
    found: dict[str, None] = {}
    inside = False
    for tag in _PARAGRAPH_OR_LINK.finditer(page.body[:CITING_BYTES]):
        if tag[1] is None:
            inside = tag[0][1:2] != b"/"
        elif inside and (host := tag[1].decode("ascii").lower().removeprefix("www.")) and "." in host:
            if host != own_domain and not host.endswith("." + own_domain):
                found.setdefault(host)
            if len(found) == MOST_CITED:
                break
    return tuple(found)


def _extracted(page: Page, todo: PageToRead) -> Article | Rejected:
    article = extract(page, todo.entry)
    if isinstance(article, Article) and len(article.text) < todo.least:
        return Rejected(stage="extract", reason="no-text", detail=f"{len(article.text)} characters", url=page.url)
    return article


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToBring:
    """A page out of an archive, its codings not undone; `least` characters are a text, `most` bytes a page."""

    page: Page
    annotate: AnnotateSettings
    least: int
    most: int


def bring_page(todo: PageToBring) -> tuple[Article, Counted] | Rejected:
    """Undo the codings, extract, count. A page without a date takes that of its saving."""
    page = todo.page
    body = decoded(page.body, page.headers, todo.most)
    if isinstance(body, Rejected):
        return replace(body, url=page.url)
    article = extract(replace(page, body=body))
    if isinstance(article, Rejected):
        return article
    if len(article.text) < todo.least:
        return Rejected(stage="extract", reason="no-text", detail=f"{len(article.text)} characters", url=page.url)
    if article.date_published is None and page.url:
        article = replace(article, date_published=page.fetched, published_certainty="guessed")
    article = replace(article, url=page.url, origin="import")
    return article, count(article, todo.annotate)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCount:
    """Articles that came with their text."""

    articles: Sequence[Article]
    annotate: AnnotateSettings


def bring(todo: PageToBring | ToCount) -> tuple[Article, Counted] | Rejected | list[Counted]:
    """What an import asks of a worker: a page read and counted, or some articles counted."""
    if isinstance(todo, PageToBring):
        return bring_page(todo)
    return [count(article, todo.annotate) for article in todo.articles]


def look_for_feeds(page: Page) -> tuple[FeedLink, ...]:
    """The feeds that a page names."""
    return tuple(find_feeds(page))


def look_at_feed(todo: tuple[bytes, str, Mapping[str, str]]) -> FeedDocument | Rejected:
    """Whether a body is a feed, and which; of its entries what tells them apart, without their texts."""
    body, url, headers = todo
    found = parse_feed(body, url=url, headers=headers)
    if isinstance(found, Rejected):
        return found
    told = ("id", "link", "title", "published", "updated")
    entries = tuple(Entry(**{name: getattr(entry, name) for name in told}) for entry in found.entries)
    return replace(found, entries=entries)


def look_at_section(page: Page) -> FeedDocument | Rejected:
    """The links of a page that look like articles."""
    return read_section(page.body, page.url, page.headers)


def look_at_opml(body: bytes) -> Opml | Rejected:
    """The feeds of an OPML file, and what of it names none."""
    return read_opml(body)


def now() -> datetime:
    """The clock of the world."""
    return datetime.now(UTC)
