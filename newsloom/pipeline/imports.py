"""Archives into the store: article lines and saved pages, annotated on the way in.

A file is read record by record; what a batch of its articles comes to lands in one transaction together with the
place where it ends, so that an import that was killed goes on there and doubles nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from newsloom.archive import START, At, Limits, ReadError, check, fingerprint, kind_of, open_archive
from newsloom.config import Settings
from newsloom.engine import LocalPool
from newsloom.pipeline import work
from newsloom.pipeline.bringing import NAMED, Brought, Failed, Tallied, bring
from newsloom.pipeline.lines import file_error
from newsloom.pipeline.outlets import Outlets, unknown
from newsloom.pipeline.weigh import Weigher
from newsloom.store.keys import article_id, guid_key, link_key
from newsloom.store.protocol import ImportMark, NewEntry, Store
from newsloom.types import Annotations, Article, Entry, Rejected

BATCH = 100  # articles of one transaction
SAVE_WORDS = 5_000  # articles between two savings of the word counts

Record = dict[str, Any]
Tell = Callable[[str, int, int], None]
"""Hears the file, how many of its bytes were gone through, and how many articles came in since the last time."""


def import_files(
    files: Sequence[str],
    store: Store,
    settings: Settings,
    clock: Callable[[], datetime],
    tell: Tell = lambda *_: None,
    *,
    again: bool = False,
) -> Iterator[Record]:
    """Store the articles of all files; one record a file with its counts, and one for each record that failed.

    A file whose import was broken off goes on where it stood, unless `again`. Raises WrongUse for a kind of file
    that we can't read, before anything is done.
    """
    for name in files:
        check(name)
    weigher = Weigher(store, clock())
    outlets = Outlets(store, settings, clock)
    # The writer waits for the disk while the next batch is made.
    with (
        LocalPool(os.cpu_count() or 1, work.DEADLINE_S, work.warm_pages(settings.annotate)) as pool,
        ThreadPoolExecutor(1) as writer,
    ):
        for name in files:
            yield from _File(name, store, settings, clock, outlets, weigher, writer).bring(pool, tell, again=again)
    weigher.save()


@dataclass(slots=True)
class _Counts:
    """What is told of a file: `new` is counted by the store, in the transaction of the articles."""

    articles: int = 0
    failed: int = 0
    passed: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, said: ImportMark) -> _Counts:
        rest = {name.removeprefix("passed:"): n for name, n in said.counts.items() if name.startswith("passed:")}
        return cls(said.counts.get("articles", 0), said.counts.get("failed", 0), Counter(rest))

    def kept(self) -> dict[str, int]:
        return {"articles": self.articles, "failed": self.failed} | {f"passed:{r}": n for r, n in self.passed.items()}


class _File:
    """The import of one file."""

    def __init__(
        self,
        name: str,
        store: Store,
        settings: Settings,
        clock: Callable[[], datetime],
        outlets: Outlets,
        weigher: Weigher,
        writer: ThreadPoolExecutor,
    ) -> None:
        self._name, self._store, self._settings, self._clock = name, store, settings, clock
        self._outlets, self._weigher, self._writer = outlets, weigher, writer
        self._print = ""
        self._counts, self._new = _Counts(), 0
        self._batch: list[tuple[NewEntry, Annotations | None]] = []
        self._declined: list[Rejected] = []
        self._under_way: Future[int] | None = None

    def bring(self, pool: LocalPool, tell: Tell, *, again: bool) -> Iterator[Record]:
        """All of it, from where the last import was broken off."""
        try:
            self._print = fingerprint(self._name)
        except OSError as error:
            yield {"file": self._name, "error": file_error(error)}
            return
        begun = None if again else self._store.import_mark(self._print)
        at = self._resumed(begun) if begun else START
        whole = True
        try:
            yield from self._read(pool, at, tell)
        except ReadError as error:
            whole = False
            self._counts.failed += 1
            yield {"file": self._name, "error": str(error)}
        self._write(None)
        self._wait()
        if whole or self._counts.articles or self._counts.failed > 1:
            yield from self._summary(begun)

    def _resumed(self, begun: ImportMark) -> At:
        self._counts, self._new = _Counts.of(begun), begun.counts.get("new", 0)
        return At(items=begun.items, offset=begun.at, mark=begun.mark)

    def _read(self, pool: LocalPool, at: At, tell: Tell) -> Iterator[Record]:
        limits = Limits(page_bytes=self._settings.fetch.max_bytes)
        items = open_archive(self._name, at, limits)
        told = 0
        for item in bring(items, pool, self._settings, self._clock()):
            if isinstance(item, Tallied):
                self._counts.passed.update(item.passed)
                self._counts.failed += item.failed
            elif isinstance(item, Failed):
                yield from self._failed(item)
            else:
                self._add(item)
                told += 1
            if len(self._batch) >= BATCH or len(self._declined) >= BATCH:
                self._write(item.at)
                tell(self._name, item.at.gone, told)
                told = 0
        tell(self._name, Path(self._name).stat().st_size, told)

    def _failed(self, item: Failed) -> Iterator[Record]:
        self._counts.failed += 1
        if self._counts.failed <= NAMED:
            yield {"file": self._name, **item.where, "error": item.error}
            if item.rejected is not None and item.rejected.url:
                self._declined.append(item.rejected)

    def _add(self, brought: Brought) -> None:
        article, key = self._placed(brought)
        at = article.date_published or self._clock()
        annotations = None
        if brought.counted is not None:
            annotations = self._weigher.annotations(article.id, article.source_id, brought.counted, at)
        self._batch.append((_entry(article, key), annotations))
        self._counts.articles += 1
        if self._counts.articles % SAVE_WORDS == 0:
            self._weigher.save()

    def _placed(self, brought: Brought) -> tuple[Article, str]:
        """The article with its source, its lasting id and an address, and the key of that."""
        article, own = brought.article, brought.own
        if brought.saved and article.url:
            source_id = self._outlets.of_page(article.url, brought.outlet)
        else:
            if brought.saved:
                # Two saved pages may share a name; the same bytes are the same article.
                own = article.canonical_url or f"urn:newsloom:file:{Path(self._name).name}:{brought.digest}"
                article = replace(article, url=own)
            source_id = self._outlets.named(brought.outlet) if brought.outlet else unknown(own or article.url)
        url = article.url or f"urn:newsloom:{brought.outlet}:{own}"
        key = _key(url)
        return replace(article, id=article_id(source_id, key), source_id=source_id, url=url), key

    def _write(self, at: At | None) -> None:
        """Give the batch to the writer, with the place where it ends; None: the file does."""
        self._wait()
        counts = {**self._counts.kept(), "new": self._new}
        mark = ImportMark(
            file=self._print,
            items=at.items if at else 0,
            at=at.offset if at else 0,
            mark=at.mark if at else "",
            counts=counts,
            done=at is None,
        )
        batch, self._batch = self._batch, []
        declined, self._declined = self._declined, []
        self._under_way = self._writer.submit(self._save, batch, declined, mark)

    def _save(
        self, batch: Sequence[tuple[NewEntry, Annotations | None]], declined: Sequence[Rejected], mark: ImportMark
    ) -> int:
        now = self._clock()
        self._store.reject(declined, now)
        return self._store.import_articles(batch, now, mark)

    def _wait(self) -> None:
        if self._under_way is not None:
            self._new += self._under_way.result()
            self._under_way = None

    def _summary(self, begun: ImportMark | None) -> Iterator[Record]:
        counts = self._counts
        said: Record = {"file": self._name, "articles": counts.articles, "new": self._new}
        if counts.failed:
            said["failed"] = counts.failed
        if counts.passed:
            said["passed"] = dict(sorted(counts.passed.items()))
        if begun is not None:
            said["went_on_after"] = begun.items
        if counts.articles or kind_of(self._name) != "page":
            yield said


def _entry(article: Article, key: str) -> NewEntry:
    entry = Entry(link=article.url, title=article.headline, published=article.date_published)
    return NewEntry(id=article.id, keys=(key,), entry=entry, article=article)


def _key(url: str) -> str:
    return link_key(url) if url.startswith(("http://", "https://")) else guid_key(url)
