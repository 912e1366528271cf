"""A store as large as a busy year leaves it, filled in minutes: what the pages are measured on.

    python -m evals.big_store STORE [--articles 1000000] [--shared ../shared]

The articles are those of `stream.py` (made up, with the statistics of real news). Their rows are written in bulk into
the store's own tables as the pipeline would have left them: articles, texts, annotations, passages, stories, links,
search index, feeds with their polls, refusals; then each edition is ranked as the pipeline ranks. Three of the
stream's stories make one here, so that a million articles are some 200,000 stories.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsloom.config import EditionsSettings, StoreSettings, edition_spec
from newsloom.editions import rank
from newsloom.store import SqlStore, keys, open_store, search
from newsloom.store.annotations import pack_annotations, pack_text
from newsloom.store.tables import (
    aliases,
    annotated,
    articles,
    edition_sources,
    feed_polls,
    feeds,
    rejected,
    similarities,
    sources,
    stories,
    texts,
)
from newsloom.types import Annotations, Passage

BATCH = 5_000
A_DAY = 65_000
EDITIONS = ("us", "gb")
SECTIONS = ("World", "Business", "Politics", "Sport", "Science", "Culture", "Region", "Technology")
JOINED = 3
LINKS_KEPT = 8
# Built once the rows are there, which is quicker than to keep them while the rows come in.
_LATE = (articles, aliases, texts, similarities)

Row = dict[str, Any]


@dataclass(slots=True)
class _Told:
    """A story as far as it has come: its newest originals are what later articles are linked with."""

    id: str
    founder: str
    first: datetime
    last: datetime
    section: str
    members: int = 0
    copies: int = 0
    owners: set[str] = field(default_factory=set)
    recent: list[str] = field(default_factory=list)


class Filling:
    """Turns the stream's lines into rows, a batch at a time."""

    def __init__(self) -> None:
        self.outlets: dict[str, str] = {}
        self.stories: dict[int, _Told] = {}
        self.last = datetime.min.replace(tzinfo=UTC)
        self._originals: dict[str, str] = {}
        self._random = random.Random(7)
        self._seq = 0
        self._elsewhere = ""

    def rows(self, lines: Sequence[bytes]) -> dict[sa.Table | None, list[Row]]:
        """The rows that these lines make, by table; those of None are the search index's."""
        made: dict[sa.Table | None, list[Row]] = {t: [] for t in (articles, texts, annotated, aliases, similarities)}
        made[None] = []
        for line in lines:
            self._add(json.loads(line), made)
        return made

    def _add(self, said: Row, made: Mapping[sa.Table | None, list[Row]]) -> None:
        self._seq += 1
        source = self.outlets.setdefault(said["source"], f"o{len(self.outlets)}")
        at = datetime.fromisoformat(said["date"])
        key = keys.link_key(said["url"])
        article = keys.article_id(source, key)
        self._originals[said["id"]] = article
        self.last = max(self.last, at)
        copied = self._originals.get(said["copy_of"] or "", "")
        told = self._told(int(said["story"][1:]) // JOINED, article, at)
        sentences = said["text"].split(". ")
        passages = _passages(sentences[:6:2], said["text"])
        terms = Counter(said["text"].split()).most_common(100)
        made[articles].append(_article(said, self._seq, article, source, at, told, copied, passages))
        made[texts].append({"article_id": article, "body": pack_text(said["text"]), "expires": at + timedelta(days=30)})
        data = pack_annotations(
            Annotations(
                language="en",
                terms=tuple((word, count / 100) for word, count in terms),
                title=tuple((word, 0.1) for word in said["title"].split()),
                signature=tuple(sorted(self._random.randbytes(1)[0] << 24 | n for n in range(96))),
                shingles=180,
            )
        )
        made[annotated].append({"article_id": article, "version": 1, "data": data})
        made[aliases].append({"key": key, "source_id": source, "article_id": article})
        words = {"headline": said["title"], "lead": sentences[0], "source": said["source"]}
        made[None].append({"rowid": self._seq, **words, "passages": "\n".join(p["text"] for p in passages)})
        made[similarities].extend(self._links(article, told, copied, said["title"].split()))
        told.members += 1
        told.copies += bool(copied)
        told.last = max(told.last, at)
        if not copied:
            told.owners.add(source)
            told.recent = [*told.recent[1 - LINKS_KEPT :], article]
            self._elsewhere = article

    def _told(self, number: int, founder: str, at: datetime) -> _Told:
        known = self.stories.get(number)
        if known is None:
            section = SECTIONS[number % len(SECTIONS)]
            known = _Told(keys.story_id(founder), founder, first=at, last=at, section=section)
            self.stories[number] = known
        return known

    def _links(self, article: str, told: _Told, copied: str, words: Sequence[str]) -> Iterator[Row]:
        found = {other: ("same", 0.6 + 0.39 * self._random.random()) for other in told.recent}
        if copied:
            found[copied] = ("copy", 0.99)
        if self._elsewhere and self._elsewhere not in found and self._random.random() < 0.3:
            found[self._elsewhere] = ("related", 0.2 + 0.2 * self._random.random())
        evidence = {"names": list(words[:3]), "numbers": [], "terms": list(words[3:7]), "hours": 2.5}
        for other, (kind, score) in found.items():
            said = {"score": round(score, 3), "kind": kind, "evidence": evidence}
            yield {"article_id": article, "other_id": other, **said}
            yield {"article_id": other, "other_id": article, **said}


def _passages(sentences: Sequence[str], text: str) -> list[Row]:
    kept = [Passage(text=s, start=text.index(s), end=text.index(s) + len(s), score=0.5) for s in sentences]
    return [{"text": p.text, "start": p.start, "end": p.end, "score": p.score} for p in kept]


def _article(
    said: Row, seq: int, article: str, source: str, at: datetime, told: _Told, copied: str, passages: list[Row]
) -> Row:
    return {
        "seq": seq, "id": article, "source_id": source, "feed_id": f"f-{source}", "url": said["url"],
        "host": "stream.example", "first_seen": at, "shown_at": at, "published": at, "published_certainty": "page",
        "headline": said["title"], "lead": passages[0]["text"], "authors": ["A. Writer"], "keywords": [],
        "section": told.section, "language": "en", "site_name": said["source"], "origin": "page",
        "image": f"https://stream.example/{seq}.jpg" if seq % 5 == 0 else "",
        "rights": {"image": True} if seq % 5 == 0 else {}, "passages": passages, "read_version": 1,
        "annotate_version": 1, "group_version": 1, "story_id": told.id, "copy_of": copied,
        "copy_kind": "wire" if copied else "", "containment": 0.9 if copied else 0.0,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    asked = parser.parse_args()
    print(json.dumps(fill(asked.store, asked.articles, asked.shared / "tools/stream.py")))


def fill(path: Path, count: int, tool: Path) -> Row:
    """Fill a new store; how much it holds and how long that took."""
    started = time.monotonic()
    store = open_store(StoreSettings(url=str(path)))
    filling = Filling()
    try:
        indexes = _drop_indexes(store._writer)
        start = datetime.now(UTC) - timedelta(days=count / A_DAY)
        command = [sys.executable, str(tool), str(count), "--start", f"{start:%Y-%m-%d}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as stream:
            assert stream.stdout is not None
            while lines := list(islice(stream.stdout, BATCH)):
                _write(store._writer, filling.rows(lines))
                print(f"{filling._seq:,} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        _finish(store, filling, indexes)
        return {
            "articles": filling._seq,
            "stories": len(filling.stories),
            "sources": len(filling.outlets),
            "bytes": path.stat().st_size,
            "seconds": round(time.monotonic() - started),
        }
    finally:
        store.close()


def _drop_indexes(engine: sa.Engine) -> list[sa.Index]:
    late = [index for table in _LATE for index in table.indexes]
    _pragma(engine, "synchronous=OFF", "cache_size=-1500000", "wal_autocheckpoint=20000")
    with engine.begin() as connection:
        for index in late:
            connection.execute(sa.schema.DropIndex(index))
        connection.exec_driver_sql("CREATE TABLE links AS SELECT * FROM similarities LIMIT 0")
    return late


def _write(engine: sa.Engine, made: dict[sa.Table | None, list[Row]]) -> None:
    # Links come in no order; their table is one, so they wait in a heap and are sorted in the end.
    heap = sa.table("links", *(sa.column(c.name, c.type) for c in similarities.c))
    with engine.begin() as connection:
        for table, rows in made.items():
            if table is None:
                connection.execute(sa.insert(search.search), rows)
            elif rows:
                connection.execute(sa.insert(heap if table is similarities else table), rows)


def _finish(store: SqlStore, filling: Filling, indexes: Sequence[sa.Index]) -> None:
    engine, now = store._writer, filling.last
    names = ", ".join(c.name for c in similarities.c)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT OR IGNORE INTO similarities ({names}) SELECT {names} FROM links ORDER BY article_id, other_id"
        )
        connection.exec_driver_sql("DROP TABLE links")
        for index in indexes:
            connection.execute(sa.schema.CreateIndex(index))
        for table, rows in _around(filling).items():
            connection.execute(sa.insert(table), rows)
    _rank(store, now)
    _pragma(engine, "wal_checkpoint(TRUNCATE)")


def _pragma(engine: sa.Engine, *said: str) -> None:
    """Outside of a transaction, where alone these mean anything; the engine has one connection."""
    connection = engine.raw_connection()
    for each in said:
        connection.cursor().execute(f"PRAGMA {each}")
    connection.close()


def _around(filling: Filling) -> dict[sa.Table, list[Row]]:
    """Stories, outlets with their feeds and polls, and what was declined."""
    now = filling.last
    outlets = list(filling.outlets.items())
    polls = [
        {"feed_id": f"f-{id}", "at": now - timedelta(minutes=15 * n), "status": 200, "entries": 20, "new": n % 3}
        for _, id in outlets
        for n in range(50)
    ]
    return {
        stories: [
            {
                "id": told.id, "founded_by": told.founder, "lead_id": told.founder, "language": "en",
                "first_seen": told.first, "last_seen": told.last, "members": told.members,
                "reports": max(1, len(told.owners)), "copies": told.copies, "updated": told.last,
            }
            for told in filling.stories.values()
        ],
        sources: [
            {
                "id": id, "name": name, "homepage": f"https://{id}.example/", "country": EDITIONS[n % 2],
                "languages": ["en"], "owner": f"Group {n // 10}" if n % 10 < 2 else "", "kind": "newspaper",
                "added": now - timedelta(days=100),
            }
            for n, (name, id) in enumerate(outlets)
        ],
        edition_sources: [{"edition_id": EDITIONS[n % 2], "source_id": id} for n, (_, id) in enumerate(outlets)],
        feeds: [
            {
                "id": f"f-{id}", "source_id": id, "url": f"https://{id}.example/feed.xml", "next_poll": now,
                "last_polled": now, "last_success": now, "status": 200, "failures": int(n % 20 == 0),
                "error": "timeout" if n % 20 == 0 else "", "failing_since": now if n % 20 == 0 else None,
            }
            for n, (_, id) in enumerate(outlets)
        ],
        feed_polls: polls,
        rejected: [
            {"at": now - timedelta(seconds=25 * n), "stage": "fetch", "reason": ("timeout", "robots", "status")[n % 3],
             "subject": f"https://o{n % 900}.example/{n}", "source_id": f"o{n % 900}"}
            for n in range(100_000)
        ],
    }  # fmt: skip


def _rank(store: SqlStore, now: datetime) -> None:
    settings = EditionsSettings()
    specs = [edition_spec(name) for name in EDITIONS]
    store.put_editions(specs)
    for spec in specs:
        found = store.stories_for_rank(spec.id, now - timedelta(hours=settings.max_age_h))
        store.save_edition(spec.id, rank(spec, found, settings, now), now)


if __name__ == "__main__":
    main()
