"""Small things that the tests of the store are made of: a clock, sources, entries, results."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsloom.config import StoreSettings
from newsloom.store import PageJob, Polled, ReadResult, SqlStore, keys, open_store
from newsloom.store.protocol import NewEntry
from newsloom.types import Annotations, Article, Entry, Feed, Grouped, Passage, Source, Story

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def later(**time: float) -> datetime:
    return NOW + timedelta(**time)


def opened(path: Path, **settings: Any) -> SqlStore:
    return open_store(StoreSettings(url=str(path / "news.db"), **settings))


def new_entry(link: str, *, guid: str = "", title: str = "A title", source: str = "s", **said: Any) -> NewEntry:
    entry = Entry(id=guid, link=link, title=title, summary=said.pop("lead", "A lead."))
    names = ((keys.link_key(link),) if link else ()) + ((keys.guid_key(guid),) if guid else ())
    minted = keys.article_id(source, names[0])
    article = Article(
        id=minted,
        source_id=source,
        url=link or f"urn:newsloom:{source}:{minted}",
        headline=title,
        description=entry.summary,
        origin=said.pop("origin", "entry"),
        **said,
    )
    return NewEntry(id=minted, keys=names, entry=entry, article=article)


def add_source(store: SqlStore, name: str = "s", *, owner: str = "", editions: tuple[str, ...] = ("us",)) -> Feed:
    source = Source(id=name, name=f"Outlet {name}", owner=owner, feeds=(f"https://{name}.example/rss",))
    store.put_source(source, editions, NOW)
    return store.feeds(name)[0]


def poll(store: SqlStore, feed: Feed, *entries: NewEntry, now: datetime = NOW) -> tuple[int, int]:
    counts = store.save_poll(Polled(feed=feed, entries=entries), now)
    return counts.new, counts.changed


def page_of(job: PageJob, text: str = "One sentence.\nAnother one.", **said: Any) -> ReadResult:
    """The job's page as read and annotated."""
    article = dataclasses.replace(job.article, origin="page", paragraphs=tuple(text.split("\n")), **said)
    return ReadResult(
        article=article,
        annotations=annotations(article.id, text),
        token=job.token,
        first_seen=job.first_seen,
        read_version=1,
        annotate_version=1,
    )


def annotations(article_id: str, text: str = "One sentence.") -> Annotations:
    first = text.split("\n")[0]
    return Annotations(
        article_id=article_id,
        version=1,
        language="en",
        names=("Ada",),
        terms=(("sentence", 0.1 + 0.2),),
        passages=(Passage(text=first, start=0, end=len(first), score=0.5),),
        signature=(1, 2, 4_294_967_295),
        shingles=3,
        skips=(0, 7, 65_535),
    )


def read_all(store: SqlStore, now: datetime = NOW) -> list[str]:
    """Read every page that waits; their ids."""
    ids = []
    while jobs := store.claim_pages(now, 100, 60, version=1):
        store.save_reads([page_of(job) for job in jobs], now)
        ids += [job.article.id for job in jobs]
    return ids


def arrived(store: SqlStore, *names: str, source: str = "s") -> list[str]:
    """Articles of a source, read and annotated, in the order of `names`."""
    feed = add_source(store, source)
    entries = [new_entry(f"https://{source}.example/{name}", title=name, source=source) for name in names]
    poll(store, feed, *entries)
    read_all(store)
    return [entry.id for entry in entries]


def story(story_id: str, *members: str, **said: Any) -> Story:
    known = {"lead_id": members[0] if members else "", "first_seen": NOW, "last_seen": NOW, "reports": len(members)}
    return Story(id=story_id, founded_by=members[0] if members else "", members=members, **known | said)


def group(store: SqlStore, *stories: Story, **said: Any) -> None:
    """One step of the writer that puts each story's members into it."""
    epoch = store.take_writer("stories", "test", NOW, 60)
    assert epoch is not None
    members = {article: each.id for each in stories for article in each.members}
    done = said.pop("done", tuple(members))
    step = Grouped(done=done, version=1, members=members, stories=stories, **said)
    store.save_grouped(step, NOW, epoch)


def rows(store: SqlStore, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with store.reader.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def value(store: SqlStore, query: str, **values: Any) -> Any:
    return rows(store, query, **values)[0][0]
