"""What workers do: bytes of strangers in, plain records out. Pure functions of picklable arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from newsloom.annotate import Counted, count
from newsloom.config import AnnotateSettings, CollectSettings
from newsloom.extract import entry_article, extract
from newsloom.feeds import FeedLink, find_feeds, parse_feed, parse_opml
from newsloom.store.keys import article_id, guid_key, link_key
from newsloom.store.protocol import NewEntry, PageJob
from newsloom.types import Article, Entry, Feed, FeedDocument, Page, Rejected

WARM = ("newsloom.pipeline.work",)
DEADLINE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedToRead:
    """A feed's body with what its entries are to become."""

    feed: Feed
    page: Page
    max_entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRead:
    """What came out: the document without its entries, the entries with ids and keys, what was passed over."""

    document: FeedDocument
    entries: tuple[NewEntry, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToRead:
    """An article's page as it came, or why it did not."""

    job: PageJob
    answer: Page | Rejected
    annotate: AnnotateSettings
    collect: CollectSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """The article with its counted words; `rejected` where the entry's text had to serve."""

    article: Article
    counted: Counted
    rejected: Rejected | None = None


def read_feed(todo: FeedToRead) -> FeedRead | Rejected:
    """Parse a feed and mint its entries' ids; the same item twice in one feed is one entry."""
    document = parse_feed(todo.page.body, url=todo.page.url, headers=todo.page.headers)
    if isinstance(document, Rejected):
        return document
    entries: dict[str, NewEntry] = {}
    rejected: list[Rejected] = []
    for entry in document.entries[: todo.max_entries]:
        made = new_entry(entry, todo.feed.source_id)
        if made is None:
            rejected.append(Rejected(stage="feeds", reason="empty-entry", url=todo.feed.url))
        else:
            entries.setdefault(made.id, made)
    return FeedRead(document=replace(document, entries=()), entries=tuple(entries.values()), rejected=tuple(rejected))


def new_entry(entry: Entry, source_id: str) -> NewEntry | None:
    """The entry ready to be stored; None where it has neither address, guid, title nor text."""
    keys = entry_keys(entry)
    if not keys:
        return None
    minted = article_id(source_id, keys[0])
    article = entry_article(entry, "page not read yet")
    url = entry.link or f"urn:newsloom:{source_id}:{minted}"
    article = replace(article, id=minted, source_id=source_id, url=url)
    return NewEntry(id=minted, keys=keys, entry=entry, article=article)


def entry_keys(entry: Entry) -> tuple[str, ...]:
    """The keys that name an entry at its source, link first; one that has neither is named by what it says."""
    keys = [link_key(entry.link)] if entry.link else []
    if entry.id:
        keys.append(guid_key(entry.id))
    said = "\n".join((entry.title, entry.summary or entry.content)).strip()
    if not keys and said:
        keys.append(guid_key("said:" + said))
    return tuple(keys)


def read_page(todo: PageToRead) -> PageRead:
    """Extract and count; where the page is not to be had or says nothing, the entry's own text serves."""
    article = todo.answer if isinstance(todo.answer, Rejected) else extract(todo.answer, todo.job.entry)
    rejected = article if isinstance(article, Rejected) else None
    if isinstance(article, Rejected):
        article = entry_article(todo.job.entry, article.reason)
    known = todo.job.article
    article = replace(article, id=known.id, source_id=known.source_id, url=known.url or article.url)
    return PageRead(article=article, counted=count(article, todo.annotate), rejected=rejected)


def read_entry(todo: PageToRead) -> PageRead:
    """The entry alone: for pages that no worker survives."""
    rejected = todo.answer if isinstance(todo.answer, Rejected) else None
    return read_page(replace(todo, answer=rejected or Rejected(stage="extract", reason="crashed")))


def count_article(todo: tuple[Article, AnnotateSettings]) -> Counted:
    """The counted words of an article that came with its text."""
    return count(*todo)


def look_for_feeds(page: Page) -> tuple[FeedLink, ...]:
    """The feeds that a page names."""
    return tuple(find_feeds(page))


def look_at_feed(todo: tuple[bytes, str, Mapping[str, str]]) -> FeedDocument | Rejected:
    """Whether a body is a feed, and which."""
    body, url, headers = todo
    return parse_feed(body, url=url, headers=headers)


def look_at_opml(body: bytes) -> tuple[FeedLink, ...] | Rejected:
    """The feeds of an OPML file."""
    found = parse_opml(body)
    return found if isinstance(found, Rejected) else tuple(found)


def now() -> datetime:
    """The clock of the world."""
    return datetime.now(UTC)
