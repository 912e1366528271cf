"""Archives into the store: article lines and saved pages, annotated on the way in."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from newsloom.annotate import Counted
from newsloom.config import Settings
from newsloom.engine import LocalPool, Lost
from newsloom.errors import WrongUse
from newsloom.extract import extract
from newsloom.pipeline import work
from newsloom.pipeline.group_lines import line_article, line_time
from newsloom.pipeline.lines import file_error, file_lines, read_bytes
from newsloom.pipeline.weigh import Weigher
from newsloom.store.keys import article_id, guid_key, link_key, source_id_for
from newsloom.store.protocol import NewEntry, Store
from newsloom.types import Article, Entry, Page, Rejected, Source

BATCH = 200
HTML_BYTES = 20_000_000
LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
PAGES = (".html", ".html.gz", ".htm", ".htm.gz")

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One article as it came: what it was called in the archive, itself, the outlet's name ("" unknown)."""

    told: Record
    article: Article
    outlet: str


def import_files(
    files: Sequence[str],
    store: Store,
    settings: Settings,
    clock: Callable[[], datetime],
    tell: Callable[[int], None] = lambda _: None,
) -> Iterator[Record]:
    """Store the articles of all files; one record a file with its counts, and one for each line that failed.

    `tell` hears how many articles were taken, batch by batch. Raises WrongUse for a kind of file it can't read.
    """
    kinds = [_kind(name) for name in files]
    outlets = Outlets(store, settings, clock)
    weigher = Weigher(store, clock())
    with LocalPool(os.cpu_count() or 1, work.DEADLINE_S, work.WARM) as pool:
        for name, kind in zip(files, kinds, strict=True):
            taken = new = 0
            brought = from_lines(name) if kind == "lines" else from_page(name, clock())
            for batch in _batches(brought, BATCH):
                yield from (each for each in batch if not isinstance(each, Brought))
                good = [outlets.placed(each) for each in batch if isinstance(each, Brought)]
                entries = list(_annotated(good, pool, weigher, settings, clock()))
                new += store.import_articles(entries, clock())
                taken += len(entries)
                tell(len(entries))
            if taken:
                yield {"file": name, "articles": taken, "new": new}
    weigher.save()


def from_lines(name: str) -> Iterator[Brought | Record]:
    """The articles of a file of lines; a line that is none is a record with its error."""
    for line in file_lines([name]):
        if "error" in line:
            yield line
        else:
            yield _from_line(line)


def from_page(name: str, now: datetime) -> Iterator[Brought | Record]:
    """The article of a saved page."""
    told = {"file": name}
    try:
        body = read_bytes(Path(name), HTML_BYTES)
    except Exception as error:  # a damaged .gz raises what it likes
        yield {**told, "error": file_error(error)}
        return
    article = extract(Page(requested_url="", url="", status=200, body=body, fetched=now))
    if isinstance(article, Rejected):
        yield {**told, "error": f"{article.reason}: {article.detail}"}
        return
    # Two saved pages may share a name; the same bytes are the same article.
    url = article.canonical_url or f"urn:newsloom:file:{Path(name).name}:{blake2b(body, digest_size=6).hexdigest()}"
    yield Brought(told=told, article=replace(article, url=url, origin="import"), outlet=article.site_name)


class Outlets:
    """The sources that imported articles belong to, made where they are not known yet.

    An article without a source stays one of an unknown outlet of its own: two of them are never one voice.
    """

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._edition = settings.editions.configured.split(",")[0].strip()
        self._ids = {source.name.casefold(): source.id for source in store.sources()}

    def placed(self, brought: Brought) -> Brought:
        """The article with its source, its lasting id and an address."""
        own = str(brought.told.get("id") or brought.article.url)
        source_id = self._named(brought.outlet) if brought.outlet else "unknown-" + article_id("", guid_key(own))
        url = brought.article.url or f"urn:newsloom:{brought.outlet}:{own}"
        minted = article_id(source_id, _key(url))
        return replace(brought, article=replace(brought.article, id=minted, source_id=source_id, url=url))

    def _named(self, name: str) -> str:
        known = self._ids.get(name.casefold())
        if known is None:
            domain = "." in name and " " not in name
            known = (
                source_id_for(f"https://{name}/") if domain else "named-" + article_id("", guid_key(name.casefold()))
            )
            source = Source(id=known, name=name, homepage=f"https://{name}/" if domain else "")
            self._store.put_source(source, (self._edition,), self._clock())
            self._ids[name.casefold()] = known
        return known


def _from_line(line: Record) -> Brought:
    article = replace(line_article(line), id="", source_id="", date_published=line_time(line.get("date")))
    if article.date_published is not None:
        article = replace(article, published_certainty="exact" if "T" in str(line["date"]) else "day")
    return Brought(told={"id": line["id"]}, article=article, outlet=str(line.get("source") or "").strip())


def _annotated(
    brought: Iterable[Brought], pool: LocalPool, weigher: Weigher, settings: Settings, now: datetime
) -> Iterator[tuple[NewEntry, Any]]:
    each = list(brought)
    counted = pool.map(work.count_article, [(b.article, settings.annotate) for b in each])
    for b, words in zip(each, counted, strict=True):
        annotations = _weighed(b.article, words, weigher, b.article.date_published or now)
        yield _entry(b.article), annotations


def _weighed(article: Article, counted: Counted | Lost, weigher: Weigher, at: datetime) -> Any:
    return None if isinstance(counted, Lost) else weigher.annotations(article.id, article.source_id, counted, at)


def _entry(article: Article) -> NewEntry:
    entry = Entry(link=article.url, title=article.headline, published=article.date_published)
    return NewEntry(id=article.id, keys=(_key(article.url),), entry=entry, article=article)


def _key(url: str) -> str:
    return link_key(url) if url.startswith(("http://", "https://")) else guid_key(url)


def _kind(name: str) -> str:
    low = name.lower()
    if low.endswith(LINES):
        return "lines"
    if low.endswith(PAGES):
        return "page"
    raise WrongUse(f"{name}: this release imports {', '.join((*LINES[:2], *PAGES[:2]))}")


def _batches(items: Iterable[Brought | Record], size: int) -> Iterator[list[Brought | Record]]:
    source = iter(items)
    while batch := list(itertools.islice(source, size)):
        yield batch
